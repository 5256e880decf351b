#include "http/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

struct block4 {
  uint32_t start;
  unsigned bits;
};

struct block6 {
  unsigned char start[16];
  unsigned bits;
};

static const struct block4 reserved4[] = {
    {0x00000000, 8},  /* this network */
    {0x0a000000, 8},  /* private */
    {0x64400000, 10}, /* shared, carrier-grade NAT */
    {0x7f000000, 8},  /* loopback */
    {0xa9fe0000, 16}, /* link-local, metadata services */
    {0xac100000, 12}, /* private */
    {0xc0000000, 24}, /* protocol assignments */
    {0xc0000200, 24}, /* documentation */
    {0xc0586300, 24}, /* 6to4 relays */
    {0xc0a80000, 16}, /* private */
    {0xc6120000, 15}, /* benchmarks */
    {0xc6336400, 24}, /* documentation */
    {0xcb007100, 24}, /* documentation */
    {0xe0000000, 3},  /* multicast, reserved, broadcast */
};

static const struct block6 global6 = {{0x20}, 3};
static const struct block6 mapped6 = {{[10] = 0xff, 0xff}, 96};
static const struct block6 nat64 = {{0x00, 0x64, 0xff, 0x9b}, 96};

/* Blocks within global6 that are not public. */
static const struct block6 reserved6[] = {
    {{0x20, 0x01}, 23},             /* protocol assignments, Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
    {{0x20, 0x02}, 16},             /* 6to4 */
    {{0x3f, 0xff}, 20},             /* documentation */
};

static bool is_public4(uint32_t address) {
  for (size_t i = 0; i < sizeof reserved4 / sizeof *reserved4; i++)
    if ((address ^ reserved4[i].start) >> (32 - reserved4[i].bits) == 0) return false;
  return true;
}

static bool is_within(const unsigned char *address, const struct block6 *block) {
  size_t bytes = block->bits / 8;
  unsigned rest = block->bits % 8;
  if (memcmp(address, block->start, bytes) != 0) return false;
  return rest == 0 || (address[bytes] ^ block->start[bytes]) >> (8 - rest) == 0;
}

static uint32_t inner4(const unsigned char *address) {
  return (uint32_t)address[12] << 24 | (uint32_t)address[13] << 16 | (uint32_t)address[14] << 8 |
         address[15];
}

static bool is_public6(const unsigned char *address) {
  if (is_within(address, &mapped6) || is_within(address, &nat64))
    return is_public4(inner4(address));
  if (!is_within(address, &global6)) return false;
  for (size_t i = 0; i < sizeof reserved6 / sizeof *reserved6; i++)
    if (is_within(address, &reserved6[i])) return false;
  return true;
}

bool reel_address_is_public(const struct sockaddr *address) {
  if (address->sa_family == AF_INET)
    return is_public4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
  if (address->sa_family == AF_INET6)
    return is_public6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
  return false;
}

static bool is_localhost(const char *host) {
  static const char name[] = "localhost";
  size_t size = strlen(host), name_size = sizeof name - 1;
  if (size > 0 && host[size - 1] == '.') size--; /* the root's dot */
  if (size < name_size || strncasecmp(host + size - name_size, name, name_size) != 0) return false;
  return size == name_size || host[size - name_size - 1] == '.';
}

bool reel_host_is_public(const char *host) {
  char text[64] = "";
  struct in_addr four;
  struct in6_addr six;
  size_t size = strcspn(host + (*host == '['), "]%"); /* without the zone */
  if (size < sizeof text) memcpy(text, host + (*host == '['), size);

  if (inet_pton(AF_INET, text, &four) == 1) return is_public4(ntohl(four.s_addr));
  if (inet_pton(AF_INET6, text, &six) == 1) return is_public6(six.s6_addr);
  return !is_localhost(host);
}

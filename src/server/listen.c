#include "server/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/status.h"

enum { BACKLOG = 128 };

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

/* Host names are not resolved, since that could block. */
static int read_address(const char *host, uint16_t port, union address *out) {
  *out = (union address){0};
  if (inet_pton(AF_INET, host, &out->v4.sin_addr) == 1) {
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(port);
    return REEL_OK;
  }
  memset(out, 0, sizeof *out);
  if (inet_pton(AF_INET6, host, &out->v6.sin6_addr) != 1) return REEL_INVALID;
  out->v6.sin6_family = AF_INET6;
  out->v6.sin6_port = htons(port);
  return REEL_OK;
}

static int open_listener(int fd, const union address *address) {
  int on = 1; /* a restarted listener must not wait until old connections have left TIME_WAIT */
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, &address->any, sizeof *address) == 0 && listen(fd, BACKLOG) == 0) return REEL_OK;
  return errno == EADDRINUSE ? REEL_BUSY : REEL_SYSTEM;
}

static int read_port(int fd, uint16_t *out) {
  union address address;
  socklen_t size = sizeof address;
  if (getsockname(fd, &address.any, &size) != 0) return REEL_SYSTEM;
  *out = ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
  return REEL_OK;
}

int reel_listen(const char *host, uint16_t port, int *fd_out, uint16_t *port_out) {
  union address address;
  int status = read_address(host, port, &address);
  if (status != REEL_OK) return status;
  int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return REEL_SYSTEM;

  status = open_listener(fd, &address);
  if (status == REEL_OK) status = read_port(fd, port_out);
  if (status != REEL_OK) goto fail;

  *fd_out = fd;
  return REEL_OK;
fail:
  close(fd);
  return status;
}

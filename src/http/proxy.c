#include "http/proxy.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
  SHORTEST_PASSWORD = 4, /* a message may contain a shorter one by chance */
  SHORTEST_PART = 4      /* the same of the beginning of a login, at the end of a message */
};

static const char *variable(const char *lower, const char *upper) {
  const char *value = getenv(lower);
  if (!value && upper) value = getenv(upper);
  return value && *value ? value : NULL;
}

/* HTTP_PROXY is not read: in a CGI program it is a header that the client sent. */
static const char *proxy_of_environment(const char *scheme) {
  const char *proxy = strcmp(scheme, "https") == 0 ? variable("https_proxy", "HTTPS_PROXY")
                                                   : variable("http_proxy", NULL);
  return proxy ? proxy : variable("all_proxy", "ALL_PROXY");
}

/* Whether host is the name or a subdomain of it. */
static bool is_below(const char *host, const char *name, size_t name_size) {
  size_t size = strlen(host);
  if (size < name_size || strncasecmp(host + size - name_size, name, name_size) != 0) return false;
  return size == name_size || host[size - name_size - 1] == '.';
}

static bool is_listed(const char *list, const char *host) {
  while (*list) {
    list += strspn(list, ", .");
    size_t size = strcspn(list, ", ");
    if (size == 1 && *list == '*') return true;
    if (size > 0 && is_below(host, list, size)) return true;
    list += size;
  }
  return false;
}

char *reel_proxy_exceptions(void) {
  const char *listed = variable("no_proxy", "NO_PROXY");
  static const char own[] = "localhost,127.0.0.0/8,::1";
  char *list = NULL;
  if (listed && strcmp(listed, "*") == 0) return strdup(listed);
  int size = listed ? asprintf(&list, "%s,%s", listed, own) : asprintf(&list, "%s", own);
  return size < 0 ? NULL : list;
}

const char *reel_proxy_for(const char *configured, const char *scheme, const char *host) {
  const char *proxy = configured ? configured : proxy_of_environment(scheme);
  const char *exceptions = variable("no_proxy", "NO_PROXY");
  if (!proxy || !*proxy || (exceptions && is_listed(exceptions, host))) return NULL;
  return proxy;
}

static void mask(char *message, const char *secret, size_t size) {
  for (char *at = message; size > 0 && *at; at++) {
    size_t left = strlen(at), same = left < size ? left : size;
    if (memcmp(at, secret, same) != 0 || (same < size && same < SHORTEST_PART)) continue;
    memset(at, '*', same);
    at += same - 1;
  }
}

static void mask_login(char *message, const char *proxy) {
  if (!proxy) return;
  const char *scheme_end = strstr(proxy, "://"), *login = scheme_end ? scheme_end + 3 : proxy;
  const char *end = strrchr(login, '@');
  if (!end) return;
  mask(message, login, (size_t)(end - login));
  const char *colon = memchr(login, ':', (size_t)(end - login));
  if (colon && end - colon - 1 >= SHORTEST_PASSWORD)
    mask(message, colon + 1, (size_t)(end - colon) - 1);
}

void reel_proxy_mask(const char *configured, char *message) {
  static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                      "ALL_PROXY"};
  mask_login(message, configured);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) mask_login(message, getenv(names[i]));
}

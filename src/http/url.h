/* URLs, parsed and resolved by libcurl. It is the parser that decides where a request goes, so
 * checks of a URL must use the same one. */
#ifndef REEL_HTTP_URL_H
#define REEL_HTTP_URL_H

#include <stdbool.h>

/* Scheme and host are in lower case. An IPv6 address as host keeps its brackets, and an IPv4
 * address in another spelling (127.1, 0x7f.1) is written as four numbers. In the path, "." and ".."
 * are resolved. Escapes with percent signs are decoded in the host only. */
struct reel_url {
  char *scheme, *host, *path;
  char *user, *port, *query, *fragment; /* NULL: it has none */
};

/* Parses "scheme://host...", with any scheme. *Given*: freed with reel_url_deinit. [any]
 * Errors: REEL_NOMEM; REEL_INVALID: the scheme, the "//" or the host is missing; libcurl does not
 * accept the host, the port (1 to 65535) or the path; there is a space, a control byte or an IPv6
 * zone. */
int reel_url_parse(const char *text, struct reel_url *out);

/* Frees the parts. Safe on a zeroed URL, and twice. [any] */
void reel_url_deinit(struct reel_url *url);

/* Whether the scheme is http or https. [any] */
bool reel_url_is_web(const struct reel_url *url);

/* Resolves a location, as in a Location header, against base (RFC 3986, section 5). A space in a
 * relative location becomes %20. *Given*: freed with free(). [any]
 * Errors: REEL_INVALID: reel_url_parse does not accept base or the result; REEL_NOMEM. */
int reel_url_resolve(const char *base, const char *location, char **out);

#endif

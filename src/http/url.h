/* URLs, taken apart and resolved by libcurl: the parser that decides where a request goes is the one
 * that everything else is decided by. */
#ifndef REEL_HTTP_URL_H
#define REEL_HTTP_URL_H

#include <stdbool.h>

/* Scheme and host are in lower case; a host that is an IPv6 address keeps its brackets, and other
 * spellings of an IPv4 address (127.1, 0x7f.1) are written out. In the path, "." and ".." are
 * resolved. Percent signs stay as they are, save in the host. */
struct reel_url {
  char *scheme, *host, *path;
  char *user, *port, *query, *fragment; /* NULL: it has none */
};

/* Takes "scheme://host..." apart; the scheme may be any. *Given*: freed with reel_url_deinit. [any]
 * Errors: REEL_INVALID: there is no scheme, no "//" or no host, a host, port (1 to 65535) or path
 * that libcurl would not take, a space, a control byte, an IPv6 zone; REEL_NOMEM. */
int reel_url_parse(const char *text, struct reel_url *out);

/* Safe on a zeroed URL, and twice. */
void reel_url_deinit(struct reel_url *url);

bool reel_url_is_web(const struct reel_url *url); /* http or https */

/* Where location leads from base (RFC 3986, section 5), as a Location header wants it; a
 * space in a relative one becomes %20. *Given*: freed with free(). [any]
 * Errors: REEL_INVALID: base or what comes out is no URL of reel_url_parse; REEL_NOMEM. */
int reel_url_resolve(const char *base, const char *location, char **out);

#endif

/* Which proxy a URL goes through, as libcurl would decide by itself. Who must know it before the
 * connection is made asks here, and tells libcurl. */
#ifndef REEL_PROXY_H
#define REEL_PROXY_H

/* configured: NULL for the proxy of the environment (http_proxy, https_proxy, all_proxy), "" for
 * none. Hosts that no_proxy lists ("*", or names, each with all that ends in it) go without.
 * Returns the proxy, *borrowed*, or NULL for a direct connection. [io] */
const char *reel_proxy_for(const char *configured, const char *scheme, const char *host);

#endif

/* The proxy for a URL, chosen as libcurl would choose it. Callers that must know the proxy before
 * the connection is made ask here, and set it in libcurl. */
#ifndef REEL_PROXY_H
#define REEL_PROXY_H

/* Returns the proxy, *borrowed* until the environment or `configured` changes, or NULL for a direct
 * connection. [io]
 *
 * configured   NULL: the proxy of the environment (http_proxy, https_proxy, all_proxy); "": none
 * Hosts in the list no_proxy get no proxy. An entry is "*" for all hosts, or a name, which stands
 * for its subdomains too. */
const char *reel_proxy_for(const char *configured, const char *scheme, const char *host);

/* Returns libcurl's list of the hosts that get no proxy of the environment: those of no_proxy, and
 * this machine, since what is sent to it must not leave it. *Given*: free(). NULL: out of
 * memory. */
char *reel_proxy_exceptions(void);

/* Overwrites with asterisks what `message` has of the user and the password of a proxy: libcurl
 * quotes a proxy that it cannot use. It knows `configured` and the proxies of the environment. A
 * part that was cut off at the end of the message counts too. [io] */
void reel_proxy_mask(const char *configured, char *message);

#endif

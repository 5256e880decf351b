/* Which addresses belong to the public Internet. A URL that came over the network must not make us
 * ask the machine itself, its neighbours or a cloud's metadata service. */
#ifndef REEL_ADDRESS_H
#define REEL_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

/* Whether the address is neither loopback, private, link-local, shared (CGNAT), multicast,
 * unspecified nor otherwise reserved; IPv4 inside IPv6 (mapped, NAT64) counts as what is inside,
 * and tunnels (6to4, Teredo) count as not public. Other families are not public.
 * Source: IANA's registries of special-purpose addresses, read 2026-03. [any] */
bool reel_address_is_public(const struct sockaddr *address);

/* The same for a host as it stands in a URL, brackets allowed: a literal address is looked at, the
 * name localhost and what ends in .localhost is not public, any other name may be. [any] */
bool reel_host_is_public(const char *host);

#endif

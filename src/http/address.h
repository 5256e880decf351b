/* Which addresses belong to the public Internet. A URL that came over the network must not make
 * reel connect to its own machine, the local network or a cloud's metadata service. */
#ifndef REEL_ADDRESS_H
#define REEL_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

/* Whether the address is neither loopback, private, link-local, shared (CGNAT), multicast,
 * unspecified nor otherwise reserved. For an IPv4 address inside IPv6 (mapped, NAT64), the IPv4
 * address counts. Tunnels (6to4, Teredo) and other families are not public.
 * Source: IANA's registries of special-purpose addresses, read 2026-03. [any] */
bool reel_address_is_public(const struct sockaddr *address);

/* The same for the host of a URL, which is an address, with or without brackets, or a name. The
 * name localhost and names that end in .localhost are not public; all other names count as public.
 * [any] */
bool reel_host_is_public(const char *host);

#endif

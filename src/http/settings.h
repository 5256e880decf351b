/* Changing what holds for all transfers, as an operation: it takes effect in the order of posts. */
#ifndef REEL_HTTP_SETTINGS_H
#define REEL_HTTP_SETTINGS_H

struct reel_op;

/* See reel_http_configure. *Copies* both. *Given*: post it, or free it with type->free. [host]
 * NULL: out of memory. */
struct reel_op *reel_http_settings_new(const char *ca_file, const char *proxy);

#endif

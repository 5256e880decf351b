/* The operation that changes the settings of all transfers. It holds for operations that are posted
 * after it. */
#ifndef REEL_HTTP_SETTINGS_H
#define REEL_HTTP_SETTINGS_H

struct reel_op;

/* See reel_http_configure for the values and the status. *Copies* both. *Given*: post it, or free
 * it with type->free. NULL: out of memory. [host] */
struct reel_op *reel_http_settings_new(const char *ca_file, const char *proxy);

#endif

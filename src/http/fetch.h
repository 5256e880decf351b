/* The operation that sends one request and takes its answer. */
#ifndef REEL_HTTP_FETCH_H
#define REEL_HTTP_FETCH_H

#include "http/client.h"
#include "loop/io.h"

struct reel_http_fetch {
  struct reel_op op;
  struct reel_io *io;
  struct reel_http_transfer transfer; /* its response and message are the result */
};

/* *Copies* the request. *Given*: post it, or free it with op.type->free. [host]
 * It ends with the transfer's status, or with REEL_NOT_FOUND when the form's file cannot be read.
 * Errors: those of reel_http_transfer_init. */
int reel_http_fetch_new(const struct reel_http_request *request, struct reel_http_fetch **out);

#endif

/* Two queues, first in, first out: requests that nobody has accepted yet, and accept operations
 * that wait for a request. */
#ifndef REEL_ACCEPT_H
#define REEL_ACCEPT_H

#include "base/list.h"

struct reel_io;
struct reel_op;
struct reel_request;

/* At most one of the two queues holds anything. The struct is part of its owner's struct. */
struct reel_accepts {
  struct list requests; /* struct reel_request */
  struct list waiting;  /* accept operations */
};

void reel_accepts_init(struct reel_accepts *accepts);

/* Gives the request to the accept that has waited longest, or queues it until one comes. The
 * request's is_handed_out says which. [io] */
void reel_accepts_put(struct reel_accepts *accepts, struct reel_request *request);

/* Ends the accepts that wait, with REEL_CLOSED. [io] */
void reel_accepts_close(struct reel_io *io, struct reel_accepts *accepts);

/* Makes an operation that ends with the next request. [host] NULL: out of memory. */
struct reel_op *reel_accept_new(struct reel_accepts *accepts);

/* Takes the request out of the finished operation. *Given*: the caller answers it by posting its
 * op. A request that is not taken is posted by the operation's free, without an answer. [host] */
struct reel_request *reel_accept_take(struct reel_op *op);

#endif

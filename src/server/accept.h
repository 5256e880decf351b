/* Where whole requests meet those who wait for one, first in, first out on both sides. */
#ifndef REEL_ACCEPT_H
#define REEL_ACCEPT_H

#include "base/list.h"

struct reel_io;
struct reel_op;
struct reel_request;

/* At most one of the two lists holds anything. Lives in its owner's struct. */
struct reel_accepts {
  struct list requests; /* struct reel_request */
  struct list waiting;  /* accept operations */
};

void reel_accepts_init(struct reel_accepts *accepts);

/* Hands the request over now or later; its is_handed_out tells. [io] */
void reel_accepts_put(struct reel_accepts *accepts, struct reel_request *request);

/* Ends those who wait with REEL_CLOSED. [io] */
void reel_accepts_close(struct reel_io *io, struct reel_accepts *accepts);

/* An operation that ends with the next request. [host] NULL: out of memory. */
struct reel_op *reel_accept_new(struct reel_accepts *accepts);

/* Takes the request out of the finished operation. *Given*: goes back by posting its op. One that
 * nobody takes is posted back by the operation's free, unanswered. [host] */
struct reel_request *reel_accept_take(struct reel_op *op);

#endif

#include "server/accept.h"

#include <stdlib.h>

#include "loop/io.h"
#include "server/request.h"
#include "base/status.h"

struct reel_accept {
  struct reel_op op;
  struct reel_accepts *accepts;
  struct reel_request *request;
  struct list queue; /* place among those that wait for a request */
};

void reel_accepts_init(struct reel_accepts *accepts) {
  list_init(&accepts->requests);
  list_init(&accepts->waiting);
}

static void hand_over(struct reel_accept *accept, struct reel_request *request) {
  request->is_handed_out = true;
  accept->request = request;
  reel_io_finish(request->io, &accept->op, REEL_OK);
}

void reel_accepts_put(struct reel_accepts *accepts, struct reel_request *request) {
  struct list *waiting = list_pop(&accepts->waiting);
  if (waiting)
    hand_over(CONTAINER_OF(waiting, struct reel_accept, queue), request);
  else
    list_append(&accepts->requests, &request->queue);
}

void reel_accepts_close(struct reel_io *io, struct reel_accepts *accepts) {
  for (struct list *link; (link = list_pop(&accepts->waiting));)
    reel_io_finish(io, &CONTAINER_OF(link, struct reel_accept, queue)->op, REEL_CLOSED);
}

static void accept_start(struct reel_io *io, struct reel_op *op) {
  (void)io;
  struct reel_accept *accept = (struct reel_accept *)op;
  struct reel_accepts *accepts = accept->accepts;
  struct list *request = list_pop(&accepts->requests);
  if (request)
    hand_over(accept, CONTAINER_OF(request, struct reel_request, queue));
  else
    list_append(&accepts->waiting, &accept->queue);
}

static void accept_cancel(struct reel_io *io, struct reel_op *op) {
  struct reel_accept *accept = (struct reel_accept *)op;
  list_remove(&accept->queue);
  reel_io_finish(io, op, REEL_CANCELLED);
}

static void accept_free(struct reel_op *op) {
  struct reel_request *request = reel_accept_take(op);
  if (request) reel_io_post(request->io, &request->op);
  free(op);
}

static const struct reel_op_type accept_type = {
    .name = "accept", .start = accept_start, .cancel = accept_cancel, .free = accept_free};

struct reel_op *reel_accept_new(struct reel_accepts *accepts) {
  struct reel_accept *accept = calloc(1, sizeof *accept);
  if (!accept) return NULL;
  accept->op.type = &accept_type;
  accept->accepts = accepts;
  return &accept->op;
}

struct reel_request *reel_accept_take(struct reel_op *op) {
  struct reel_accept *accept = (struct reel_accept *)op;
  struct reel_request *request = accept->request;
  accept->request = NULL;
  return request;
}

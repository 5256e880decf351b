#include "server/accept.h"

#include <stdlib.h>

#include "loop/io.h"
#include "server/request.h"
#include "base/status.h"

struct reel_accept {
  struct reel_op op;
  struct reel_accepts *accepts;
  struct reel_request *request;
  struct reel_accept *next;
};

void reel_accepts_init(struct reel_accepts *accepts) {
  *accepts = (struct reel_accepts){0};
  accepts->requests_end = &accepts->requests;
  accepts->waiting_end = &accepts->waiting;
}

static void take_out(struct reel_accepts *accepts, struct reel_accept *accept) {
  struct reel_accept **link = &accepts->waiting;
  while (*link != accept) link = &(*link)->next;
  *link = accept->next;
  if (!*link) accepts->waiting_end = link;
}

static void hand_over(struct reel_accept *accept, struct reel_request *request) {
  request->is_handed_out = true;
  accept->request = request;
  reel_io_finish(request->io, &accept->op, REEL_OK);
}

void reel_accepts_put(struct reel_accepts *accepts, struct reel_request *request) {
  struct reel_accept *accept = accepts->waiting;
  if (accept) {
    take_out(accepts, accept);
    hand_over(accept, request);
  } else {
    *accepts->requests_end = request;
    accepts->requests_end = &request->next;
  }
}

void reel_accepts_close(struct reel_io *io, struct reel_accepts *accepts) {
  for (struct reel_accept *accept; (accept = accepts->waiting);) {
    take_out(accepts, accept);
    reel_io_finish(io, &accept->op, REEL_CLOSED);
  }
}

static void accept_start(struct reel_io *io, struct reel_op *op) {
  (void)io;
  struct reel_accept *accept = (struct reel_accept *)op;
  struct reel_accepts *accepts = accept->accepts;
  struct reel_request *request = accepts->requests;
  if (request) {
    accepts->requests = request->next;
    if (!request->next) accepts->requests_end = &accepts->requests;
    hand_over(accept, request);
  } else {
    *accepts->waiting_end = accept;
    accepts->waiting_end = &accept->next;
  }
}

static void accept_cancel(struct reel_io *io, struct reel_op *op) {
  struct reel_accept *accept = (struct reel_accept *)op;
  take_out(accept->accepts, accept);
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

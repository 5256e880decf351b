#include "http/fetch.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/container_of.h"
#include "base/status.h"

static struct reel_http_fetch *of_transfer(struct reel_http_transfer *transfer) {
  return CONTAINER_OF(transfer, struct reel_http_fetch, transfer);
}

static void fetch_done(struct reel_http_transfer *transfer, int status) {
  struct reel_http_fetch *fetch = of_transfer(transfer);
  reel_io_finish(fetch->io, &fetch->op, status);
}

static void fetch_start(struct reel_io *io, struct reel_op *op) {
  struct reel_http_fetch *fetch = (struct reel_http_fetch *)op;
  const struct reel_http_form *form = fetch->transfer.request->form;
  fetch->io = io;
  if (form && access(form->file, R_OK) != 0) {
    reel_io_finish(io, op, REEL_NOT_FOUND);
    return;
  }
  reel_http_transfer_start(reel_http_of(io), &fetch->transfer);
}

static void fetch_cancel(struct reel_io *io, struct reel_op *op) {
  struct reel_http_fetch *fetch = (struct reel_http_fetch *)op;
  reel_http_transfer_stop(reel_http_of(io), &fetch->transfer);
  reel_io_finish(io, op, REEL_CANCELLED);
}

static void fetch_free(struct reel_op *op) {
  struct reel_http_fetch *fetch = (struct reel_http_fetch *)op;
  reel_http_transfer_deinit(&fetch->transfer);
  free(fetch);
}

static const struct reel_op_type fetch_type = {
    .name = "http.fetch", .start = fetch_start, .cancel = fetch_cancel, .free = fetch_free};

int reel_http_fetch_new(const struct reel_http_request *request, struct reel_http_fetch **out) {
  struct reel_http_fetch *fetch = calloc(1, sizeof *fetch);
  if (!fetch) return REEL_NOMEM;

  fetch->op.type = &fetch_type;
  int status = reel_http_transfer_init(&fetch->transfer, request, fetch_done);
  if (status != REEL_OK) {
    fetch_free(&fetch->op);
    return status;
  }
  *out = fetch;
  return REEL_OK;
}

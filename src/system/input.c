#include "system/input.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/container_of.h"
#include "base/status.h"

static void input_finish(struct reel_input *input, int status) {
  reel_io_unwatch(input->io, &input->source);
  reel_io_unwatch(input->io, &input->wakeup);
  reel_io_finish(input->io, &input->op, status);
}

static void on_source(struct reel_watch *watch, short revents) {
  (void)revents;
  struct reel_input *input = CONTAINER_OF(watch, struct reel_input, source);
  ssize_t size = read(watch->fd, input->bytes, sizeof input->bytes);
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (size > 0) input->size = (size_t)size;
  input_finish(input, size < 0 ? REEL_SYSTEM : REEL_OK);
}

static void on_wakeup(struct reel_watch *watch, short revents) {
  (void)revents;
  struct reel_input *input = CONTAINER_OF(watch, struct reel_input, wakeup);
  uint64_t count;
  if (read(watch->fd, &count, sizeof count) < 0) return;
  input->is_woken = true;
  input_finish(input, REEL_OK);
}

static void input_start(struct reel_io *io, struct reel_op *op) {
  struct reel_input *input = (struct reel_input *)op;
  input->io = io;
  reel_io_watch(io, &input->source);
  if (input->wakeup.fd >= 0) reel_io_watch(io, &input->wakeup);
}

static void input_cancel(struct reel_io *io, struct reel_op *op) {
  (void)io;
  input_finish((struct reel_input *)op, REEL_CANCELLED);
}

static void input_free(struct reel_op *op) {
  const struct reel_input *input = (const struct reel_input *)op;
  if (input->owns_source) close(input->source.fd);
  free(op);
}

static const struct reel_op_type input_type = {
    .name = "input", .start = input_start, .cancel = input_cancel, .free = input_free};

int reel_input_new(int fd, int wakeup_fd, struct reel_input **out) {
  struct reel_input *input = calloc(1, sizeof *input);
  if (!input) return REEL_NOMEM;

  input->op.type = &input_type;
  input->source = (struct reel_watch){.fd = fd, .events = POLLIN, .ready = on_source};
  input->wakeup = (struct reel_watch){.fd = wakeup_fd, .events = POLLIN, .ready = on_wakeup};
  *out = input;
  return REEL_OK;
}

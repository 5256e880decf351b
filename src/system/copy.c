#include "system/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/container_of.h"
#include "base/status.h"

#define CHUNK_BYTES 65536
#define PIECE_BYTES (4u << 20) /* a few milliseconds of the loop's time */

static void copy_close(struct reel_copy *copy) {
  if (copy->fd >= 0) close(copy->fd);
  copy->fd = -1;
  reel_part_drop(&copy->to);
}

static void copy_finish(struct reel_copy *copy, int status) {
  reel_io_timer_clear(copy->io, &copy->timer);
  copy_close(copy);
  reel_io_finish(copy->io, &copy->op, status);
}

static int fail_read(struct reel_copy *copy, int error) {
  copy->system_error = error;
  return error == ENOENT || error == ENOTDIR ? REEL_NOT_FOUND : REEL_SYSTEM;
}

static int copy_open(struct reel_copy *copy) {
  struct stat stat;
  uint64_t size;
  copy->fd = open(copy->from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (copy->fd < 0 || fstat(copy->fd, &stat) != 0) return fail_read(copy, errno);
  if (!S_ISREG(stat.st_mode)) return fail_read(copy, EINVAL);
  int status = reel_part_open(&copy->to, true, &size);
  return status == REEL_OK ? reel_part_restart(&copy->to) : status;
}

/* Copies one piece. at_end is set to true if it was the last one. */
static int copy_piece(struct reel_copy *copy, bool *at_end) {
  char chunk[CHUNK_BYTES];
  for (size_t done = 0; done < PIECE_BYTES;) {
    ssize_t size = read(copy->fd, chunk, sizeof chunk);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_read(copy, errno);
    if (size == 0) {
      *at_end = true;
      return reel_part_keep(&copy->to);
    }
    int status = reel_part_write(&copy->to, chunk, (size_t)size);
    if (status != REEL_OK) return status;
    copy->bytes += (uint64_t)size;
    done += (size_t)size;
  }
  return REEL_OK;
}

static void copy_next_piece(struct reel_copy *copy) {
  bool at_end = false;
  int status = copy_piece(copy, &at_end);
  if (status == REEL_OK && !at_end) status = reel_io_timer_set(copy->io, &copy->timer, 0);
  if (status != REEL_OK || at_end) copy_finish(copy, status);
}

static void copy_fire(struct reel_timer *timer) {
  copy_next_piece(CONTAINER_OF(timer, struct reel_copy, timer));
}

static void copy_start(struct reel_io *io, struct reel_op *op) {
  struct reel_copy *copy = (struct reel_copy *)op;
  copy->io = io;
  copy->timer.fire = copy_fire;
  int status = copy_open(copy);
  if (status == REEL_OK)
    copy_next_piece(copy);
  else
    copy_finish(copy, status);
}

static void copy_cancel(struct reel_io *io, struct reel_op *op) {
  (void)io;
  copy_finish((struct reel_copy *)op, REEL_CANCELLED);
}

static void copy_free(struct reel_op *op) {
  struct reel_copy *copy = (struct reel_copy *)op;
  copy_close(copy);
  reel_part_deinit(&copy->to);
  free(copy->from);
  free(copy);
}

static const struct reel_op_type copy_type = {
    .name = "copy", .start = copy_start, .cancel = copy_cancel, .free = copy_free};

int reel_copy_new(const char *from, const struct reel_folder *folder, const char *to,
                  struct reel_copy **out) {
  struct reel_copy *copy = calloc(1, sizeof *copy);
  if (!copy) return REEL_NOMEM;

  copy->op.type = &copy_type;
  copy->fd = -1;
  copy->from = strdup(from);
  int status = reel_part_init(&copy->to, folder, to);
  if (!copy->from) status = REEL_NOMEM;
  if (status != REEL_OK) {
    copy_free(&copy->op);
    return status;
  }
  *out = copy;
  return REEL_OK;
}

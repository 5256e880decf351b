#include "system/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"

enum { CHUNK_BYTES = 65536 };

static int fail_system(struct reel_read *read_op) {
  read_op->system_error = errno;
  return errno == ENOENT || errno == ENOTDIR ? REEL_NOT_FOUND : REEL_SYSTEM;
}

static int read_all(struct reel_read *read_op, int fd) {
  char chunk[CHUNK_BYTES];
  for (;;) {
    ssize_t size = read(fd, chunk, sizeof chunk);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_system(read_op);
    if (size == 0) return REEL_OK;
    int status = reel_buffer_add(&read_op->content, chunk, (size_t)size);
    if (status != REEL_OK) return status;
  }
}

/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
static int read_file(struct reel_read *read_op) {
  int fd = open(read_op->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return fail_system(read_op);
  struct stat stat;
  int status = fstat(fd, &stat) != 0   ? fail_system(read_op)
               : S_ISREG(stat.st_mode) ? read_all(read_op, fd)
                                       : REEL_INVALID;
  close(fd);
  return status;
}

static void read_start(struct reel_io *io, struct reel_op *op) {
  reel_io_finish(io, op, read_file((struct reel_read *)op));
}

static void read_free(struct reel_op *op) {
  struct reel_read *read_op = (struct reel_read *)op;
  reel_buffer_deinit(&read_op->content);
  free(read_op->path);
  free(read_op);
}

/* It has no cancel: it is finished when start returns. */
static const struct reel_op_type read_type = {
    .name = "read", .start = read_start, .free = read_free};

int reel_read_new(const char *path, size_t max_bytes, struct reel_read **out) {
  struct reel_read *read_op = calloc(1, sizeof *read_op);
  if (!read_op) return REEL_NOMEM;

  read_op->op.type = &read_type;
  reel_buffer_init(&read_op->content, max_bytes);
  read_op->path = strdup(path);
  if (!read_op->path) {
    read_free(&read_op->op);
    return REEL_NOMEM;
  }
  *out = read_op;
  return REEL_OK;
}

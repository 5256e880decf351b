/* The operation that reads what arrives on a descriptor: a terminal or a pipe. */
#ifndef REEL_INPUT_H
#define REEL_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "loop/io.h"

enum { REEL_INPUT_BYTES = 4096 };

struct reel_input {
  struct reel_op op; /* status: REEL_OK, REEL_CANCELLED, or REEL_SYSTEM: fd cannot be read */
  bool owns_source;  /* the caller may set it: then fd is *given* and closed with the operation */
  bool is_woken;     /* the operation ended because the eventfd was written; nothing was read */
  size_t size;       /* of what was read; 0 means the end of the input, unless is_woken */
  char bytes[REEL_INPUT_BYTES];

  /* For the I/O thread alone. */
  struct reel_io *io;
  struct reel_watch source, wakeup;
};

/* Makes an operation that ends when fd gave bytes or has ended, or when the eventfd wakeup_fd was
 * written (-1: none). Both descriptors are *borrowed* until the host has the operation back; with
 * owns_source, fd is *given*. The operation is *given*: post it, or free it with op.type->free.
 * [host] Errors: REEL_NOMEM. */
int reel_input_new(int fd, int wakeup_fd, struct reel_input **out);

#endif

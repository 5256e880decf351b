/* What arrives on a descriptor, a terminal or a pipe, read as an operation. */
#ifndef REEL_INPUT_H
#define REEL_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "loop/io.h"

enum { REEL_INPUT_BYTES = 4096 };

struct reel_input {
  struct reel_op op; /* REEL_OK, or REEL_SYSTEM when the descriptor cannot be read */
  bool owns_source;  /* the maker's to set: then fd is *given*, and closed with the operation */
  bool is_woken;     /* the eventfd was written, and nothing was read */
  size_t size;       /* of what arrived; 0 is the end, unless is_woken */
  char bytes[REEL_INPUT_BYTES];

  /* The I/O thread's. */
  struct reel_io *io;
  struct reel_watch source, wakeup;
};

/* Waits until something can be read from fd, or until wakeup_fd, an eventfd or -1, is written. Both
 * are *borrowed* until the operation is back. [host] Errors: REEL_NOMEM. */
int reel_input_new(int fd, int wakeup_fd, struct reel_input **out);

#endif

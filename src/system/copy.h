/* Copying a file, as an operation: a piece at a time between the loop's other work. */
#ifndef REEL_COPY_H
#define REEL_COPY_H

#include "loop/io.h"
#include "system/part.h"

struct reel_copy {
  struct reel_op op;
  struct reel_io *io;
  struct reel_timer timer; /* the next piece */
  char *from;
  int fd; /* of from, or -1 */
  struct reel_part to;
  uint64_t bytes;   /* copied */
  int system_error; /* errno of reading; of writing it is in `to` */
};

/* Copies the regular file `from` to `to` by way of `to` + ".part"; after a failure `to` is as it
 * was. *Copies* both. *Given*: post it, or free it with op.type->free. [host]
 * Ends with REEL_NOT_FOUND: no `from`; REEL_BUSY: another copy to the same place; REEL_SYSTEM.
 * Errors: REEL_NOMEM. */
int reel_copy_new(const char *from, const char *to, struct reel_copy **out);

#endif

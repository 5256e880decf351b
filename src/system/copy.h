/* The operation that copies a file, one piece at a time between the loop's other work. */
#ifndef REEL_COPY_H
#define REEL_COPY_H

#include "loop/io.h"
#include "system/part.h"

struct reel_copy {
  struct reel_op op;
  struct reel_io *io;
  struct reel_timer timer; /* starts the next piece */
  char *from;
  int fd; /* of from, or -1 */
  struct reel_part to;
  uint64_t bytes;   /* copied */
  int system_error; /* errno of a failure to read; `to` has that of a failure to write */
};

/* Copies the regular file `from` to `to`. It writes `to` + ".part" and renames that at the end, so
 * after a failure `to` is as it was. `to` is a name in `folder`, or a path where that is NULL; see
 * reel_part_init. *Copies* both paths. *Given*: post it, or free it with
 * op.type->free. [host]
 * It ends with REEL_OK, REEL_NOT_FOUND (there is no `from`), REEL_BUSY (`to` + ".part" is being
 * written by someone else), REEL_NOMEM or REEL_SYSTEM.
 * Errors: REEL_NOMEM, REEL_SYSTEM. */
int reel_copy_new(const char *from, const struct reel_folder *folder, const char *to,
                  struct reel_copy **out);

#endif

/* The operation that reads a small file whole. */
#ifndef REEL_READ_H
#define REEL_READ_H

#include "base/buffer.h"
#include "loop/io.h"

struct reel_read {
  struct reel_op op;
  char *path;
  struct reel_buffer content;
  int system_error; /* the errno of REEL_SYSTEM and REEL_NOT_FOUND */
};

/* *Copies* path. *Given*: post it, or free it with op.type->free. [host]
 * It ends with REEL_OK, REEL_NOT_FOUND (there is no such file), REEL_INVALID (it is not a regular
 * file), REEL_TOO_LARGE (above max_bytes), REEL_NOMEM or REEL_SYSTEM. Errors: REEL_NOMEM. */
int reel_read_new(const char *path, size_t max_bytes, struct reel_read **out);

#endif

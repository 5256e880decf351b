/* Reading a small file whole, as an operation. */
#ifndef REEL_READ_H
#define REEL_READ_H

#include "base/buffer.h"
#include "loop/io.h"

struct reel_read {
  struct reel_op op;
  char *path;
  struct reel_buffer content;
  int system_error; /* errno behind REEL_SYSTEM and REEL_NOT_FOUND */
};

/* *Copies* path. *Given*: post it, or free it with op.type->free. [host]
 * Ends with REEL_NOT_FOUND: no such file; REEL_INVALID: no regular file; REEL_TOO_LARGE: more than
 * max_bytes; REEL_SYSTEM. Errors: REEL_NOMEM. */
int reel_read_new(const char *path, size_t max_bytes, struct reel_read **out);

#endif

/* Child processes, run to their end without blocking anybody.
 *
 * Each child leads a process group of its own. The group dies with it, and with a timeout or a
 * cancel, so nothing that a program started stays behind. */
#ifndef REEL_PROCESS_H
#define REEL_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct reel_op;

/* All *copied*. */
struct reel_process_options {
  const char *const *arguments; /* the program, searched in PATH, and its arguments */
  size_t argument_count;        /* at least 1 */
  const char *cwd;              /* NULL: the host's own */
  const void *input;            /* what the program reads from stdin; NULL: /dev/null */
  size_t input_bytes;
  uint64_t timeout_ms; /* 0: no limit */
  size_t max_output_bytes;
  int nice; /* 0..19; 0: as nice as the host */
};

struct reel_process_result {
  int code;               /* of the exit; -1 when a signal ended it */
  int signal;             /* 0 when it exited */
  struct reel_buffer out; /* the first max_output_bytes */
  struct reel_buffer err; /* the last max_output_bytes: where programs say why they failed */
  char message[256];      /* why it failed, when the operation's status is no success */
};

/* An operation that ends with the program. [host] It ends with REEL_OK whatever the exit code;
 * else REEL_NOT_FOUND (no such program), REEL_TIMEOUT, REEL_SYSTEM. Errors: REEL_NOMEM. */
int reel_process_new(const struct reel_process_options *options, struct reel_op **out);

/* *Borrowed* from a finished operation. [host] */
const struct reel_process_result *reel_process_result(const struct reel_op *op);

#endif

/* Child processes, which run to their end while the host goes on.
 *
 * Each child leads a process group of its own. The group is killed when the child ends, at the
 * timeout and by a cancel, so no process of the group stays. */
#ifndef REEL_PROCESS_H
#define REEL_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct reel_op;

/* What a confined program may use at most; exceeding it ends the program or fails its call. It also
 * cannot gain privileges (prctl's no_new_privs). The limits are ours: ffmpeg needs less than 1 GiB
 * for a preview of 1280x720, and a plan of reel ends after 60 s. */
#define REEL_CONFINED_ADDRESS_BYTES (UINT64_C(4) << 30)
#define REEL_CONFINED_FILE_BYTES (UINT64_C(4) << 30)
#define REEL_CONFINED_CPU_S 600

/* Everything is *copied*. A program whose name has no slash is searched in the absolute entries of
 * PATH. */
struct reel_process_options {
  const char *const *arguments; /* the program and its arguments */
  size_t argument_count;        /* at least 1 */
  const char *cwd;              /* the folder it runs in; NULL: the host's */
  const void *input;            /* what the program reads from stdin; NULL: /dev/null */
  size_t input_bytes;
  uint64_t timeout_ms; /* 0: no limit */
  size_t max_output_bytes;
  int nice;         /* 0..19; 0: the host's own value */
  bool is_confined; /* for programs that read files from outside; see REEL_CONFINED_* */
};

struct reel_process_result {
  int code;               /* the exit code; -1 when a signal ended the program */
  int signal;             /* 0 when the program exited */
  struct reel_buffer out; /* the first max_output_bytes of stdout */
  struct reel_buffer err; /* the last max_output_bytes of stderr: programs say at the end why they
                             failed */
  char message[256];      /* why the operation failed; empty when it did not */
};

/* Makes an operation that runs the program and ends with it. *Given*: post it, or free it with
 * type->free. [host] It ends with REEL_OK whatever the exit code, or with REEL_NOT_FOUND (there is
 * no such program), REEL_TIMEOUT or REEL_SYSTEM. Errors: REEL_NOMEM. */
int reel_process_new(const struct reel_process_options *options, struct reel_op **out);

/* The result of a finished operation, *borrowed* until it is freed. [host] */
const struct reel_process_result *reel_process_result(const struct reel_op *op);

#endif

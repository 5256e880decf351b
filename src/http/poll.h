/* A poll repeats a request until the answer changes, without running Lua in between. Each change is
 * returned by one operation. The poll itself stays for the next one, with its request, its delay
 * and the answer that it compares with. */
#ifndef REEL_HTTP_POLL_H
#define REEL_HTTP_POLL_H

#include "http/client.h"
#include "loop/io.h"
#include "base/json_peek.h"

struct reel_http_schedule {
  uint64_t first_ms;    /* until the first request; 0: at once */
  double factor;        /* each delay is the one before times this, 1 or more */
  uint64_t max_ms;      /* the longest delay, without jitter */
  double jitter;        /* the part by which a delay may differ at random, 0 to 1 */
  uint64_t deadline_ms; /* from the start of each operation; 0: none */
};

enum { REEL_HTTP_POLL_FIELDS = 8 };

struct reel_http_poll {
  struct reel_op op;
  struct reel_io *io;
  struct reel_http_transfer transfer; /* its response and message are the result */
  struct reel_http_schedule schedule;
  struct reel_timer timer; /* for the next request; while one is under way, for the deadline */
  uint64_t deadline_at_ms; /* on the clock of reel_io_now_ms */
  uint64_t delay_ms;       /* until the next request, without jitter */
  uint64_t random;
  unsigned polls; /* requests of this operation */
  uint64_t mark;  /* hash of the last answer that was returned; 0 differs from all */

  /* The paths by which answers are compared, and the values of the last answer, *borrowed* from the
   * response. */
  char *fields[REEL_HTTP_POLL_FIELDS];
  struct reel_json_value values[REEL_HTTP_POLL_FIELDS];
  size_t field_count;
  bool is_peeked; /* false: the answer is not JSON and was compared as a whole */

  /* For the host alone. */
  bool is_out;     /* the operation is posted and not yet back */
  bool is_dropped; /* the poll frees itself when the operation is back */
};

/* *Copies* everything. *Given*: freed with reel_http_poll_free. [host]
 *
 * fields   paths for base/json_peek.h, at most REEL_HTTP_POLL_FIELDS; if there are none, whole
 *          answers are compared
 * Errors: those of reel_http_transfer_init; REEL_INVALID also for too many fields. */
int reel_http_poll_new(const struct reel_http_request *request,
                       const struct reel_http_schedule *schedule, const char *const *fields,
                       size_t field_count, struct reel_http_poll **out);

/* Frees the poll, but only once its operation is back if that is posted. NULL-safe. [host] */
void reel_http_poll_free(struct reel_http_poll *poll);

/* Returns the operation to be posted next, *borrowed* from the poll. Must not be called while the
 * last one is posted. [host] The operation ends
 *   with REEL_OK when the answer's status or fields differ from those of the last one returned;
 *   with the status of a transfer that fails, after which any answer counts as changed;
 *   with REEL_TIMEOUT when the deadline passes, also in the middle of a transfer. */
struct reel_op *reel_http_poll_next(struct reel_http_poll *poll);

/* Forgets the last answer, so that the next one counts as changed. Must not be called while the
 * operation is posted. [host] */
void reel_http_poll_forget(struct reel_http_poll *poll);

#endif

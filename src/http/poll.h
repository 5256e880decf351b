/* Asking again and again until the answer changes, as one operation at a time: a waiting task costs
 * no Lua and, between two requests, nothing but a timer. A poll goes on where it stopped: its
 * request, its pauses and the answer that it compares with outlive the operation. */
#ifndef REEL_HTTP_POLL_H
#define REEL_HTTP_POLL_H

#include "http/client.h"
#include "loop/io.h"
#include "base/json_peek.h"

struct reel_http_schedule {
  uint64_t first_ms;    /* until the first request; 0: at once */
  double factor;        /* each delay is so many times the one before, 1 or more */
  uint64_t max_ms;      /* but no longer than this */
  double jitter;        /* and differs at random by up to this part, 0 to 1 */
  uint64_t deadline_ms; /* from the start of each operation; 0: none */
};

enum { REEL_HTTP_POLL_FIELDS = 8 };

struct reel_http_poll {
  struct reel_op op;
  struct reel_io *io;
  struct reel_http_transfer transfer; /* its response and message are the result */
  struct reel_http_schedule schedule;
  struct reel_timer timer; /* the next request; the deadline while one is under way */
  uint64_t deadline_at_ms; /* on the clock of reel_io_now_ms */
  uint64_t delay_ms;       /* until the next request, without jitter */
  uint64_t random;
  unsigned polls; /* requests of this operation */
  uint64_t mark;  /* of the last good answer; 0 differs from all */

  /* What an answer is compared by, and what it says there, as long as the response is kept. */
  char *fields[REEL_HTTP_POLL_FIELDS];
  struct reel_json_value values[REEL_HTTP_POLL_FIELDS];
  size_t field_count;
  bool is_peeked; /* else it is no JSON, and was compared as a whole */

  /* The host's alone. */
  bool is_out;     /* its operation is posted and not yet back */
  bool is_dropped; /* frees itself when that is back */
};

/* fields: paths of base/json_peek.h, at most REEL_HTTP_POLL_FIELDS; with none, answers are compared as a
 * whole. *Copies* all. *Given*: freed with reel_http_poll_free. [host]
 * Errors: those of reel_http_transfer_init; REEL_INVALID: too many fields. */
int reel_http_poll_new(const struct reel_http_request *request,
                       const struct reel_http_schedule *schedule, const char *const *fields,
                       size_t field_count, struct reel_http_poll **out);

/* NULL-safe. While its operation is out, the poll goes with that. [host] */
void reel_http_poll_free(struct reel_http_poll *poll);

/* The operation that brings the next news, to be posted: it ends when the answer's status or fields
 * differ from those of the last one that came back, when a transfer fails (then any answer is news)
 * or when the deadline passes: REEL_TIMEOUT, in the middle of a transfer too. Not while it is out.
 * [host] */
struct reel_op *reel_http_poll_next(struct reel_http_poll *poll);

/* Any answer is news. Not while the operation is out. [host] */
void reel_http_poll_forget(struct reel_http_poll *poll);

#endif

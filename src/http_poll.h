/* Asking again and again until the answer changes, as one operation: a waiting task costs no Lua
 * and, between two requests, nothing but a timer. */
#ifndef REEL_HTTP_POLL_H
#define REEL_HTTP_POLL_H

#include "http.h"
#include "io.h"

struct reel_http_schedule {
  uint64_t first_ms;    /* until the first request; 0: at once */
  double factor;        /* each delay is so many times the one before, 1 or more */
  uint64_t max_ms;      /* but no longer than this */
  double jitter;        /* and differs at random by up to this part, 0 to 1 */
  uint64_t deadline_ms; /* from the start of the operation; 0: none */
};

/* Status, length and hash of an answer, as text. */
#define REEL_HTTP_MARK_SIZE 64

struct reel_http_poll {
  struct reel_op op;
  struct reel_io *io;
  struct reel_http_transfer transfer; /* its response and message are the result */
  struct reel_http_schedule schedule;
  struct reel_timer timer; /* the next request; the deadline while one is under way */
  uint64_t deadline_at_ms; /* on the clock of reel_io_now_ms */
  uint64_t delay_ms;       /* until the request after the last one, without jitter */
  uint64_t random;
  unsigned polls;                 /* requests so far */
  char last[REEL_HTTP_MARK_SIZE]; /* the mark of the answer, or what it was compared with */
};

/* Polls until the answer's mark differs from `last` ("" or NULL differs from all: the first
 * answer), a transfer fails, or the deadline passes: REEL_TIMEOUT, in the middle of a transfer too.
 * *Copies* all. *Given*: post it, or free it with op.type->free. [host]
 * Errors: those of reel_http_transfer_init; REEL_INVALID: a last that is no mark. */
int reel_http_poll_new(const struct reel_http_request *request,
                       const struct reel_http_schedule *schedule, const char *last,
                       struct reel_http_poll **out);

#endif

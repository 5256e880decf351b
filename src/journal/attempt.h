/* What a paid attempt does on the I/O thread: it passes the latch just before the first byte is
 * sent, and stores the answer as soon as the answer is complete. The functions for these two steps
 * are hooks of a send (journal/sender.h). */
#ifndef REEL_ATTEMPT_H
#define REEL_ATTEMPT_H

#include <stdint.h>

struct reel_journal;
struct reel_send;

struct reel_attempt {
  struct reel_journal *journal;
  int64_t id;
  char nonce[64];
  char run[64];                /* the send counts against the budget of this run */
  char origin[256];            /* the send counts against the rate limit of this origin */
  char holder[128];            /* the boot, process and runtime that receive the answer */
  int64_t rate_count, rate_ms; /* at most rate_count sends within rate_ms; count 0: no limit */
  int64_t max_new;             /* the most sends of this run; -1: no limit */
  double max_credits;          /* the most estimated credits of this run; negative: no limit */

  /* Set when the latch refuses. */
  int64_t wait_ms;   /* with REEL_RATE: how long until the rate limit allows a send */
  char message[256]; /* the reason, for people */
};

/* Returns a copy, which keeps the journal's memory until the copy is freed. NULL: out of memory.
 * [host] */
struct reel_attempt *reel_attempt_new(const struct reel_attempt *attempt);
/* The hook for reel_send.hook_free. [any] */
void reel_attempt_free(void *attempt);

/* The hook for reel_send.latch: moves the attempt from intent to latched and syncs the file, which
 * gives the right to send. The same transaction checks the rate limit and the budget. [io]
 * Errors, all before a byte was sent: REEL_RATE (see wait_ms), REEL_BUDGET, REEL_HELD (the last
 * three attempts are ambiguous), REEL_STATE (there is no intent with this nonce, run and origin,
 * since another process has moved it), REEL_BUSY, REEL_JOURNAL. */
int reel_attempt_latch(void *attempt);

/* The hook for reel_send.answered: stores the answer as it came, without reading it. The columns
 * are answer (empty, not null, if nothing came), http_status and curl_code (18 also for a cut
 * answer that libcurl reports as complete). If the journal cannot store the answer, it goes to the
 * spool file (journal/spool.h), a line on stderr says so, and no attempt passes the latch any more,
 * unless the journal was only busy. [io] */
void reel_attempt_answered(void *attempt, const struct reel_send *send);

#endif

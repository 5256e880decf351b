/* The two moments of a paid attempt that happen on the I/O thread: the latch, before its first
 * byte, and the answer, as soon as it is whole. Both are hooks of a send (journal/sender.h). */
#ifndef REEL_ATTEMPT_H
#define REEL_ATTEMPT_H

#include <stdint.h>

struct reel_journal;
struct reel_send;

struct reel_attempt {
  struct reel_journal *journal;
  int64_t id;
  char nonce[64];
  char run[64];                /* whose budget it counts against */
  char origin[256];            /* whose rate it counts against */
  char holder[128];            /* boot, process and runtime: who may still hear the answer */
  int64_t rate_count, rate_ms; /* at most so many sends in so long */
  int64_t max_new;             /* sends of this run; -1: no limit */
  double max_credits;          /* estimated credits of this run; negative: no limit */

  /* Why the latch refused. */
  int64_t wait_ms; /* with REEL_RATE: until there is room in the window */
  char message[256];
};

/* A copy that keeps the journal's memory until it is freed. NULL: out of memory. [host] */
struct reel_attempt *reel_attempt_new(const struct reel_attempt *attempt);
/* [any] For reel_send.hook_free. */
void reel_attempt_free(void *attempt);

/* Moves the attempt from intent to latched, synced, and so gives the right to send; counts rate
 * and budget in the same transaction. [io] For reel_send.latch.
 * Errors, all before a byte left: REEL_RATE (see wait_ms), REEL_BUDGET, REEL_HELD (three ambiguous
 * attempts in a row), REEL_STATE (the row is no intent with this nonce, run and origin: another
 * process holds it), REEL_BUSY, REEL_JOURNAL. */
int reel_attempt_latch(void *attempt);

/* Stores the answer as it came, unread: answer (empty, not null, if nothing came), http_status and
 * curl_code (18 also for an answer that libcurl took for whole and that was cut). If the journal
 * cannot take it, it goes to the spool file (journal/spool.h), a line on stderr says so, and nothing more
 * is latched unless the journal was only busy. [io] For reel_send.answered. */
void reel_attempt_answered(void *attempt, const struct reel_send *send);

#endif

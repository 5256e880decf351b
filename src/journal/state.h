/* What journal/journal.c (transactions) and journal/open.c (opening) share; nobody else includes it. */
#ifndef REEL_JOURNAL_STATE_H
#define REEL_JOURNAL_STATE_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "journal/prepared.h"
#include "loop/io.h"

struct reel_transaction;

struct reel_journal {
  struct reel_op closing; /* its own close operation, so that closing needs no memory */
  atomic_uint users;      /* who opened it, and each send that may still store an answer */

  /* The rest is the I/O thread's. */
  struct reel_io *io;
  sqlite3 *db; /* NULL: closed */
  struct reel_prepared prepared;
  bool is_memory, is_closed, is_poisoned;
  bool runs_statement; /* one of a transaction, which may not do everything */
  char path[4096];
  char reason[256];
  struct reel_transaction *pending, **pending_end;
  struct reel_timer flush;
};

/* Closed and with one user. NULL: out of memory. */
struct reel_journal *reel_journal_new(struct reel_io *io);

/* Runs SQL without parameters and rows; returns a status. */
int reel_journal_execute(sqlite3 *db, const char *sql);

/* Lets the statements of transactions read and write rows and nothing else. */
void reel_journal_restrict(struct reel_journal *journal);

#endif

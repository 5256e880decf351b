/* What journal/journal.c (transactions) and journal/open.c (opening) share. No other file includes
 * this header. */
#ifndef REEL_JOURNAL_STATE_H
#define REEL_JOURNAL_STATE_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "journal/prepared.h"
#include "loop/io.h"

struct reel_transaction;

struct reel_journal {
  struct reel_op closing; /* the close operation, kept here so that closing needs no memory */
  atomic_uint users;      /* the opener, and each send that may still store an answer */

  /* Only the I/O thread uses the rest. */
  struct reel_io *io;
  sqlite3 *db; /* NULL: closed */
  struct reel_prepared prepared;
  bool is_memory, is_closed, is_poisoned;
  bool runs_statement; /* of a transaction, so the authorizer restricts it */
  char path[4096];
  char reason[256];
  struct reel_transaction *pending, **pending_end;
  struct reel_timer flush;
};

/* Returns a journal without a database and with one user. NULL: out of memory. */
struct reel_journal *reel_journal_new(struct reel_io *io);

/* Runs SQL that has no parameters, and ignores its rows. Returns a status. */
int reel_journal_execute(sqlite3 *db, const char *sql);

/* Lets the statements of transactions read and write rows and nothing else. */
void reel_journal_restrict(struct reel_journal *journal);

#endif

/* The journal: one SQLite file that records what was asked for, what may have been paid and what
 * came of it. The I/O thread does all writing, and syncs the file before a result is reported.
 *
 * Transactions that are posted in one iteration of the loop are committed together and cost one
 * sync. Each of them still succeeds or fails as a whole, and a failed one does not affect the
 * others. After a failed write or sync the file is not trusted: every further call ends with
 * REEL_JOURNAL until the file is opened again, since a second try could report success without
 * having written. */
#ifndef REEL_JOURNAL_H
#define REEL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "loop/io.h"
#include "journal/statement.h"

struct reel_journal;
struct reel_prepared;
struct sqlite3;

struct reel_transaction {
  struct reel_op op;
  struct reel_journal *journal; /* *borrowed*; may be closed only after this was posted */
  struct reel_statement *statements;
  size_t statement_count;
  char message[256]; /* on failure: what is wrong, for people */
  struct reel_transaction *next;
};

/* Returns a transaction with `statements` statements, all zero; NULL: out of memory. Posting gives
 * it away (*given*). Its strings and arrays are malloc'd by the caller and freed with it. Its
 * statements cannot begin or end a transaction, or change the schema or the settings. */
struct reel_transaction *reel_transaction_new(struct reel_journal *journal, size_t statements);

struct reel_journal_open {
  struct reel_op op;
  char path[4096];
  struct reel_journal *journal; /* the result; freed with the operation unless set to NULL */
  char message[512];            /* on failure: what is wrong, for people */
};

/* Returns the operation that opens a journal; NULL: out of memory. It makes a missing file (mode
 * 0600) and its folder (0700). The path ":memory:" names a journal in memory, which ends when it is
 * closed. path is *copied*, and is shorter than 4096 bytes. [host]
 * The operation fails with REEL_JOURNAL if a newer version of reel wrote the file, if the file is
 * damaged or not a journal, if its file system is not local (journal/filesystem.h), or if other
 * users may read the file or write to its folder. It fails with REEL_BUSY if another process holds
 * a lock on the file. */
struct reel_op *reel_journal_open_new(const char *path);

/* Returns the operation that closes the journal after everything that was posted before. Sends that
 * have passed their latch still store their answers; no attempt passes the latch afterwards. The
 * operation is a part of the journal, so posting it gives the journal away (*given*). [host] */
struct reel_op *reel_journal_close(struct reel_journal *journal);

/* Add and remove a user of the journal. Its memory is freed with the last user. [any] */
void reel_journal_keep(struct reel_journal *journal);
void reel_journal_drop(struct reel_journal *journal);

/* The following functions are for journal/attempt.c, which latches and stores answers. [io] */

struct sqlite3 *reel_journal_db(struct reel_journal *journal);
struct reel_prepared *reel_journal_prepared(struct reel_journal *journal);
/* The absolute path; NULL for a journal in memory. */
const char *reel_journal_path(const struct reel_journal *journal);
bool reel_journal_is_closed(const struct reel_journal *journal);
/* Commits the pending transactions, then runs BEGIN IMMEDIATE. Errors: REEL_BUSY, after five
 * seconds; REEL_JOURNAL. */
int reel_journal_begin(struct reel_journal *journal);
/* Runs COMMIT if status is REEL_OK, else ROLLBACK. Returns the status of the COMMIT or the given
 * one. If that is REEL_JOURNAL, the file is not trusted from here on. */
int reel_journal_end(struct reel_journal *journal, int status);
/* Why the last begin or end failed, for people. *Borrowed* until the next begin or end. */
const char *reel_journal_reason(const struct reel_journal *journal);
/* Makes every further begin fail with REEL_JOURNAL. */
void reel_journal_poison(struct reel_journal *journal, const char *reason);

#endif

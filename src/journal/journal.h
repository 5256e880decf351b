/* The journal: one SQLite file that says what was asked for, what may have been paid and what came
 * of it. Everything is written on the I/O thread, synced before anybody is told.
 *
 * Transactions that are posted in one iteration of the loop are committed together: they cost one
 * sync. Each is all or nothing on its own: one that fails takes no other with it. After a failed
 * write or sync the file is not trusted any more: every further call ends with REEL_JOURNAL until
 * it is opened anew, since a second try would report success without having written. */
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
  struct reel_journal *journal; /* *borrowed*; to be closed after this was posted */
  struct reel_statement *statements;
  size_t statement_count;
  char message[256]; /* on failure: what is wrong, for people */
  struct reel_transaction *next;
};

/* A transaction with room for so many statements, all zero. NULL: out of memory. *Given* by post.
 * Strings and arrays in it are malloc'd and freed with it. Its statements can neither begin nor end
 * a transaction, nor change the schema or the settings. */
struct reel_transaction *reel_transaction_new(struct reel_journal *journal, size_t statements);

struct reel_journal_open {
  struct reel_op op;
  char path[4096];
  struct reel_journal *journal; /* the result; freed with the operation unless set to NULL */
  char message[512];
};

/* Opens the file, makes it (0600, its folder 0700) or brings it to this version; ":memory:" is a
 * journal that ends with the process. path is *copied* and shorter than 4096. [host] NULL: out of
 * memory.
 * Fails with REEL_JOURNAL on: a newer version, a file of something else, a damaged file, a network
 * file system, a file that others may read, a folder that others may write; REEL_BUSY. */
struct reel_op *reel_journal_open_new(const char *path);

/* The operation that closes the journal behind everything that was posted before. Sends that have
 * passed their latch still store their answers; no further latch is passed. *Given*: journal, which
 * the operation is a part of. [host] */
struct reel_op *reel_journal_close(struct reel_journal *journal);

/* Another user of the journal's memory, and its end. [any] */
void reel_journal_keep(struct reel_journal *journal);
void reel_journal_drop(struct reel_journal *journal);

/* For the files that hold the money statements. [io] */
struct sqlite3 *reel_journal_db(struct reel_journal *journal);
struct reel_prepared *reel_journal_prepared(struct reel_journal *journal);
/* Absolute; NULL for one in memory. */
const char *reel_journal_path(const struct reel_journal *journal);
bool reel_journal_is_closed(const struct reel_journal *journal);
/* BEGIN IMMEDIATE after everything that is pending. Errors: REEL_BUSY, after five seconds;
 * REEL_JOURNAL. */
int reel_journal_begin(struct reel_journal *journal);
/* COMMIT, or ROLLBACK if status is not REEL_OK; one that fails, and REEL_JOURNAL, mean that the
 * file is not trusted any more. Returns what holds. */
int reel_journal_end(struct reel_journal *journal, int status);
/* Why the last begin or end failed, for people. *Borrowed* until the next. */
const char *reel_journal_reason(const struct reel_journal *journal);
/* Lets every further begin fail. */
void reel_journal_poison(struct reel_journal *journal, const char *reason);

#endif

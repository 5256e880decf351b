/* The journal: one SQLite file that says what was asked for, what may have been paid and what came
 * of it. Everything is written on the I/O thread, synced before anybody is told.
 *
 * Transactions that are posted in one turn of the loop are committed together: they cost one sync.
 * Each is all or nothing on its own: one that fails takes no other with it. After a failed sync the
 * file is not trusted any more: every further call ends with REEL_JOURNAL until it is opened anew,
 * since a second try would report success without having written. */
#ifndef REEL_JOURNAL_H
#define REEL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io.h"

struct reel_journal;
struct sqlite3;

enum reel_value_type { REEL_NULL, REEL_INTEGER, REEL_REAL, REEL_TEXT, REEL_BLOB };

struct reel_value {
  enum reel_value_type type;
  int64_t integer;
  double real;
  char *bytes; /* text (also zero-terminated) or blob */
  size_t size;
};

/* One SQL statement with its parameters, and then its rows. */
struct reel_statement {
  char *sql;
  struct reel_value *parameters;
  size_t parameter_count;
  int64_t expected_changes; /* another number of changed rows fails the transaction; -1: any */
  char **columns;
  size_t column_count;
  struct reel_value *cells; /* row by row */
  size_t row_count;
};

struct reel_transaction {
  struct reel_op op;
  struct reel_journal *journal; /* *borrowed*; must outlive the operation */
  struct reel_statement *statements;
  size_t statement_count;
  char message[256]; /* on failure: SQLite's words */
  struct reel_transaction *next;
};

/* A transaction with room for so many statements, all zero. NULL: out of memory. *Given* by post.
 * Strings and arrays in it are malloc'd and freed with it. */
struct reel_transaction *reel_transaction_new(struct reel_journal *journal, size_t statements);

struct reel_journal_open {
  struct reel_op op;
  char path[4096];
  struct reel_journal *journal; /* the result; close it with reel_journal_close_new */
  char message[512];
};

/* Opens the file, makes it (0600) or brings it to this version; ":memory:" is a journal that ends
 * with the process. [host] *Copies* path.
 * Fails with REEL_JOURNAL on: a newer version, a network file system, a damaged file, wrong
 * permissions. */
struct reel_op *reel_journal_open_new(const char *path);

/* Closes the journal after everything posted before. [host] *Given*: journal. */
struct reel_op *reel_journal_close_new(struct reel_journal *journal);

/* For the files that hold the money statements. [io] */
struct sqlite3 *reel_journal_db(struct reel_journal *journal);
/* NULL for one in memory. */
const char *reel_journal_path(const struct reel_journal *journal);
/* BEGIN IMMEDIATE after everything that is pending; REEL_JOURNAL when the journal is poisoned. */
int reel_journal_begin(struct reel_journal *journal);
/* COMMIT, or ROLLBACK if status is not REEL_OK; a failed sync poisons. Returns what holds. */
int reel_journal_end(struct reel_journal *journal, int status);

#endif

/* One SQL statement with its parameters and, after it has run, its rows. */
#ifndef REEL_JOURNAL_STATEMENT_H
#define REEL_JOURNAL_STATEMENT_H

#include <stddef.h>
#include <stdint.h>

struct reel_prepared;
struct sqlite3;

enum reel_value_type { REEL_NULL, REEL_INTEGER, REEL_REAL, REEL_TEXT, REEL_BLOB };

struct reel_value {
  enum reel_value_type type;
  int64_t integer;
  double real;
  char *bytes; /* text (also zero-terminated) or blob */
  size_t size;
};

struct reel_statement {
  char *sql; /* exactly one statement */
  struct reel_value *parameters;
  size_t parameter_count;
  int64_t expected_changes; /* another number of changed rows is a failure; -1: any */
  char **columns;
  size_t column_count;
  struct reel_value *cells; /* row after row */
  size_t row_count;
  const char *reason; /* why it failed, if SQLite has no message about that; static storage */
};

/* Runs the statement and keeps its rows. [io]
 * Errors: REEL_STATE (a rule of the schema refused it, or it changed another number of rows than
 * expected), REEL_INVALID (the SQL or its parameters are wrong), REEL_BUSY, REEL_NOMEM,
 * REEL_JOURNAL (the storage failed). */
int reel_statement_run(struct sqlite3 *db, struct reel_prepared *prepared,
                       struct reel_statement *statement);

/* Frees the rows. */
void reel_statement_clear(struct reel_statement *statement);
/* Frees everything that the statement points to. */
void reel_statement_deinit(struct reel_statement *statement);

/* The status of a result code of SQLite. REEL_JOURNAL means that the storage failed. */
int reel_statement_status(int code);

#endif

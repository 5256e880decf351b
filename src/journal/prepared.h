/* Statements that SQLite has compiled, kept by their text: the journal runs some fifty different
 * ones, and compiling one takes longer than running it. All functions: [io]. */
#ifndef REEL_JOURNAL_PREPARED_H
#define REEL_JOURNAL_PREPARED_H

#include <stddef.h>
#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;

enum { REEL_PREPARED_MAX = 96 }; /* more than reel has; the one used longest ago makes room */

struct reel_prepared {
  struct {
    struct sqlite3_stmt *statement; /* NULL: free */
    char *sql;
    size_t length;
    uint64_t used; /* count at its last use */
  } entries[REEL_PREPARED_MAX];
  uint64_t count;
};

/* The compiled statement with this text, ready to be bound. *Borrowed* until the next get; give it
 * back with reel_prepared_release() before the transaction ends, since it holds locks until then.
 * Returns a result code of SQLite: SQLITE_NOMEM, SQLITE_MISUSE with *reason set if the text is not
 * exactly one statement, or what the compiler says, with its message in the database. */
int reel_prepared_get(struct reel_prepared *prepared, struct sqlite3 *db, const char *sql,
                      struct sqlite3_stmt **out, const char **reason);

/* Resets a statement and forgets its parameters. NULL is fine. */
void reel_prepared_release(struct sqlite3_stmt *statement);

/* Frees all of them, before the database is closed. */
void reel_prepared_deinit(struct reel_prepared *prepared);

#endif

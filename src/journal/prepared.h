/* A cache of compiled SQL statements, found by their text. The journal runs some fifty different
 * statements, and compiling a statement takes longer than running it. All functions: [io]. */
#ifndef REEL_JOURNAL_PREPARED_H
#define REEL_JOURNAL_PREPARED_H

#include <stddef.h>
#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;

enum { REEL_PREPARED_MAX = 96 }; /* more than reel has statements */

struct reel_prepared {
  struct {
    struct sqlite3_stmt *statement; /* NULL: free */
    char *sql;
    size_t length;
    uint64_t used; /* the value of `count` at the last use */
  } entries[REEL_PREPARED_MAX];
  uint64_t count; /* of all uses; a full cache drops the statement that was used longest ago */
};

/* Sets *out to the compiled statement with this text, ready to be bound. *Borrowed* until the next
 * get. Call reel_prepared_release() before the transaction ends, since an unreleased statement
 * holds locks. Returns a result code of SQLite: SQLITE_NOMEM; SQLITE_MISUSE, with *reason set, if
 * the text is not exactly one statement; or the compiler's code, with sqlite3_errmsg() set. */
int reel_prepared_get(struct reel_prepared *prepared, struct sqlite3 *db, const char *sql,
                      struct sqlite3_stmt **out, const char **reason);

/* Resets a statement and clears its parameters. NULL is allowed. */
void reel_prepared_release(struct sqlite3_stmt *statement);

/* Frees all statements; must be called before the database is closed. */
void reel_prepared_deinit(struct reel_prepared *prepared);

#endif

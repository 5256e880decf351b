#include "journal/prepared.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static void clear_entry(struct reel_prepared *prepared, size_t i) {
  sqlite3_finalize(prepared->entries[i].statement);
  free(prepared->entries[i].sql);
  prepared->entries[i].statement = NULL;
  prepared->entries[i].sql = NULL;
}

/* The index of the statement with this text, or REEL_PREPARED_MAX. */
static size_t find(const struct reel_prepared *prepared, const char *sql, size_t length) {
  for (size_t i = 0; i < REEL_PREPARED_MAX; i++) {
    if (prepared->entries[i].statement && prepared->entries[i].length == length &&
        memcmp(prepared->entries[i].sql, sql, length) == 0)
      return i;
  }
  return REEL_PREPARED_MAX;
}

/* A free index, or else the index of the statement that was used longest ago. */
static size_t place_for_new(const struct reel_prepared *prepared) {
  size_t oldest = 0;
  for (size_t i = 0; i < REEL_PREPARED_MAX; i++) {
    if (!prepared->entries[i].statement) return i;
    if (prepared->entries[i].used < prepared->entries[oldest].used) oldest = i;
  }
  return oldest;
}

static int compile(struct sqlite3 *db, const char *sql, size_t length, struct sqlite3_stmt **out,
                   const char **reason) {
  const char *rest = "";
  int code = sqlite3_prepare_v3(db, sql, (int)length + 1, SQLITE_PREPARE_PERSISTENT, out, &rest);
  if (code != SQLITE_OK || (*out && !rest[strspn(rest, " \t\r\n;")])) return code;
  *reason = "not exactly one SQL statement"; /* SQLite would ignore the rest */
  sqlite3_finalize(*out);
  return SQLITE_MISUSE;
}

/* Puts a new statement, which is *given*, into the cache. */
static int add(struct reel_prepared *prepared, struct sqlite3_stmt *statement, const char *sql,
               size_t length, size_t *place) {
  char *copy = strdup(sql);
  if (!copy) {
    sqlite3_finalize(statement);
    return SQLITE_NOMEM;
  }
  *place = place_for_new(prepared);
  clear_entry(prepared, *place);
  prepared->entries[*place].statement = statement;
  prepared->entries[*place].sql = copy;
  prepared->entries[*place].length = length;
  return SQLITE_OK;
}

int reel_prepared_get(struct reel_prepared *prepared, struct sqlite3 *db, const char *sql,
                      struct sqlite3_stmt **out, const char **reason) {
  size_t length = strlen(sql);
  size_t i = find(prepared, sql, length);
  if (i == REEL_PREPARED_MAX) {
    struct sqlite3_stmt *statement = NULL;
    int code = compile(db, sql, length, &statement, reason);
    if (code == SQLITE_OK) code = add(prepared, statement, sql, length, &i);
    if (code != SQLITE_OK) return code;
  }
  prepared->entries[i].used = ++prepared->count;
  *out = prepared->entries[i].statement;
  return SQLITE_OK;
}

void reel_prepared_release(struct sqlite3_stmt *statement) {
  if (!statement) return;
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
}

void reel_prepared_deinit(struct reel_prepared *prepared) {
  for (size_t i = 0; i < REEL_PREPARED_MAX; i++) clear_entry(prepared, i);
}

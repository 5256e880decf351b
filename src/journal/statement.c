#include "journal/statement.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "journal/prepared.h"

int reel_statement_status(int code) {
  switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
      return REEL_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return REEL_BUSY;
    case SQLITE_NOMEM:
      return REEL_NOMEM;
    case SQLITE_CONSTRAINT:
      return REEL_STATE;
    case SQLITE_ERROR:
    case SQLITE_AUTH:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
      return REEL_INVALID;
    default:
      return REEL_JOURNAL;
  }
}

static int bind_value(sqlite3_stmt *prepared, int place, const struct reel_value *value) {
  switch (value->type) {
    case REEL_INTEGER:
      return sqlite3_bind_int64(prepared, place, value->integer);
    case REEL_REAL:
      return sqlite3_bind_double(prepared, place, value->real);
    case REEL_TEXT:
      return sqlite3_bind_text64(prepared, place, value->bytes, value->size, SQLITE_STATIC,
                                 SQLITE_UTF8);
    case REEL_BLOB:
      return sqlite3_bind_blob64(prepared, place, value->bytes, value->size, SQLITE_STATIC);
    default:
      return sqlite3_bind_null(prepared, place);
  }
}

static int copy_bytes(const void *bytes, size_t size, struct reel_value *out) {
  out->bytes = malloc(size + 1);
  if (!out->bytes) return REEL_NOMEM;
  if (size) memcpy(out->bytes, bytes, size);
  out->bytes[size] = '\0';
  out->size = size;
  return REEL_OK;
}

static int copy_cell(sqlite3_stmt *prepared, int column, struct reel_value *out) {
  *out = (struct reel_value){0};
  switch (sqlite3_column_type(prepared, column)) {
    case SQLITE_NULL:
      return REEL_OK;
    case SQLITE_INTEGER:
      out->type = REEL_INTEGER;
      out->integer = sqlite3_column_int64(prepared, column);
      return REEL_OK;
    case SQLITE_FLOAT:
      out->type = REEL_REAL;
      out->real = sqlite3_column_double(prepared, column);
      return REEL_OK;
    case SQLITE_BLOB:
      out->type = REEL_BLOB;
      break;
    default:
      out->type = REEL_TEXT;
  }
  const void *bytes = sqlite3_column_blob(prepared, column);
  return copy_bytes(bytes, (size_t)sqlite3_column_bytes(prepared, column), out);
}

static int copy_columns(sqlite3_stmt *prepared, struct reel_statement *out) {
  out->column_count = (size_t)sqlite3_column_count(prepared);
  out->columns = calloc(out->column_count + 1, sizeof *out->columns);
  if (!out->columns) return REEL_NOMEM;
  for (size_t i = 0; i < out->column_count; i++) {
    const char *name = sqlite3_column_name(prepared, (int)i);
    out->columns[i] = name ? strdup(name) : NULL;
    if (!out->columns[i]) return REEL_NOMEM;
  }
  return REEL_OK;
}

static int copy_row(sqlite3_stmt *prepared, struct reel_statement *out) {
  size_t filled = out->row_count * out->column_count;
  size_t wanted = filled + out->column_count;
  struct reel_value *cells = realloc(out->cells, (wanted + 1) * sizeof *cells);
  if (!cells) return REEL_NOMEM;
  out->cells = cells;
  memset(cells + filled, 0, out->column_count * sizeof *cells);
  out->row_count++;
  for (size_t i = 0; i < out->column_count; i++) {
    int status = copy_cell(prepared, (int)i, &cells[filled + i]);
    if (status != REEL_OK) return status;
  }
  return REEL_OK;
}

static int fail_with_reason(struct reel_statement *statement, int status, const char *reason) {
  statement->reason = reason;
  return status;
}

static int step_all(sqlite3 *db, sqlite3_stmt *prepared, struct reel_statement *out) {
  int status = copy_columns(prepared, out);
  int code = SQLITE_DONE;
  while (status == REEL_OK && (code = sqlite3_step(prepared)) == SQLITE_ROW)
    status = copy_row(prepared, out);
  if (status != REEL_OK) return fail_with_reason(out, status, reel_strerror(status));
  if (code != SQLITE_DONE) return reel_statement_status(code);
  bool as_expected = out->expected_changes < 0 || sqlite3_changes64(db) == out->expected_changes;
  return as_expected ? REEL_OK
                     : fail_with_reason(out, REEL_STATE, "the rows have changed meanwhile");
}

static int bind_and_step(sqlite3 *db, sqlite3_stmt *prepared, struct reel_statement *out) {
  if ((size_t)sqlite3_bind_parameter_count(prepared) != out->parameter_count)
    return fail_with_reason(out, REEL_INVALID, "the statement has another number of parameters");
  int code = SQLITE_OK;
  for (size_t i = 0; code == SQLITE_OK && i < out->parameter_count; i++)
    code = bind_value(prepared, (int)i + 1, &out->parameters[i]);
  return code == SQLITE_OK ? step_all(db, prepared, out) : reel_statement_status(code);
}

int reel_statement_run(struct sqlite3 *db, struct reel_prepared *prepared,
                       struct reel_statement *statement) {
  sqlite3_stmt *compiled = NULL;
  int code = reel_prepared_get(prepared, db, statement->sql, &compiled, &statement->reason);
  int status = reel_statement_status(code);
  if (status == REEL_OK) status = bind_and_step(db, compiled, statement);
  reel_prepared_release(compiled);
  return status;
}

void reel_statement_clear(struct reel_statement *statement) {
  for (size_t i = 0; i < statement->row_count * statement->column_count; i++)
    free(statement->cells[i].bytes);
  for (size_t i = 0; statement->columns && i < statement->column_count; i++)
    free(statement->columns[i]);
  free(statement->columns);
  free(statement->cells);
  statement->columns = NULL;
  statement->cells = NULL;
  statement->column_count = statement->row_count = 0;
  statement->reason = NULL;
}

void reel_statement_deinit(struct reel_statement *statement) {
  reel_statement_clear(statement);
  for (size_t i = 0; i < statement->parameter_count; i++) free(statement->parameters[i].bytes);
  free(statement->parameters);
  free(statement->sql);
}

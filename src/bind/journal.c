/* reel.core.journal: opens the journal and runs the transactions that Lua describes as tables. */
#include "bind/journal_check.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "bind/core.h"
#include "journal/crash.h"
#include "bind/job/job.h"
#include "journal/journal.h"
#include "journal/spool.h"
#include "base/status.h"

#define JOURNAL_TYPE "reel.Journal"

struct journal_box {
  struct reel_journal *journal; /* NULL: closed */
};

struct reel_journal *reel_check_journal(lua_State *L, int arg) {
  struct journal_box *box = luaL_checkudata(L, arg, JOURNAL_TYPE);
  luaL_argcheck(L, box->journal, arg, "the journal is closed");
  return box->journal;
}

/* Opening and closing. */

static int push_journal(lua_State *L, struct reel_op *op) {
  struct reel_journal_open *opening = (struct reel_journal_open *)op;
  if (op->status != REEL_OK)
    return reel_job_push_failure(L, op->status, opening->message[0] ? opening->message : NULL);
  struct journal_box *box = lua_touserdata(L, 1);
  box->journal = opening->journal;
  opening->journal = NULL;
  lua_settop(L, 1);
  return 1;
}

static int journal_open(lua_State *L) {
  size_t size;
  const char *path = luaL_checklstring(L, 1, &size);
  luaL_argcheck(L, strlen(path) == size, 1, "a path without zero bytes expected");
  luaL_argcheck(L, size < sizeof((struct reel_journal_open *)0)->path, 1, "the path is too long");
  struct journal_box *box = lua_newuserdatauv(L, sizeof *box, 0);
  box->journal = NULL;
  luaL_setmetatable(L, JOURNAL_TYPE);
  lua_insert(L, 1);
  struct reel_op *op = reel_journal_open_new(path);
  if (!op) return luaL_error(L, "out of memory");
  return reel_job_await(L, op, push_journal);
}

/* The journal is closed after everything that was posted before. */
static int journal_close(lua_State *L) {
  struct journal_box *box = luaL_checkudata(L, 1, JOURNAL_TYPE);
  struct reel_journal *journal = box->journal;
  box->journal = NULL;
  if (journal) reel_job_post(L, reel_journal_close(journal));
  return 0;
}

/* Checking the statements: { { sql, packed parameters, changes = n }, ... }. */

/* Indexes on the stack: the two arguments, then the field names "changes" and "n". */
enum { JOURNAL = 1, STATEMENTS, CHANGES, COUNT };

/* Pushes a field without metamethods, so that none of them can raise, or change a table, while the
 * transaction is made. */
static int push_field(lua_State *L, int table, int name) {
  lua_pushvalue(L, name);
  return lua_rawget(L, table);
}

static bool is_bindable(lua_State *L, int index) {
  int type = lua_type(L, index);
  return type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
}

static void check_parameters(lua_State *L, int table) {
  luaL_argcheck(L, lua_istable(L, table), STATEMENTS, "packed parameters expected after SQL text");
  push_field(L, table, COUNT);
  lua_Integer count = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
  luaL_argcheck(L, count >= 0 && count <= 30000, STATEMENTS,
                "parameters: n from 0 to 30000 expected");
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, table, i);
    luaL_argcheck(L, is_bindable(L, -1), STATEMENTS,
                  "parameters: nil, booleans, numbers or strings expected");
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void check_statement(lua_State *L, int table) {
  luaL_argcheck(L, lua_istable(L, table), STATEMENTS, "a list of tables expected");
  luaL_argcheck(L, lua_rawgeti(L, table, 1) == LUA_TSTRING, STATEMENTS,
                "SQL text expected first in each table");
  luaL_argcheck(L, strlen(lua_tostring(L, -1)) == lua_rawlen(L, -1), STATEMENTS,
                "SQL text without zero bytes expected");
  lua_rawgeti(L, table, 2);
  check_parameters(L, lua_gettop(L));
  push_field(L, table, CHANGES);
  luaL_argcheck(L, lua_isnil(L, -1) || lua_isinteger(L, -1), STATEMENTS,
                "changes: integer expected");
  lua_pop(L, 3);
}

/* Reading the statements, which were all checked before. The functions return false when memory
 * runs out. */

static bool read_bytes(lua_State *L, struct reel_value *out) {
  size_t size;
  const char *bytes = lua_tolstring(L, -1, &size);
  out->type = REEL_TEXT;
  out->bytes = malloc(size + 1);
  if (!out->bytes) return false;
  memcpy(out->bytes, bytes, size + 1);
  out->size = size;
  return true;
}

/* Reads the value on top of the stack. */
static bool read_value(lua_State *L, struct reel_value *out) {
  if (lua_type(L, -1) == LUA_TSTRING) return read_bytes(L, out);
  if (lua_isinteger(L, -1) || lua_isboolean(L, -1)) {
    out->type = REEL_INTEGER;
    out->integer = lua_isboolean(L, -1) ? lua_toboolean(L, -1) : lua_tointeger(L, -1);
  } else if (lua_isnumber(L, -1)) {
    out->type = REEL_REAL;
    out->real = lua_tonumber(L, -1);
  }
  return true;
}

static bool read_parameters(lua_State *L, int table, struct reel_statement *out) {
  push_field(L, table, COUNT);
  size_t count = (size_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  out->parameters = calloc(count + 1, sizeof *out->parameters);
  if (!out->parameters) return false;
  out->parameter_count = count;
  bool is_read = true;
  for (size_t i = 0; is_read && i < count; i++) {
    lua_rawgeti(L, table, (lua_Integer)i + 1);
    is_read = read_value(L, &out->parameters[i]);
    lua_pop(L, 1);
  }
  return is_read;
}

static bool read_statement(lua_State *L, int table, struct reel_statement *out) {
  push_field(L, table, CHANGES);
  out->expected_changes = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
  lua_rawgeti(L, table, 1);
  out->sql = strdup(lua_tostring(L, -1));
  lua_rawgeti(L, table, 2);
  bool is_read = out->sql && read_parameters(L, lua_gettop(L), out);
  lua_pop(L, 3);
  return is_read;
}

/* Returns NULL when memory runs out. */
static struct reel_transaction *read_transaction(lua_State *L, struct reel_journal *journal,
                                                 size_t count) {
  struct reel_transaction *transaction = reel_transaction_new(journal, count);
  bool is_read = transaction != NULL;
  for (size_t i = 0; is_read && i < count; i++) {
    lua_rawgeti(L, STATEMENTS, (lua_Integer)i + 1);
    is_read = read_statement(L, lua_gettop(L), &transaction->statements[i]);
    lua_pop(L, 1);
  }
  if (is_read) return transaction;
  if (transaction) transaction->op.type->free(&transaction->op);
  return NULL;
}

/* Pushing the results: a list of rows for each statement, each row { column = value, ... }. */

static void push_cell(lua_State *L, const struct reel_value *cell) {
  switch (cell->type) {
    case REEL_INTEGER:
      lua_pushinteger(L, cell->integer);
      break;
    case REEL_REAL:
      lua_pushnumber(L, cell->real);
      break;
    case REEL_NULL:
      lua_pushnil(L);
      break;
    default:
      lua_pushlstring(L, cell->bytes, cell->size);
  }
}

static void push_rows(lua_State *L, const struct reel_statement *statement) {
  lua_createtable(L, (int)statement->row_count, 0);
  for (size_t row = 0; row < statement->row_count; row++) {
    lua_createtable(L, 0, (int)statement->column_count);
    for (size_t column = 0; column < statement->column_count; column++) {
      push_cell(L, &statement->cells[row * statement->column_count + column]);
      lua_setfield(L, -2, statement->columns[column]);
    }
    lua_rawseti(L, -2, (lua_Integer)row + 1);
  }
}

static int push_results(lua_State *L, struct reel_op *op) {
  const struct reel_transaction *transaction = (const struct reel_transaction *)op;
  if (op->status != REEL_OK) {
    const char *message = transaction->message[0] ? transaction->message : NULL;
    return reel_job_push_failure(L, op->status, message);
  }
  lua_createtable(L, (int)transaction->statement_count, 0);
  for (size_t i = 0; i < transaction->statement_count; i++) {
    push_rows(L, &transaction->statements[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* Makes the transaction that the arguments (journal, statements) describe. */
static struct reel_transaction *check_transaction(lua_State *L) {
  struct reel_journal *journal = reel_check_journal(L, JOURNAL);
  luaL_checktype(L, STATEMENTS, LUA_TTABLE);
  lua_settop(L, STATEMENTS);
  lua_pushliteral(L, "changes");
  lua_pushliteral(L, "n");  // journal statements "changes" "n"
  size_t count = lua_rawlen(L, STATEMENTS);
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, STATEMENTS, (lua_Integer)i + 1);
    check_statement(L, lua_gettop(L));
    lua_pop(L, 1);
  }
  struct reel_transaction *transaction = read_transaction(L, journal, count);
  if (!transaction) luaL_error(L, "out of memory");
  return transaction;
}

static int journal_run(lua_State *L) {
  return reel_job_await(L, &check_transaction(L)->op, push_results);
}

/* Nothing reports whether the transaction succeeded. */
static int journal_post(lua_State *L) {
  reel_job_post(L, &check_transaction(L)->op);
  return 0;
}

static int journal_crash_point(lua_State *L) {
  REEL_CRASH_POINT(luaL_checkstring(L, 1));
  return 0;
}

/* journal:path() -> the absolute path; nil for a journal in memory */
static int journal_path(lua_State *L) {
  lua_pushstring(L, reel_journal_path(reel_check_journal(L, 1)));
  return 1;
}

/* journal:set_spool_aside(size) -> new name | nil, word, message */
static int journal_set_spool_aside(lua_State *L) {
  const char *path = reel_journal_path(reel_check_journal(L, 1));
  lua_Integer size = luaL_checkinteger(L, 2);
  char name[REEL_SPOOL_NAME_SIZE];
  int status = path ? reel_spool_set_aside(path, size, name) : REEL_NOT_FOUND;
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  lua_pushstring(L, name);
  return 1;
}

static const luaL_Reg functions[] = {
    {"open", journal_open}, {"crash_point", journal_crash_point}, {NULL, NULL}};

static const luaL_Reg methods[] = {
    {"run", journal_run},     {"post", journal_post},
    {"path", journal_path},   {"set_spool_aside", journal_set_spool_aside},
    {"close", journal_close}, {NULL, NULL}};

int luaopen_reel_core_journal(lua_State *L) {
  luaL_newmetatable(L, JOURNAL_TYPE);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, journal_close);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}

/* reel.core.journal: transactions for the Lua side. */
#include "journal_check.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "crash.h"
#include "job.h"
#include "journal.h"
#include "status.h"

#define JOURNAL_TYPE "reel.Journal"

struct box {
  struct reel_journal *journal; /* NULL: closed */
};

struct reel_journal *reel_check_journal(lua_State *L, int arg) {
  struct box *box = luaL_checkudata(L, arg, JOURNAL_TYPE);
  luaL_argcheck(L, box->journal, arg, "the journal is closed");
  return box->journal;
}

/* Opening and closing. */

static int push_opened(lua_State *L, struct reel_op *op) {
  struct reel_journal_open *opened = (struct reel_journal_open *)op;
  if (op->status != REEL_OK) return reel_job_push_failure(L, op->status, opened->message);
  struct box *box = lua_touserdata(L, 1);
  box->journal = opened->journal;
  lua_settop(L, 1);
  return 1;
}

static int journal_open(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  struct box *box = lua_newuserdatauv(L, sizeof *box, 0);
  box->journal = NULL;
  luaL_setmetatable(L, JOURNAL_TYPE);
  lua_insert(L, 1);
  struct reel_op *op = reel_journal_open_new(path);
  if (!op) return luaL_error(L, "out of memory");
  return reel_job_await(L, op, push_opened);
}

/* It closes behind all that was posted before. */
static int journal_close(lua_State *L) {
  struct box *box = luaL_checkudata(L, 1, JOURNAL_TYPE);
  struct reel_op *op = box->journal ? reel_journal_close_new(box->journal) : NULL;
  if (op) reel_job_post(L, op);
  box->journal = NULL;
  return 0;
}

/* Reading a transaction from { { sql, packed parameters, changes = n }, ... }. */

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

/* The value on top of the stack; the types were checked before. */
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
  lua_getfield(L, table, "n");
  size_t count = (size_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  out->parameters = calloc(count + 1, sizeof *out->parameters);
  if (!out->parameters) return false;
  out->parameter_count = count;
  bool whole = true;
  for (size_t i = 0; whole && i < count; i++) {
    lua_rawgeti(L, table, (lua_Integer)i + 1);
    whole = read_value(L, &out->parameters[i]);
    lua_pop(L, 1);
  }
  return whole;
}

static bool read_statement(lua_State *L, int table, struct reel_statement *out) {
  lua_getfield(L, table, "changes");
  out->expected_changes = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
  lua_rawgeti(L, table, 1);
  out->sql = strdup(lua_tostring(L, -1));
  lua_rawgeti(L, table, 2);
  bool whole = out->sql && read_parameters(L, lua_gettop(L), out);
  lua_pop(L, 3);
  return whole;
}

static void check_statement(lua_State *L, int table) {
  luaL_argexpected(L, lua_istable(L, table), 2, "list of statements");
  lua_rawgeti(L, table, 1);
  luaL_argexpected(L, lua_type(L, -1) == LUA_TSTRING, 2, "SQL text first in each statement");
  lua_rawgeti(L, table, 2);
  luaL_argexpected(L, lua_istable(L, -1), 2, "packed parameters second in each statement");
  lua_pop(L, 2);
}

/* Results: { { column = value, ... } for each row } for each statement. */

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
    const char *words = transaction->message[0] ? transaction->message : NULL;
    return reel_job_push_failure(L, op->status, words);
  }
  lua_createtable(L, (int)transaction->statement_count, 0);
  for (size_t i = 0; i < transaction->statement_count; i++) {
    push_rows(L, &transaction->statements[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int journal_run(lua_State *L) {
  struct reel_journal *journal = reel_check_journal(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_Integer count = luaL_len(L, 2);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, 2, i);
    check_statement(L, lua_gettop(L));
    lua_pop(L, 1);
  }
  struct reel_transaction *transaction = reel_transaction_new(journal, (size_t)count);
  bool whole = transaction != NULL;
  for (lua_Integer i = 0; whole && i < count; i++) {
    lua_rawgeti(L, 2, i + 1);
    whole = read_statement(L, lua_gettop(L), &transaction->statements[i]);
    lua_pop(L, 1);
  }
  if (whole) return reel_job_await(L, &transaction->op, push_results);
  if (transaction) transaction->op.type->free(&transaction->op);
  return luaL_error(L, "out of memory");
}

static int journal_crash_point(lua_State *L) {
  REEL_CRASH_POINT(luaL_checkstring(L, 1));
  return 0;
}

static const luaL_Reg functions[] = {
    {"open", journal_open}, {"crash_point", journal_crash_point}, {NULL, NULL}};

static const luaL_Reg methods[] = {{"run", journal_run}, {"close", journal_close}, {NULL, NULL}};

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

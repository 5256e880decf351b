/* reel.core.json: the parts of reading JSON that would be slow in Lua. */
#include <lauxlib.h>
#include <math.h>
#include <stdbool.h>

#include "bind/core.h"
#include "base/json_check.h"

static const lua_Number MAX_EXACT = 9007199254740992.0; /* 2^53 */

/* json.check(text, max_depth) -> nil | "utf8"|"control"|"deep", position */
static int json_check(lua_State *L) {
  static const char *const fault_words[] = {NULL, "utf8", "control", "deep"};
  size_t size, at = 0;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_Integer max_depth = luaL_checkinteger(L, 2);
  luaL_argcheck(L, max_depth >= 0 && max_depth <= 1000, 2, "levels from 0 to 1000 expected");
  enum reel_json_fault fault = reel_json_check(text, size, (unsigned)max_depth, &at);
  if (fault == REEL_JSON_FINE) return 0;
  lua_pushstring(L, fault_words[fault]);
  lua_pushinteger(L, (lua_Integer)at + 1);
  return 2;
}

/* Replaces the number on top of the stack by an integer if it is whole and up to 2^53. Returns
 * false if the number is infinite. */
static bool mend_number(lua_State *L) {
  if (lua_isinteger(L, -1)) return true;
  lua_Number number = lua_tonumber(L, -1);
  lua_Integer integer;
  if (fabs(number) <= MAX_EXACT && lua_numbertointeger(number, &integer) &&
      (lua_Number)integer == number) {
    lua_pop(L, 1);
    lua_pushinteger(L, integer);
  }
  return isfinite(number);
}

static bool mend(lua_State *L);

static bool mend_table(lua_State *L) {
  luaL_checkstack(L, 4, "nested too deeply");
  for (lua_pushnil(L); lua_next(L, -2);) {  // table key value
    int type = lua_type(L, -1);
    if (type != LUA_TNUMBER && type != LUA_TTABLE) {
      lua_pop(L, 1);
      continue;
    }
    if (!mend(L)) return false;
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
  return true;
}

/* Mends the value on top of the stack. Returns false if it is, or contains, an infinite number. */
static bool mend(lua_State *L) {
  if (lua_type(L, -1) == LUA_TNUMBER) return mend_number(L);
  return lua_type(L, -1) == LUA_TTABLE ? mend_table(L) : true;
}

/* json.mend(value) -> value, its whole numbers replaced by integers in place; nil if a number is
 * infinite */
static int json_mend(lua_State *L) {
  lua_settop(L, 1);
  if (mend(L)) return 1;
  lua_pushnil(L);
  return 1;
}

static const luaL_Reg functions[] = {{"check", json_check}, {"mend", json_mend}, {NULL, NULL}};

int luaopen_reel_core_json(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}

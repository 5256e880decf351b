#include "bind/job/construct.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

#include "bind/job/state.h"

void reel_construct_init(lua_State *L, struct reel_jobs *jobs) {
  static const char *const names[] = {[PCALL] = "pcall", [XPCALL] = "xpcall", [DOFILE] = "dofile"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    lua_getglobal(L, names[i]);
    jobs->passing[i] = lua_tocfunction(L, -1); /* NULL for a Lua function: it can yield */
    lua_pop(L, 1);
  }
}

static bool passes_yields(const struct reel_jobs *jobs, lua_CFunction function) {
  for (size_t i = 0; i < PASSING_FUNCTIONS; i++)
    if (jobs->passing[i] == function) return true;
  return false;
}

/* Pushes the name of the field in which the module on top of the stack holds the function. Returns
 * false if the module does not hold it. */
static bool push_field_name(lua_State *L, lua_CFunction function) {
  if (!lua_istable(L, -1)) return false;
  lua_pushnil(L);
  while (lua_next(L, -2)) {  // module key value
    bool is_found = lua_type(L, -2) == LUA_TSTRING && lua_tocfunction(L, -1) == function;
    lua_pop(L, 1);
    if (is_found) return true;
  }
  return false;
}

/* Pushes "table.sort", or "print" for a global. Returns false if no loaded module holds the
 * function. */
static bool push_library_name(lua_State *L, lua_CFunction function) {
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushnil(L);
  while (lua_next(L, -2)) {  // loaded name module
    if (lua_type(L, -2) == LUA_TSTRING && push_field_name(L, function)) {
      const char *module = lua_tostring(L, -3), *field = lua_tostring(L, -1);
      bool is_global = strcmp(module, LUA_GNAME) == 0;
      lua_pushfstring(L, "%s%s%s", is_global ? "" : module, is_global ? "" : ".", field);
      lua_replace(L, -5);  // qualified_name name module key
      lua_pop(L, 3);
      return true;
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return false;
}

/* Pushes and returns the function's name in a loaded module, or else the name that its caller uses
 * for it. */
static const char *push_function_name(lua_State *L, lua_CFunction function, const lua_Debug *ar) {
  if (push_library_name(L, function)) {
    lua_pushfstring(L, "function '%s'", lua_tostring(L, -1));
    lua_remove(L, -2);
  } else if (*ar->namewhat) {
    lua_pushfstring(L, "%s '%s'", ar->namewhat, ar->name);
  } else {
    lua_pushliteral(L, "a C function");
  }
  return lua_tostring(L, -1);
}

/* The search begins at level 1, since level 0 is the C function that wants to yield. If it finds
 * nothing, Lua is closing a coroutine and has called the __close metamethod of a variable in it. */
const char *reel_push_construct(lua_State *L) {
  const struct reel_jobs *jobs = reel_jobs_get(L);
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  lua_Debug ar;
  for (int level = 1; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "nf", &ar);
    lua_CFunction function = lua_tocfunction(L, -1); /* NULL for a Lua function */
    lua_pop(L, 1);
    if (strcmp(ar.namewhat, "metamethod") == 0 && strcmp(ar.name, "__gc") == 0)
      return lua_pushliteral(L, "a __gc metamethod");
    if (function && !passes_yields(jobs, function)) return push_function_name(L, function, &ar);
  }
  return lua_pushliteral(L, "the closing of a coroutine");
}

/* Names the place in a Lua stack that cannot be yielded across, for the error that says so. */
#include "bind/job/construct.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

/* C functions that pass a yield on. */
static const char *const passing[] = {"pcall'", "dofile'", "job.shield'"};

/* Pushes the function at a level as tracebacks name it: "function 'table.sort'". */
static const char *push_function_name(lua_State *L, int level) {
  luaL_traceback(L, L, NULL, level);
  const char *name = strstr(lua_tostring(L, -1), " in ");
  name = name ? name + 4 : "a C function";
  lua_pushlstring(L, name, strcspn(name, "\n"));
  lua_remove(L, -2);
  return lua_tostring(L, -1);
}

static bool passes_yields(const char *name) {
  for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
    if (strstr(name, passing[i])) return true;
  return false;
}

/* Level 0 is the C function that waits or resumes. Without another one, Lua itself called a
 * <close> variable's metamethod on a coroutine that does not run. */
const char *reel_push_construct(lua_State *L) {
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  lua_Debug ar;
  for (int level = 1; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sn", &ar);
    if (strcmp(ar.namewhat, "metamethod") == 0 && strcmp(ar.name, "__gc") == 0)
      return lua_pushliteral(L, "a __gc metamethod");
    if (*ar.what != 'C') continue;
    if (!passes_yields(push_function_name(L, level))) return lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  return lua_pushliteral(L, "the closing of a coroutine");
}

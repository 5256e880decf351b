/* Names the place in a Lua stack that cannot be yielded across, for the error that says so. */
#include "construct.h"

#include <lauxlib.h>
#include <string.h>

/* Pushes the function at a level as tracebacks name it: "function 'table.sort'". */
static const char *push_function_name(lua_State *L, int level) {
  luaL_traceback(L, L, NULL, level);
  const char *name = strstr(lua_tostring(L, -1), " in ");
  name = name ? name + 4 : "a C function";
  lua_pushlstring(L, name, strcspn(name, "\n"));
  lua_remove(L, -2);
  return lua_tostring(L, -1);
}

const char *reel_push_construct(lua_State *L) {
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sn", &ar);
    if (strcmp(ar.namewhat, "metamethod") == 0 && strcmp(ar.name, "__gc") == 0)
      return lua_pushliteral(L, "a __gc metamethod");
    if (*ar.what != 'C' || level == 0) continue;
    if (!strstr(push_function_name(L, level), "pcall'")) return lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  return lua_pushliteral(L, "a C function");
}

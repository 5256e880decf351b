#include "host/lua_state.h"

#include <lauxlib.h>
#include <lualib.h>

#include "bind/search_path.h"
#include "host/embedded.h"

/* By default Lua's collector does a hundred units of work for each word that is allocated. In a
 * runtime with 1,000 tasks, one answer makes it sweep for 18 ms, which is longer than a frame. With
 * four units, a whole cycle still ends before the heap has grown by a third of the live data. */
enum { GC_WORK = 4, GC_STEP_LOG2 = 10 };

/* Removes the relative entries of package.path or package.cpath, which come from Lua's defaults and
 * from LUA_PATH and LUA_CPATH. The table `package` is on top of the stack. */
static void keep_absolute_entries(lua_State *L, const char *name) {
  lua_getfield(L, -1, name);
  reel_search_path_set(L, -2, name, lua_tostring(L, -1));
  lua_pop(L, 1);
}

/* A loader for package.preload. Its upvalue is the library. */
static int load_library(lua_State *L) {
  const struct reel_embedded *library = lua_touserdata(L, lua_upvalueindex(1));
  if (luaL_loadbufferx(L, library->code, library->size, library->name, "b") != LUA_OK)
    return lua_error(L);
  lua_pushstring(L, library->name);
  lua_call(L, 1, 1);
  return 1;
}

static void preload_libraries(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  for (const struct reel_embedded *library = reel_embedded_libraries; library->name; library++) {
    lua_pushlightuserdata(L, (void *)library);
    lua_pushcclosure(L, load_library, 1);
    lua_setfield(L, -2, library->name);
  }
  lua_pop(L, 1);
}

static int open_libraries(lua_State *L) {
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  keep_absolute_entries(L, "path");
  keep_absolute_entries(L, "cpath");
  preload_libraries(L);
  lua_gc(L, LUA_GCINC, 0, GC_WORK, GC_STEP_LOG2);
  return 0;
}

lua_State *reel_lua_state_new(void) {
  lua_State *L = luaL_newstate();
  if (!L) return NULL;
  lua_pushcfunction(L, open_libraries);
  if (lua_pcall(L, 0, 0, 0) == LUA_OK) return L;
  lua_close(L);
  return NULL;
}

#include "host/lua_state.h"

#include <lauxlib.h>
#include <lualib.h>

#include "bind/search_path.h"

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

static int open_libraries(lua_State *L) {
  luaL_openlibs(L);
  lua_getglobal(L, "package");
  keep_absolute_entries(L, "path");
  keep_absolute_entries(L, "cpath");
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

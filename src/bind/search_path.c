#include "bind/search_path.h"

#include <lauxlib.h>
#include <string.h>

static const char *const libraries[] = {"cjson", "lfs", NULL};

static void push_absolute(lua_State *L, const char *path) {
  luaL_Buffer kept;
  luaL_buffinit(L, &kept);
  for (const char *entry = path; *entry;) {
    size_t size = strcspn(entry, LUA_PATH_SEP);
    if (*entry == '/') {
      if (luaL_bufflen(&kept) > 0) luaL_addstring(&kept, LUA_PATH_SEP);
      luaL_addlstring(&kept, entry, size);
    }
    entry += size;
    entry += strspn(entry, LUA_PATH_SEP);
  }
  luaL_pushresult(&kept);
}

void reel_search_path_set(lua_State *L, int index, const char *name, const char *value) {
  index = lua_absindex(L, index);
  push_absolute(L, value ? value : "");
  lua_setfield(L, index, name);
}

static int require_libraries(lua_State *L) {
  for (const char *const *name = libraries; *name; name++) {
    lua_getglobal(L, "require");
    lua_pushstring(L, *name);
    lua_call(L, 1, 0);
  }
  return 0;
}

bool reel_search_path_load_libraries(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, "package");
  lua_remove(L, -2);
  int package = lua_gettop(L);
  lua_getfield(L, package, "path");
  lua_getfield(L, package, "cpath");  // package path cpath
  reel_search_path_set(L, package, "path", NULL);
  reel_search_path_set(L, package, "cpath", lua_tostring(L, -1));
  lua_pushcfunction(L, require_libraries);
  bool is_loaded = lua_pcall(L, 0, 0, 0) == LUA_OK;
  lua_pushvalue(L, package + 1);
  lua_setfield(L, package, "path");
  lua_pushvalue(L, package + 2);
  lua_setfield(L, package, "cpath");
  if (is_loaded) {
    lua_settop(L, package - 1);
    return true;
  }
  lua_replace(L, package);  // message path cpath
  lua_settop(L, package);
  return false;
}

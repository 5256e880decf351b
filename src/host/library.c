#include "host/library.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "bind/core.h"
#include "bind/search_path.h"
#include "host/embedded.h"
#include "host/thread.h"

/* A searcher for package.searchers: finds the modules that are compiled into the program. */
static int search_embedded(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  for (const struct reel_embedded *file = reel_embedded; file->name; file++) {
    if (strcmp(file->name, name) != 0) continue;
    if (luaL_loadbufferx(L, file->code, file->size, name, "b") != LUA_OK) return lua_error(L);
    lua_pushliteral(L, ":embedded:");
    return 2;
  }
  lua_pushfstring(L, "no embedded module '%s'", name);
  return 1;
}

/* Puts the folder `tree` at the front of package.path; the table `package` is on top of the
 * stack. */
static void prepend_path(lua_State *L, const char *tree) {
  lua_getfield(L, -1, "path");
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", tree, tree, lua_tostring(L, -1));
  lua_setfield(L, -3, "path");
  lua_pop(L, 1);
}

/* Makes search_embedded the searcher number `place`; those from there on move up by one. The table
 * package.searchers is on top of the stack. */
static void insert_searcher(lua_State *L, int place) {
  for (int i = (int)lua_rawlen(L, -1); i >= place; i--) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_pushcfunction(L, search_embedded);
  lua_rawseti(L, -2, place);
}

/* The tree that REEL_LUA names; NULL if there is none. A relative tree would be another one in
 * every folder, and package.path gives two characters a meaning of their own. */
static const char *find_tree(lua_State *L) {
  const char *tree = getenv("REEL_LUA");
  if (!tree || !*tree) return NULL;
  if (*tree != '/' || strpbrk(tree, LUA_PATH_SEP LUA_PATH_MARK))
    luaL_error(L,
               "REEL_LUA is \"%s\": expected the absolute path of a folder with reel/init.lua, "
               "without \"" LUA_PATH_SEP "\" and \"" LUA_PATH_MARK "\"",
               tree);
  return tree;
}

/* A host's state may have paths with relative entries, for the host's own scripts. */
static void load_libraries(lua_State *L) {
  if (reel_search_path_load_libraries(L)) return;
  luaL_error(L,
             "reel needs a Lua library in package.preload or in a folder that an absolute entry "
             "of package.cpath names: %s",
             lua_tostring(L, -1));
}

/* The embedded modules come before package.path, so that a program never mixes two versions of
 * reel. If the environment variable REEL_LUA names a tree, its modules come first and the embedded
 * ones last. */
int reel_library_open(lua_State *L) {
  lua_settop(L, 0);
  if (lua_getglobal(L, "package") != LUA_TTABLE || lua_getfield(L, 1, "searchers") != LUA_TTABLE ||
      lua_getglobal(L, "coroutine") != LUA_TTABLE || lua_getglobal(L, "require") != LUA_TFUNCTION)
    return luaL_error(L, "the Lua state has no package library or no coroutine library");
  lua_settop(L, 1);
  const char *tree = find_tree(L);
  load_libraries(L);

  luaL_requiref(L, "reel.core", luaopen_reel_core, 0);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, reel_thread_open);
  lua_setfield(L, -2, "reel.thread");
  lua_settop(L, 1);  // package
  if (tree) prepend_path(L, tree);
  lua_getfield(L, 1, "searchers");
  insert_searcher(L, tree ? (int)lua_rawlen(L, -1) + 1 : 2);
  return 0;
}

void reel_library_push(lua_State *L, const char *module, const char *name) {
  lua_getglobal(L, "require");
  lua_pushstring(L, module);
  lua_call(L, 1, 1);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

/* A Lua interpreter for sanitized builds: lua5.4 [-e CODE] [SCRIPT [ARG...]]
 * reel's module is instrumented, so the sanitizer's runtime must be in the process from its start.
 * Preloading it into the stock lua5.4 would hand it to every child too, where it hangs curl and
 * crashes sh. This program is linked with it instead; the tests find it first on PATH. */
#include <stdbool.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

static int with_traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

/* Sets the global arg as the stock interpreter does: the script is arg[0], and the words before it
 * have negative indices. */
static void push_arg(lua_State *L, int argc, char **argv, int script) {
  lua_newtable(L);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
}

static int run_script(lua_State *L) {
  int argc = (int)lua_tointeger(L, 1);
  char **argv = lua_touserdata(L, 2);
  bool has_code = argc > 2 && strcmp(argv[1], "-e") == 0;
  int script = has_code ? 3 : 1;

  luaL_openlibs(L);
  push_arg(L, argc, argv, script);
  if (has_code) {
    if (luaL_loadstring(L, argv[2])) return lua_error(L);
    lua_call(L, 0, 0);
  }
  if (script >= argc) return 0;
  if (luaL_loadfile(L, argv[script])) return lua_error(L);
  for (int i = script + 1; i < argc; i++) lua_pushstring(L, argv[i]);
  lua_call(L, argc - script - 1, 0);
  return 0;
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  if (!L) return 1;
  lua_pushcfunction(L, with_traceback);
  lua_pushcfunction(L, run_script);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  int status = lua_pcall(L, 2, 0, 1);
  if (status) lua_writestringerror("lua5.4: %s\n", lua_tostring(L, -1));
  lua_close(L);
  return status ? 1 : 0;
}

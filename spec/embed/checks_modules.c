/* Checks of where modules come from. CHECK_FOLDER has own.lua and script.lua, which requires it,
 * and files with the names of libraries and modules that reel loads. */
#include <lauxlib.h>
#include <lualib.h>
#include <unistd.h>

#include "check.h"

static void enter_folder(void) {
  const char *folder = getenv("CHECK_FOLDER");
  CHECK(folder && chdir(folder) == 0);
}

static void check_script(struct reel *r) {
  CHECK(reel_start_file(r, "script.lua", 0, NULL, NULL) == REEL_OK);
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  CHECK_TEXT(check_event(r, REEL_EVENT_DONE).text, "own");
}

void check_own_modules(void) {
  enter_folder();
  struct reel *r = check_open(NULL);
  check_start(r,
              "for entry in (package.path .. ';' .. package.cpath):gmatch '[^;]+' do\n"
              "  assert(entry:find '^/', entry)\n"
              "end\n"
              "return tostring((pcall(require, 'own')))");
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  CHECK_TEXT(check_event(r, REEL_EVENT_DONE).text, "false");
  check_script(r);
  CHECK(reel_close(r, 0) == REEL_OK);
}

/* Returns a host's state that has run this code. */
static lua_State *new_state(const char *code) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  CHECK(luaL_dostring(L, code) == LUA_OK);
  return L;
}

static void check_host(const char *code) {
  lua_State *L = new_state(code);
  CHECK(luaL_dostring(L, "path, cpath = package.path, package.cpath") == LUA_OK);
  struct reel *r;
  if (reel_attach(L, NULL, &r) != REEL_OK) CHECK_TEXT(reel_errmsg(NULL), "");
  check_script(r);
  CHECK(luaL_dostring(L, "assert(path == package.path and cpath == package.cpath)") == LUA_OK);
  CHECK(reel_close(r, 0) == REEL_OK);
  lua_close(L);
}

void check_host_modules(void) {
  enter_folder();
  check_host(
      "package.path, package.cpath = './?.lua;' .. package.path, './?.so;' .. package.cpath");
  check_host(
      "package.path = ''\n"
      "local cjson, lfs = require 'cjson', require 'lfs'\n"
      "package.path, package.cpath = './?.lua', ''\n"
      "package.loaded.cjson, package.loaded.lfs = nil, nil\n"
      "function package.preload.cjson() return cjson end\n"
      "function package.preload.lfs() return lfs end");

  lua_State *L = new_state("package.path, package.cpath = './?.lua', './?.so'");
  struct reel *r;
  CHECK(reel_attach(L, NULL, &r) == REEL_SCRIPT);
  CHECK(
      strstr(reel_errmsg(NULL), "absolute entry of package.cpath names: module 'cjson' not found"));
  CHECK(luaL_dostring(L, "assert(package.path == './?.lua' and package.cpath == './?.so')") ==
        LUA_OK);
  lua_close(L);
}

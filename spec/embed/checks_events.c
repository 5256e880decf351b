/* What passes between Lua and the host: events, hooks, modules, numbers. */
#include <locale.h>
#include <lualib.h>
#include <unistd.h>

#include "check.h"

void check_events(void) {
  struct reel *r = check_open(NULL);
  const char *arguments[] = {"a", "b"};
  struct reel_event event;
  int64_t id, other;
  CHECK(reel_start_string(r,
                          "local reel = require 'reel'\n"
                          "print(arg[0], ..., 1, nil)\n"
                          "reel.spawn(function() reel.log('warn', 'from a child') end)\n"
                          "return 42",
                          "numbers", 2, arguments, &id) == REEL_OK);
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  event = check_event(r, REEL_EVENT_PRINT);
  CHECK_TEXT(event.text, "numbers\ta\t1\tnil");
  CHECK(event.job == id && event.text_size == strlen(event.text) && event.dropped == 0);
  event = check_event(r, REEL_EVENT_LOG);
  CHECK_TEXT(event.text, "from a child");
  CHECK_TEXT(event.level, "warn");
  CHECK(event.job == id);
  event = check_event(r, REEL_EVENT_DONE);
  CHECK(event.job == id && event.integer == 42);
  CHECK_TEXT(event.text, "42");

  other = check_start(r, "local function inner() error 'broken' end inner()");
  CHECK(other > id);
  CHECK(reel_wait(r, WAIT_S) == REEL_SCRIPT);
  CHECK_TEXT(reel_errmsg(r), "check:1: broken");
  event = check_event(r, REEL_EVENT_FAILED);
  CHECK(event.job == other);
  CHECK_TEXT(event.kind, "script");
  CHECK_TEXT(event.text, "check:1: broken");
  CHECK(strstr(event.traceback, "inner"));

  id = check_start(r, "require 'reel'.text_to_video { prompt = 7 }");
  CHECK(reel_wait(r, WAIT_S) == REEL_SCRIPT);
  CHECK_TEXT(check_event(r, REEL_EVENT_FAILED).kind, "invalid");

  CHECK(reel_start_file(r, "/nowhere/script.lua", 0, NULL, &id) == REEL_OK);
  CHECK(reel_wait(r, WAIT_S) == REEL_SCRIPT);
  CHECK(strstr(check_event(r, REEL_EVENT_FAILED).text, "/nowhere/script.lua"));

  id = check_start(r, "require 'reel'.sleep(60)");
  CHECK(reel_wait(r, 0.01) == REEL_TIMEOUT);
  CHECK(reel_cancel(r, id) == REEL_OK);
  CHECK(reel_wait(r, WAIT_S) == REEL_SCRIPT);
  CHECK_TEXT(check_event(r, REEL_EVENT_FAILED).kind, "cancelled");
  CHECK(reel_cancel(r, id) == REEL_NOT_FOUND);
  CHECK(reel_next_event(r, &event) == 0);
  CHECK(reel_close(r, 0) == REEL_OK);
}

void check_unpulled(void) {
  struct reel *r = check_open(NULL);
  check_start(r, "for i = 1, 10500 do print(i) end");
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  struct reel_event event;
  int count = 0;
  while (reel_next_event(r, &event) > 0 && event.type == REEL_EVENT_PRINT) count++;
  CHECK(count == 10000);
  CHECK(event.type == REEL_EVENT_DONE && event.dropped == 500);
  check_start(r, "print 'left behind'");
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  CHECK(reel_close(r, 0) == REEL_OK);
}

struct seen {
  char printed[64], logged[64];
};

static void on_print(void *data, const char *text, size_t size) {
  CHECK(strlen(text) == size);
  snprintf(((struct seen *)data)->printed, sizeof((struct seen *)data)->printed, "%s", text);
}

static void on_log(void *data, const char *level, const char *text) {
  struct seen *seen = data;
  snprintf(seen->logged, sizeof seen->logged, "%s %s", level, text);
}

void check_hooks(void) {
  struct seen seen = {"", ""};
  struct reel *r =
      check_open(&(struct reel_config){.print = on_print, .log = on_log, .data = &seen});
  check_start(r, "print 'to the hook' require 'reel'.log('error', 'there, too')");
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  CHECK_TEXT(seen.printed, "to the hook");
  CHECK_TEXT(seen.logged, "error there, too");
  struct reel_event event;
  CHECK(reel_next_event(r, &event) == 1 && event.type == REEL_EVENT_DONE);
  CHECK(reel_close(r, 0) == REEL_OK);
}

static int add(lua_State *L) {
  int *sum = lua_touserdata(L, lua_upvalueindex(1));
  lua_pushinteger(L, *sum += (int)luaL_checkinteger(L, 1));
  return 1;
}

static const luaL_Reg functions[] = {{"add", add}, {NULL, NULL}};

void check_register(void) {
  int sum = 1;
  struct reel *r = check_open(NULL);
  CHECK(reel_register(r, "game.score", functions, &sum) == REEL_OK);
  CHECK(reel_register(r, "game.score", functions, &sum) == REEL_BUSY);
  check_start(r, "return require 'game.score'.add(2)");
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  CHECK(sum == 3 && check_event(r, REEL_EVENT_DONE).integer == 3);
  CHECK(reel_close(r, 0) == REEL_OK);
}

void check_attach(void) {
  struct reel *r, *other;
  lua_State *bare = luaL_newstate();
  CHECK(reel_attach(bare, NULL, &r) == REEL_SCRIPT);
  CHECK(strstr(reel_errmsg(NULL), "package"));
  lua_close(bare);

  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  CHECK(luaL_dostring(L, "printed = 0 function print() printed = printed + 1 end") == LUA_OK);
  CHECK(reel_attach(lua_newthread(L), NULL, &r) == REEL_OK);
  CHECK(reel_attach(L, NULL, &other) == REEL_BUSY);
  CHECK(reel_lua(r) == L);
  check_start(r, "local reel = require 'reel' reel.sleep(0.01) print 'x' shared = 'script'");
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  check_start(r, "require 'reel'.sleep(60)");
  CHECK(reel_step(r, 0.01) == REEL_OK);
  CHECK(luaL_dostring(L, "require 'reel'.sleep(1)") != LUA_OK); /* this code is not in a job */
  CHECK(reel_close(r, 0) == REEL_OK);

  CHECK(luaL_dostring(L, "assert(shared == 'script' and printed == 1)") == LUA_OK);
  CHECK(luaL_dostring(L, "require 'reel'.log('info', 'goes nowhere')") == LUA_OK);
  CHECK(luaL_dostring(L, "require 'reel'.sleep(1)") != LUA_OK);
  CHECK(strstr(lua_tostring(L, -1), "closed"));
  CHECK(reel_attach(L, NULL, &r) == REEL_BUSY);
  lua_close(L);

  L = luaL_newstate();
  luaL_openlibs(L);
  CHECK(reel_attach(L, &(struct reel_config){.flags = REEL_BLOCKING}, &r) == REEL_OK);
  CHECK(luaL_dostring(L, "require 'reel'.sleep(0.01)") == LUA_OK);
  CHECK(reel_close(r, 0) == REEL_OK);
  lua_close(L);
}

/* The environment names a locale whose decimal sign is a comma. */
void check_locale(void) {
  struct reel *r = check_open(NULL);
  char number[8];
  CHECK(setlocale(LC_ALL, "") != NULL);
  snprintf(number, sizeof number, "%.1f", 1.5);
  CHECK_TEXT(number, "1,5");
  check_start(
      r,
      "local json, canonical = require 'reel.base.json', require 'reel.base.canonical_json'\n"
      "local journal = assert(require 'reel.core.journal'.open ':memory:')\n"
      "local rows = assert(journal:run { { 'SELECT 2.5 + ?1 AS sum', { 0.25, n = 1 } } })\n"
      "local value = assert(json.decode '{\"a\":1.25,\"b\":[1e-3]}')\n"
      "print(canonical.encode { a = value.a, b = value.b[1], c = 0.1 })\n"
      "print(tostring(1.5), ('%.2f'):format(2.5), tonumber '0.5' + 0, rows[1][1].sum)");
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  CHECK_TEXT(check_event(r, REEL_EVENT_PRINT).text, "{\"a\":1.25,\"b\":0.001,\"c\":0.1}");
  CHECK_TEXT(check_event(r, REEL_EVENT_PRINT).text, "1.5\t2.50\t0.5\t2.75");
  snprintf(number, sizeof number, "%.1f", 1.5);
  CHECK_TEXT(number, "1,5");
  CHECK(reel_close(r, 1) == REEL_OK);
  snprintf(number, sizeof number, "%.1f", 1.5);
  CHECK_TEXT(number, "1,5");
}

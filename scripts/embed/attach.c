/* A host that has a Lua state already, as games do. reel uses this state, scripts require a module
 * with the game's functions, and the game goes on calling Lua between steps.
 *   cc attach.c -o attach $(pkg-config --cflags --libs reel)
 *   ./attach */
#include <lauxlib.h>
#include <lualib.h>
#include <poll.h>
#include <reel.h>
#include <stdio.h>

struct game {
  int score;
};

/* game.add(points) -> score */
static int game_add(lua_State *L) {
  struct game *game = lua_touserdata(L, lua_upvalueindex(1));
  game->score += (int)luaL_checkinteger(L, 1);
  lua_pushinteger(L, game->score);
  return 1;
}

static const luaL_Reg functions[] = {{"add", game_add}, {NULL, NULL}};

static const char script[] =
    "local reel, game = require 'reel', require 'game'\n"
    "reel.map({ 1, 2, 3 }, function(i)\n"
    "  reel.sleep(i / 10)\n"
    "  print('script: the score is ' .. game.add(10 * i))\n"
    "end)\n";

int main(void) {
  struct game game = {0};
  struct reel *r = NULL;
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  if (reel_attach(L, NULL, &r) != REEL_OK ||
      reel_register(r, "game", functions, &game) != REEL_OK ||
      reel_start_string(r, script, "script", 0, NULL, NULL) != REEL_OK)
    return fprintf(stderr, "%s\n", reel_errmsg(r)), 1;

  int ended = 0, ok = 0;
  for (int frame = 1; !ended; frame++) {
    reel_step(r, 0.001);
    for (struct reel_event event; reel_next_event(r, &event) > 0;) {
      ended |= event.type == REEL_EVENT_DONE || event.type == REEL_EVENT_FAILED;
      ok |= event.type == REEL_EVENT_DONE;
    }
    lua_pushinteger(L, frame); /* the game's own Lua */
    lua_setglobal(L, "frame");
    poll(NULL, 0, 16);
  }
  reel_close(r, 1);
  ok &= luaL_dostring(L, "print('game: the last frame was ' .. frame)") == LUA_OK;
  lua_close(L);
  return ok ? 0 : 1;
}

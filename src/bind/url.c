/* reel.core.url: takes URLs apart and resolves them with libcurl's parser. */
#include "http/url.h"

#include <lauxlib.h>
#include <string.h>

#include "bind/core.h"
#include "base/status.h"

#define HOLDER_TYPE "parts of a URL" /* no Lua code gets one */

/* Returns NULL for a value that cannot be a URL: it is no string, or there is a zero byte in it. */
static const char *text_of(lua_State *L, int index) {
  size_t size;
  if (lua_type(L, index) != LUA_TSTRING) return NULL;
  const char *text = lua_tolstring(L, index, &size);
  return strlen(text) == size ? text : NULL;
}

static void raise_if_no_memory(lua_State *L, int status) {
  if (status == REEL_NOMEM) luaL_error(L, "%s", reel_strerror(status));
}

static int url_close(lua_State *L) {
  reel_url_deinit(luaL_checkudata(L, 1, HOLDER_TYPE));
  return 0;
}

/* Pushes an empty holder. The collector frees what it holds, even if pushing a part raises. */
static struct reel_url *push_holder(lua_State *L) {
  struct reel_url *holder = lua_newuserdatauv(L, sizeof *holder, 0);
  *holder = (struct reel_url){0};
  luaL_setmetatable(L, HOLDER_TYPE);
  return holder;
}

/* Pushes a holder with the parts of the URL at index 1. Returns NULL if there is no URL. */
static struct reel_url *push_url(lua_State *L) {
  const char *text = text_of(L, 1);
  struct reel_url *url = push_holder(L);
  int status = text ? reel_url_parse(text, url) : REEL_INVALID;
  raise_if_no_memory(L, status);
  return status == REEL_OK ? url : NULL;
}

static void set_part(lua_State *L, const char *name, const char *part) {
  lua_pushstring(L, part); /* nil for NULL */
  lua_setfield(L, -2, name);
}

static int url_parse(lua_State *L) {
  struct reel_url *url = push_url(L);
  if (!url) {
    lua_pushnil(L);
    return 1;
  }
  lua_createtable(L, 0, 9);
  set_part(L, "scheme", url->scheme);
  set_part(L, "user", url->user);
  set_part(L, "host", url->host);
  set_part(L, "port", url->port);
  set_part(L, "path", url->path);
  set_part(L, "query", url->query);
  set_part(L, "fragment", url->fragment);
  lua_pushfstring(L, "%s%s%s", url->host, url->port ? ":" : "", url->port ? url->port : "");
  lua_pushfstring(L, "%s://%s", url->scheme, lua_tostring(L, -1));  // url parts place origin
  lua_setfield(L, -3, "origin");
  lua_setfield(L, -2, "place");
  reel_url_deinit(url);
  return 1;
}

static int url_is_web(lua_State *L) {
  struct reel_url *url = push_url(L);
  lua_pushboolean(L, url && reel_url_is_web(url));
  if (url) reel_url_deinit(url);
  return 1;
}

static int url_resolve(lua_State *L) {
  const char *base = text_of(L, 1), *location = text_of(L, 2);
  struct reel_url *holder = push_holder(L);
  int status = base && location ? reel_url_resolve(base, location, &holder->path) : REEL_INVALID;
  raise_if_no_memory(L, status);
  lua_pushstring(L, holder->path); /* nil for NULL */
  reel_url_deinit(holder);
  return 1;
}

static const luaL_Reg functions[] = {
    {"is_web", url_is_web}, {"parse", url_parse}, {"resolve", url_resolve}, {NULL, NULL}};
static const luaL_Reg metamethods[] = {{"__gc", url_close}, {NULL, NULL}};

int luaopen_reel_core_url(lua_State *L) {
  luaL_newmetatable(L, HOLDER_TYPE);
  luaL_setfuncs(L, metamethods, 0);
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}

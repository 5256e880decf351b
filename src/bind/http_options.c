#include "bind/http_options.h"

#include <lauxlib.h>
#include <stdint.h>
#include <string.h>

#include "base/status.h"

#define OPTIONS 1
#define MAX_SECONDS 864000.0 /* ten days; as milliseconds they fit in 31 bits */

static void raise_wrong_type(lua_State *L, const char *name, const char *expected) {
  luaL_argerror(
      L, OPTIONS,
      lua_pushfstring(L, "%s: %s expected, got %s", name, expected, luaL_typename(L, -1)));
}

const char *reel_option_bytes(lua_State *L, const char *name, size_t *size) {
  luaL_checkstack(L, 2, NULL);
  int type = lua_getfield(L, OPTIONS, name);
  if (type == LUA_TNIL) return NULL;
  if (type != LUA_TSTRING) raise_wrong_type(L, name, "string");
  return lua_tolstring(L, -1, size);
}

const char *reel_option_text(lua_State *L, const char *name, int *status) {
  size_t size = 0;
  const char *text = reel_option_bytes(L, name, &size);
  if (text && strlen(text) != size) *status = REEL_INVALID;
  return text;
}

lua_Number reel_option_number(lua_State *L, const char *name, lua_Number fallback, lua_Number least,
                              lua_Number most) {
  int type = lua_getfield(L, OPTIONS, name);
  if (type != LUA_TNIL && type != LUA_TNUMBER) raise_wrong_type(L, name, "number");
  lua_Number number = type == LUA_TNIL ? fallback : lua_tonumber(L, -1);
  lua_pop(L, 1);
  if (!(number >= least && number <= most))
    luaL_argerror(
        L, OPTIONS,
        lua_pushfstring(L, "%s: %f is not in the range %f to %f", name, number, least, most));
  return number;
}

bool reel_option_flag(lua_State *L, const char *name) {
  int type = lua_getfield(L, OPTIONS, name);
  if (type != LUA_TNIL && type != LUA_TBOOLEAN) raise_wrong_type(L, name, "boolean");
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}

uint64_t reel_option_ms(lua_State *L, const char *name, lua_Number fallback_s) {
  return (uint64_t)(reel_option_number(L, name, fallback_s, 0, MAX_SECONDS) * 1000);
}

static const char *list_item(lua_State *L, const char *name, size_t i, int *status) {
  size_t size;
  if (lua_rawgeti(L, -2, (lua_Integer)i + 1) != LUA_TSTRING) raise_wrong_type(L, name, "strings");
  const char *text = lua_tolstring(L, -1, &size);
  if (strlen(text) != size) *status = REEL_INVALID;
  lua_pop(L, 1); /* the list keeps the string alive */
  return text;
}

const char *const *reel_option_list(lua_State *L, const char *name, size_t *count, int *status) {
  luaL_checkstack(L, 4, NULL);
  int type = lua_getfield(L, OPTIONS, name);
  if (type == LUA_TNIL) return NULL;
  if (type != LUA_TTABLE) raise_wrong_type(L, name, "table");

  size_t items = lua_rawlen(L, -1);
  const char **list = lua_newuserdatauv(L, (items + 1) * sizeof *list, 0);  // items list
  for (size_t i = 0; i < items; i++) list[i] = list_item(L, name, i, status);
  *count = items;
  return list;
}

int reel_option_request(lua_State *L, lua_Number timeout_s, struct reel_http_request *out) {
  int status = REEL_OK;
  luaL_checktype(L, OPTIONS, LUA_TTABLE);
  *out = (struct reel_http_request){0};
  out->url = reel_option_text(L, "url", &status);
  out->headers = reel_option_list(L, "headers", &out->header_count, &status);
  out->body = reel_option_bytes(L, "body", &out->body_size);
  out->timeout_ms = (long)reel_option_ms(L, "timeout", timeout_s);
  out->connect_timeout_ms = (long)reel_option_ms(L, "connect_timeout", 15);
  out->max_body_bytes = (size_t)reel_option_number(L, "max_body", 1 << 20, 0, 1 << 30);
  return status;
}

void reel_push_retry_after(lua_State *L, const struct reel_http_response *response) {
  if (response->retry_after_s > 0)
    lua_pushinteger(L, response->retry_after_s);
  else
    lua_pushnil(L);
}

void reel_set_response(lua_State *L, const struct reel_http_response *response) {
  const char *name = NULL, *value;
  lua_pushinteger(L, response->status);
  lua_setfield(L, -2, "status");
  reel_push_retry_after(L, response);
  lua_setfield(L, -2, "retry_after");
  lua_newtable(L);
  while ((name = reel_http_response_header(response, name, &value))) {
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
  }
  lua_setfield(L, -2, "headers");
  lua_pushlstring(L, response->body.data ? response->body.data : "", response->body.size);
  lua_setfield(L, -2, "body");
}

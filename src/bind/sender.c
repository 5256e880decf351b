/* reel.core.sender: sends a POST at most once. */
#include "journal/sender.h"

#include <lauxlib.h>
#include <string.h>

#include "journal/attempt.h"
#include "bind/core.h"
#include "bind/http_options.h"
#include "bind/job/job.h"
#include "bind/journal_check.h"
#include "base/status.h"

/* Reading the attempt that a send belongs to: the field `attempt` of the options. */

static int raise_field(lua_State *L, const char *name, const char *expected) {
  return luaL_argerror(L, 1, lua_pushfstring(L, "attempt.%s: %s expected", name, expected));
}

static void copy_text(lua_State *L, int table, const char *name, char *out, size_t out_size) {
  size_t size;
  if (lua_getfield(L, table, name) != LUA_TSTRING) raise_field(L, name, "string");
  const char *text = lua_tolstring(L, -1, &size);
  if (size == 0 || size >= out_size || strlen(text) != size)
    raise_field(L, name, lua_pushfstring(L, "1 to %d bytes without zero bytes", (int)out_size - 1));
  memcpy(out, text, size + 1);
  lua_pop(L, 1);
}

static lua_Number read_number(lua_State *L, int table, const char *name, lua_Number fallback) {
  int type = lua_getfield(L, table, name);
  lua_Number number = type == LUA_TNIL ? fallback : lua_tonumber(L, -1);
  bool is_usable = number >= -1 && number <= 1e12; /* false for NaN, which would limit nothing */
  if ((type != LUA_TNIL && type != LUA_TNUMBER) || !is_usable) raise_field(L, name, "number");
  lua_pop(L, 1);
  return number;
}

static int64_t read_id(lua_State *L, int table) {
  lua_getfield(L, table, "id");
  if (!lua_isinteger(L, -1)) raise_field(L, "id", "integer");
  int64_t id = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return id;
}

static void read_attempt_fields(lua_State *L, int table, struct reel_attempt *out) {
  *out = (struct reel_attempt){.id = read_id(L, table)};
  copy_text(L, table, "nonce", out->nonce, sizeof out->nonce);
  copy_text(L, table, "run", out->run, sizeof out->run);
  copy_text(L, table, "origin", out->origin, sizeof out->origin);
  copy_text(L, table, "holder", out->holder, sizeof out->holder);
  out->rate_count = (int64_t)read_number(L, table, "rate_count", 0);
  out->rate_ms = (int64_t)(read_number(L, table, "rate_seconds", 0) * 1000);
  out->max_new = (int64_t)read_number(L, table, "max_new", -1);
  out->max_credits = read_number(L, table, "max_credits", -1);
  lua_getfield(L, table, "journal");
  out->journal = reel_check_journal(L, lua_gettop(L));
  lua_pop(L, 1);
}

/* Returns whether the options have an attempt. */
static bool read_attempt(lua_State *L, struct reel_attempt *out) {
  int type = lua_getfield(L, 1, "attempt");
  if (type != LUA_TNIL && type != LUA_TTABLE) luaL_argerror(L, 1, "attempt: table expected");
  if (type == LUA_TTABLE) read_attempt_fields(L, lua_gettop(L), out);
  lua_pop(L, 1);
  return type == LUA_TTABLE;
}

static int hook_attempt(struct reel_send *send, const struct reel_attempt *attempt) {
  send->hook_data = reel_attempt_new(attempt);
  if (!send->hook_data) return REEL_NOMEM;
  send->latch = reel_attempt_latch;
  send->answered = reel_attempt_answered;
  send->hook_free = reel_attempt_free;
  return REEL_OK;
}

/* Pushing the result. */

static void set_failure(lua_State *L, const struct reel_send *send) {
  bool is_refused = send->latch_status != REEL_OK;
  const struct reel_attempt *attempt = is_refused ? send->hook_data : NULL;
  const char *message = attempt ? attempt->message : send->message;
  lua_pushstring(L, reel_status_name(send->op.status));
  lua_setfield(L, -2, "error");
  lua_pushstring(L, message ? message : reel_strerror(send->op.status));
  lua_setfield(L, -2, "message");
  if (send->latch_status != REEL_RATE) return;
  lua_pushnumber(L, (lua_Number)attempt->wait_ms / 1000);
  lua_setfield(L, -2, "wait");
}

static int push_send(lua_State *L, struct reel_op *op) {
  const struct reel_send *send = (const struct reel_send *)op;
  lua_newtable(L);
  reel_set_response(L, &send->response);
  lua_pushboolean(L, send->sent);
  lua_setfield(L, -2, "sent");
  lua_pushinteger(L, send->sends);
  lua_setfield(L, -2, "sends");
  lua_pushinteger(L, send->curl_code);
  lua_setfield(L, -2, "curl_code");
  if (op->status != REEL_OK) set_failure(L, send);
  return 1;
}

static int sender_post(lua_State *L) {
  struct reel_http_request request;
  struct reel_attempt attempt;
  struct reel_send *send;
  int status = reel_option_request(L, 120, &request);
  bool has_attempt = read_attempt(L, &attempt);
  if (status == REEL_OK) status = reel_send_new(&request, &send);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  if (has_attempt) status = hook_attempt(send, &attempt);
  if (status == REEL_OK) return reel_job_await(L, &send->op, push_send);
  send->op.type->free(&send->op);
  return reel_job_push_failure(L, status, NULL);
}

static const luaL_Reg functions[] = {{"post", sender_post}, {NULL, NULL}};

int luaopen_reel_core_sender(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}

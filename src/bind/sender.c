/* reel.core.sender: the POST that is sent at most once. */
#include "sender.h"

#include <lauxlib.h>

#include <stdlib.h>
#include <string.h>

#include "attempt.h"
#include "core.h"
#include "http_options.h"
#include "job.h"
#include "journal_check.h"
#include "status.h"

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
  if (op->status == REEL_OK) return 1;
  struct reel_attempt *a = send->hook_data;
  if (a && a->wait_ms) { lua_pushnumber(L, (lua_Number)a->wait_ms/1000); lua_setfield(L, -2, "wait"); }

  lua_pushstring(L, reel_status_name(op->status));
  lua_setfield(L, -2, "error");
  lua_pushstring(L, send->message ? send->message : reel_strerror(op->status));
  lua_setfield(L, -2, "message");
  return 1;
}

static void copy_field(lua_State *L, const char *name, char *out, size_t size) {
  lua_getfield(L, -1, name);
  strncpy(out, luaL_checkstring(L, -1), size - 1);
  lua_pop(L, 1);
}
static lua_Number number_field(lua_State *L, const char *name, lua_Number fallback) {
  lua_getfield(L, -1, name);
  lua_Number n = luaL_optnumber(L, -1, fallback);
  lua_pop(L, 1);
  return n;
}
static struct reel_attempt *read_attempt(lua_State *L) {
  lua_getfield(L, 1, "attempt");
  if (lua_isnil(L, -1)) return NULL;
  lua_getfield(L, -1, "journal");
  struct reel_journal *journal = reel_check_journal(L, lua_gettop(L));
  lua_pop(L, 1);
  struct reel_attempt *a = calloc(1, sizeof *a);
  a->journal = journal;
  a->id = (int64_t)number_field(L, "id", 0);
  copy_field(L, "nonce", a->nonce, sizeof a->nonce);
  copy_field(L, "run", a->run, sizeof a->run);
  copy_field(L, "origin", a->origin, sizeof a->origin);
  copy_field(L, "holder", a->holder, sizeof a->holder);
  a->rate_count = (int64_t)number_field(L, "rate_count", 0);
  a->rate_ms = (int64_t)(number_field(L, "rate_seconds", 0) * 1000);
  a->max_new = (int64_t)number_field(L, "max_new", -1);
  a->max_credits = number_field(L, "max_credits", -1);
  return a;
}
static int sender_post(lua_State *L) {
  struct reel_attempt *a = read_attempt(L);
  struct reel_http_request request;
  struct reel_send *send;
  int status = reel_option_request(L, 120, &request);
  if (status == REEL_OK) status = reel_send_new(&request, &send);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  if (a) { send->latch = reel_attempt_latch; send->answered = reel_attempt_answered; send->hook_data = a; }
  return reel_job_await(L, &send->op, push_send);
}

static const luaL_Reg functions[] = {{"post", sender_post}, {NULL, NULL}};

int luaopen_reel_core_sender(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}

/* reel.core.sender: the POST that is sent at most once. */
#include "sender.h"

#include <lauxlib.h>

#include "core.h"
#include "http_options.h"
#include "job.h"
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

  lua_pushstring(L, reel_status_name(op->status));
  lua_setfield(L, -2, "error");
  lua_pushstring(L, send->message ? send->message : reel_strerror(op->status));
  lua_setfield(L, -2, "message");
  return 1;
}

static int sender_post(lua_State *L) {
  struct reel_http_request request;
  struct reel_send *send;
  int status = reel_option_request(L, 120, &request);
  if (status == REEL_OK) status = reel_send_new(&request, &send);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  return reel_job_await(L, &send->op, push_send);
}

static const luaL_Reg functions[] = {{"post", sender_post}, {NULL, NULL}};

int luaopen_reel_core_sender(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}

/* reel.core.poll: asking again and again, and hearing of what is new. */
#include <lauxlib.h>
#include <string.h>

#include "core.h"
#include "http_options.h"
#include "http_poll.h"
#include "job.h"
#include "status.h"

#define POLL_TYPE "reel.core.Poll"

struct poll_box {
  struct reel_http_poll *poll; /* NULL: closed */
};

/* The poll, when it can be used: not closed, and nobody waits for it. */
static struct reel_http_poll *check_poll(lua_State *L) {
  struct poll_box *box = luaL_checkudata(L, 1, POLL_TYPE);
  luaL_argcheck(L, box->poll, 1, "the poll was closed");
  luaL_argcheck(L, !box->poll->is_out, 1, "a job waits for this poll already");
  return box->poll;
}

/* Of all headers, those that tell when to ask again. */
static void set_retry_after(lua_State *L, const struct reel_http_response *response) {
  const char *name = NULL, *value;
  while ((name = reel_http_response_header(response, name, &value))) {
    if (strcmp(name, "retry-after") != 0) continue;
    lua_createtable(L, 0, 1);
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
    lua_setfield(L, -2, "headers");
  }
}

static void set_fields(lua_State *L, const struct reel_http_poll *poll) {
  for (size_t i = 0; i < poll->field_count; i++) {
    const struct reel_json_value *value = &poll->values[i];
    if (!value->text) continue;
    lua_pushlstring(L, value->text, value->size);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/* A host may get hundreds of news a second in the midst of its frames: they carry what is used. */
static int push_news(lua_State *L, struct reel_op *op) {
  const struct reel_http_poll *poll = (const struct reel_http_poll *)op;
  const struct reel_http_response *response = &poll->transfer.response;
  if (op->status != REEL_OK) {
    reel_job_push_failure(L, op->status, poll->transfer.message);
    lua_pushinteger(L, poll->polls);
    return 4;
  }
  lua_createtable(L, poll->is_peeked ? (int)poll->field_count : 0, 2);
  lua_pushinteger(L, response->status);
  lua_setfield(L, -2, "status");
  lua_pushinteger(L, poll->polls);
  lua_setfield(L, -2, "polls");
  set_retry_after(L, response);
  if (poll->is_peeked) set_fields(L, poll);
  return 1;
}

static int poll_next(lua_State *L) {
  struct reel_http_poll *poll = check_poll(L);
  lua_Number pause_s = luaL_optnumber(L, 2, -1);
  luaL_argcheck(L, pause_s <= 864000 && (pause_s >= 0 || lua_isnoneornil(L, 2)), 2,
                "seconds from 0 to 864000 expected");
  if (pause_s >= 0) poll->delay_ms = (uint64_t)(pause_s * 1000);
  return reel_job_await(L, reel_http_poll_next(poll), push_news);
}

static int poll_body(lua_State *L) {
  const struct reel_buffer *body = &check_poll(L)->transfer.response.body;
  lua_pushlstring(L, body->data ? body->data : "", body->size);
  return 1;
}

static int poll_forget(lua_State *L) {
  reel_http_poll_forget(check_poll(L));
  return 0;
}

static int poll_close(lua_State *L) {
  struct poll_box *box = luaL_checkudata(L, 1, POLL_TYPE);
  reel_http_poll_free(box->poll);
  box->poll = NULL;
  return 0;
}

static struct reel_http_schedule check_schedule(lua_State *L) {
  struct reel_http_schedule schedule = {.first_ms = reel_option_ms(L, "first", 0),
                                        .factor = reel_option_number(L, "factor", 1.5, 1, 100),
                                        .max_ms = reel_option_ms(L, "max", 15),
                                        .jitter = reel_option_number(L, "jitter", 0.1, 0, 1),
                                        .deadline_ms = reel_option_ms(L, "deadline", 0)};
  if (lua_getfield(L, 1, "deadline") != LUA_TNIL && schedule.deadline_ms == 0)
    schedule.deadline_ms = 1; /* already passed; 0 stands for none */
  lua_pop(L, 1);
  return schedule;
}

static int poll_new(lua_State *L) {
  struct reel_http_request request;
  int status = reel_option_request(L, 30, &request);
  struct reel_http_schedule schedule = check_schedule(L);
  size_t field_count = 0;
  const char *const *fields = reel_option_list(L, "fields", &field_count, &status);
  struct poll_box *box = lua_newuserdatauv(L, sizeof *box, 0);
  box->poll = NULL;
  luaL_setmetatable(L, POLL_TYPE);

  if (status == REEL_OK)
    status = reel_http_poll_new(&request, &schedule, fields, field_count, &box->poll);
  return status == REEL_OK ? 1 : reel_job_push_failure(L, status, NULL);
}

static const luaL_Reg functions[] = {{"new", poll_new}, {NULL, NULL}};

static const luaL_Reg methods[] = {{"next", poll_next},
                                   {"body", poll_body},
                                   {"forget", poll_forget},
                                   {"close", poll_close},
                                   {NULL, NULL}};
static const luaL_Reg metamethods[] = {{"__gc", poll_close}, {"__close", poll_close}, {NULL, NULL}};

int luaopen_reel_core_poll(lua_State *L) {
  luaL_newmetatable(L, POLL_TYPE);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}

/* reel.core.poll: repeats a request in C until the answer changes. */
#include <ctype.h>
#include <lauxlib.h>
#include <string.h>

#include "bind/core.h"
#include "bind/http_options.h"
#include "http/poll.h"
#include "bind/job/job.h"
#include "base/status.h"

#define POLL_TYPE "reel.core.Poll"

struct poll_box {
  struct reel_http_poll *poll; /* NULL: closed */
};

/* Raises if the poll is closed, or if a job waits for it. */
static struct reel_http_poll *check_poll(lua_State *L) {
  struct poll_box *box = luaL_checkudata(L, 1, POLL_TYPE);
  luaL_argcheck(L, box->poll, 1, "the poll is closed");
  luaL_argcheck(L, !box->poll->is_out, 1, "a job waits for this poll already");
  return box->poll;
}

static bool is_number(const struct reel_json_value *value) {
  return !value->is_string && (value->text[0] == '-' || isdigit((unsigned char)value->text[0]));
}

/* Pushes a number, or returns false. lua_stringtonumber() expects a zero byte after the number, so
 * the number is copied; one of 64 characters or more is left to be pushed as a string. */
static bool push_number(lua_State *L, const struct reel_json_value *value) {
  char text[64];
  if (!is_number(value) || value->size >= sizeof text) return false;
  memcpy(text, value->text, value->size);
  text[value->size] = '\0';
  return lua_stringtonumber(L, text) > 0;
}

static void push_value(lua_State *L, const struct reel_json_value *value) {
  if (!value->text)
    lua_pushnil(L);
  else if (!push_number(L, value))
    lua_pushlstring(L, value->text, value->size);
}

/* A host may get a hundred answers a second in the middle of its frames, so this makes no table and
 * does not push the body. */
static int push_answer(lua_State *L, struct reel_op *op) {
  const struct reel_http_poll *poll = (const struct reel_http_poll *)op;
  if (op->status != REEL_OK) return reel_job_push_failure(L, op->status, poll->transfer.message);
  int count = poll->is_peeked ? (int)poll->field_count : 0;
  luaL_checkstack(L, count + 1, NULL);
  lua_pushinteger(L, poll->transfer.response.status);
  for (int i = 0; i < count; i++) push_value(L, &poll->values[i]);
  return count + 1;
}

static int poll_next(lua_State *L) {
  struct reel_http_poll *poll = check_poll(L);
  lua_Number pause_s = luaL_optnumber(L, 2, -1);
  luaL_argcheck(L, pause_s <= 864000 && (pause_s >= 0 || lua_isnoneornil(L, 2)), 2,
                "seconds from 0 to 864000 expected");
  if (pause_s >= 0) poll->delay_ms = (uint64_t)(pause_s * 1000);
  return reel_job_await(L, reel_http_poll_next(poll), push_answer);
}

static int poll_body(lua_State *L) {
  const struct reel_buffer *body = &check_poll(L)->transfer.response.body;
  lua_pushlstring(L, body->data ? body->data : "", body->size);
  return 1;
}

static int poll_retry_after(lua_State *L) {
  reel_push_retry_after(L, &check_poll(L)->transfer.response);
  return 1;
}

static int poll_count(lua_State *L) {
  lua_pushinteger(L, check_poll(L)->polls);
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
    schedule.deadline_ms = 1; /* the deadline passes at once; 0 would mean that there is none */
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

static const luaL_Reg methods[] = {
    {"next", poll_next},   {"body", poll_body},     {"retry_after", poll_retry_after},
    {"count", poll_count}, {"forget", poll_forget}, {"close", poll_close},
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

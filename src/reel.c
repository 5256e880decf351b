/* The runtime behind reel.h: a Lua state, the embedded library, the scheduler. */
#include "reel.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/core.h"
#include "bind/job.h"
#include "embedded.h"
#include "io.h"
#include "status.h"

struct reel {
  lua_State *L;
  struct reel_jobs *jobs;
  int job; /* registry reference of the started job */
  int result;
  char message[1024];
};

static int fail(struct reel *r, int status, const char *message) {
  snprintf(r->message, sizeof r->message, "%s", message ? message : reel_strerror(status));
  return status;
}

/* package.searchers entry: modules carried inside the library. */
static int search_embedded(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  for (const struct reel_embedded *file = reel_embedded; file->name; file++) {
    if (strcmp(file->name, name) != 0) continue;
    lua_pushfstring(L, "@%s", name);
    if (luaL_loadbuffer(L, file->source, file->size, lua_tostring(L, -1)) != LUA_OK)
      return lua_error(L);
    lua_pushliteral(L, ":embedded:");
    return 2;
  }
  lua_pushfstring(L, "no embedded module '%s'", name);
  return 1;
}

/* The embedded library comes before package.path, so that a program never mixes two versions; with
 * REEL_LUA the named tree comes first. */
static int open_library(lua_State *L) {
  luaL_openlibs(L);
  luaL_requiref(L, "reel.core", luaopen_reel_core, 0);
  lua_getglobal(L, "package"); /* core package */
  const char *tree = getenv("REEL_LUA");
  if (tree) {
    lua_getfield(L, -1, "path");
    lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", tree, tree, lua_tostring(L, -1));
    lua_setfield(L, -3, "path");
    lua_pop(L, 1);
  }
  lua_getfield(L, -1, "searchers");
  int place = tree ? (int)lua_rawlen(L, -1) + 1 : 2;
  for (int i = (int)lua_rawlen(L, -1); i >= place; i--) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_pushcfunction(L, search_embedded);
  lua_rawseti(L, -2, place);
  return 0;
}

static int open_scheduler(lua_State *L) {
  struct reel *r = lua_touserdata(L, 1);
  r->jobs = reel_job_scheduler(L);
  reel_job_set_blocking(r->jobs, false);
  return 0;
}

int reel_open(const struct reel_config *config, struct reel **out) {
  (void)config;
  struct reel *r = calloc(1, sizeof *r);
  if (!r) return REEL_NOMEM;

  r->job = LUA_NOREF;
  r->L = luaL_newstate();
  if (!r->L) goto fail;
  lua_pushcfunction(r->L, open_library);
  if (lua_pcall(r->L, 0, 0, 0) != LUA_OK) goto fail;
  lua_pushcfunction(r->L, open_scheduler);
  lua_pushlightuserdata(r->L, r);
  if (lua_pcall(r->L, 1, 0, 0) != LUA_OK) goto fail;

  *out = r;
  return REEL_OK;
fail:
  reel_close(r, 0);
  return REEL_NOMEM;
}

lua_State *reel_lua(struct reel *r) {
  return r->L;
}

struct call {
  const char *module, *function;
  int argc;
  char **argv;
};

/* reel.core.job.spawn(require(module)[function], argv...) */
static int start_call(lua_State *L) {
  const struct call *call = lua_touserdata(L, 1);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "reel.core.job");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "spawn");
  lua_getglobal(L, "require");
  lua_pushstring(L, call->module);
  lua_call(L, 1, 1);
  lua_getfield(L, -1, call->function);
  lua_remove(L, -2); /* ... spawn function */
  luaL_checkstack(L, call->argc, "arguments");
  for (int i = 1; i < call->argc; i++) lua_pushstring(L, call->argv[i]);
  lua_call(L, call->argc > 0 ? call->argc : 1, 1);
  return 1;
}

int reel_start_call(struct reel *r, const char *module, const char *function, int argc,
                    char **argv) {
  struct call call = {module, function, argc, argv};
  lua_pushcfunction(r->L, start_call);
  lua_pushlightuserdata(r->L, &call);
  if (lua_pcall(r->L, 1, 1, 0) != LUA_OK) {
    fail(r, REEL_SCRIPT, lua_tostring(r->L, -1));
    lua_pop(r->L, 1);
    return REEL_SCRIPT;
  }
  luaL_unref(r->L, LUA_REGISTRYINDEX, r->job);
  r->job = luaL_ref(r->L, LUA_REGISTRYINDEX);
  return REEL_OK;
}

int reel_step(struct reel *r, double budget_s) {
  reel_job_step(r->L, (uint64_t)(budget_s * 1e6));
  return REEL_OK;
}

int reel_fd(const struct reel *r) {
  return reel_io_fd(reel_job_io(r->L));
}

/* Whether the job ended: "done", "failed" or "cancelled". */
static bool has_ended(struct reel *r) {
  lua_rawgeti(r->L, LUA_REGISTRYINDEX, r->job);
  lua_getfield(r->L, -1, "status");
  const char *status = lua_tostring(r->L, -1);
  bool ended = strcmp(status, "done") == 0 || strcmp(status, "failed") == 0 ||
               strcmp(status, "cancelled") == 0;
  lua_pop(r->L, 2);
  return ended;
}

static int take_result(struct reel *r) {
  lua_State *L = r->L;
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->job);
  lua_getfield(L, -1, "result");
  lua_insert(L, -2);
  int status = lua_pcall(L, 1, 1, 0);
  if (status == LUA_OK) {
    r->result = (int)lua_tointeger(L, -1);
  } else {
    fail(r, REEL_SCRIPT, luaL_tolstring(L, -1, NULL));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return status == LUA_OK ? REEL_OK : REEL_SCRIPT;
}

int reel_wait(struct reel *r, double timeout_s) {
  uint64_t deadline_ms = reel_io_now_ms() + (uint64_t)(timeout_s < 0 ? 0 : timeout_s * 1000);
  while (!has_ended(r)) {
    uint64_t now_ms = reel_io_now_ms();
    if (timeout_s >= 0 && now_ms >= deadline_ms) return fail(r, REEL_TIMEOUT, NULL);
    reel_job_poll(r->jobs, timeout_s < 0 ? -1 : (int)(deadline_ms - now_ms));
    reel_job_step(r->L, 1000000);
  }
  return take_result(r);
}

int reel_result(const struct reel *r) {
  return r->result;
}

void reel_interrupt(struct reel *r) {
  reel_job_interrupt(r->jobs);
}

void reel_close(struct reel *r, double grace_s) {
  if (!r) return;
  if (r->jobs) reel_job_set_grace(r->jobs, (int)(grace_s * 1000));
  if (r->L) lua_close(r->L);
  free(r);
}

const char *reel_errmsg(const struct reel *r) {
  return r->message;
}

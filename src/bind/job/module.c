/* reel.core.job: the Lua side of the scheduler. */
#include <lauxlib.h>
#include <string.h>

#include "loop/io.h"
#include "bind/job/job.h"
#include "bind/job/state.h"

#define JOB_TYPE "reel.Job"
#define SIGNAL_TYPE "reel.Signal"

static const char *const state_names[] = {
    [READY] = "ready", [RUNNING] = "running", [WAITING] = "waiting",    [ENDING] = "waiting",
    [DONE] = "done",   [FAILED] = "failed",   [CANCELLED] = "cancelled"};

static struct job *check_job(lua_State *L) {
  return luaL_checkudata(L, 1, JOB_TYPE);
}

/* Makes an operation that ends after the seconds at an argument. NULL: nil or no argument. */
static struct reel_op *check_timer(lua_State *L, int arg) {
  if (lua_isnoneornil(L, arg)) return NULL;
  lua_Number seconds = luaL_checknumber(L, arg);
  luaL_argcheck(L, seconds >= 0 && seconds <= 1e9, arg, "seconds from 0 to 1e9 expected");
  struct reel_op *op = reel_io_sleep_new((uint64_t)(seconds * 1000 + 0.5));
  if (!op) luaL_error(L, "out of memory");
  return op;
}

static int push_nothing(lua_State *L, struct reel_op *op) {
  (void)L, (void)op;
  return 0;
}

/* For a wait with a timeout. timer is NULL if something else has ended the wait. */
static int push_in_time(lua_State *L, struct reel_op *timer) {
  lua_pushboolean(L, timer == NULL);
  return 1;
}

static int job_spawn(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  int count = lua_gettop(L) - 1;
  struct reel_jobs *jobs = reel_jobs_get(L);

  struct job *job = lua_newuserdatauv(L, sizeof *job, JOB_VALUES);
  reel_jobs_init_job(jobs, job);
  luaL_setmetatable(L, JOB_TYPE);
  job->co = lua_newthread(L);
  lua_setiuservalue(L, -2, COROUTINE);
  if (!lua_checkstack(job->co, count + 2)) return luaL_error(L, "too many arguments");
  lua_insert(L, 1);
  lua_pushcfunction(job->co, reel_jobs_body);
  lua_xmove(L, job->co, count + 1);
  job->argument_count = count + 1;
  reel_jobs_keep(L, LIVING, job, true);
  reel_jobs_add(L, job);
  return 1;
}

/* Whether job is self or one of its ancestors, which wait for the end of self. */
static bool is_self_or_ancestor(const struct job *job, const struct job *self) {
  while (self && self != job) self = self->parent;
  return self;
}

static int job_join(lua_State *L) {
  struct job *job = check_job(L);
  luaL_argcheck(L, !is_self_or_ancestor(job, job->jobs->running), 1,
                "a job cannot wait for itself or its parent");
  struct reel_op *timer = job->state < DONE ? check_timer(L, 2) : NULL;
  if (job->state < DONE) return reel_jobs_park(L, &job->waiters, timer, push_in_time);
  lua_pushboolean(L, true);
  return 1;
}

static void mark_observed(lua_State *L, struct job *job) {
  reel_jobs_keep(L, FAILURES, job, false);
}

static int job_result(lua_State *L) {
  struct job *job = check_job(L);
  if (job->state < DONE) return luaL_error(L, "the job has not ended");
  if (job->state != DONE) {
    mark_observed(L, job);
    lua_getiuservalue(L, 1, ERROR);
    return lua_error(L);
  }
  luaL_checkstack(L, job->result_count, "too many results");
  lua_getiuservalue(L, 1, RESULTS);
  int results = lua_gettop(L);
  for (int i = 1; i <= job->result_count; i++) lua_rawgeti(L, results, i);
  return job->result_count;
}

static int job_cancel(lua_State *L) {
  struct job *job = check_job(L);
  reel_jobs_cancel(job);
  reel_jobs_request_step(job->jobs);
  return 0;
}

static int job_detach(lua_State *L) {
  struct job *job = check_job(L);
  reel_jobs_detach(L, job);
  lua_settop(L, 1);
  return 1;
}

static int job_index(lua_State *L) {
  struct job *job = check_job(L);
  const char *key = lua_tostring(L, 2);
  if (key && strcmp(key, "status") == 0) {
    lua_pushstring(L, state_names[job->state]);
  } else if (key && strcmp(key, "error") == 0) {
    mark_observed(L, job);
    lua_getiuservalue(L, 1, ERROR);
  } else if (key && strcmp(key, "traceback") == 0) {
    lua_getiuservalue(L, 1, TRACEBACK);
  } else {
    lua_pushvalue(L, 2);
    lua_gettable(L, lua_upvalueindex(1));
  }
  return 1;
}

static int job_tostring(lua_State *L) {
  struct job *job = check_job(L);
  lua_pushfstring(L, "reel.Job (%s): %p", state_names[job->state], (void *)job);
  return 1;
}

static int job_current(lua_State *L) {
  struct job *job = reel_jobs_get(L)->running;
  if (job)
    reel_jobs_push_job(L, job);
  else
    lua_pushnil(L);
  return 1;
}

static int job_sleep(lua_State *L) {
  luaL_checknumber(L, 1);
  return reel_jobs_park(L, NULL, check_timer(L, 1), push_nothing);
}

static int job_give_way(lua_State *L) {
  const struct reel_jobs *jobs = reel_jobs_get(L);
  if (!jobs->running || !reel_jobs_is_over(jobs)) return 0;
  return reel_jobs_park(L, NULL, NULL, push_nothing);
}

static int signal_new(lua_State *L) {
  list_init(lua_newuserdatauv(L, sizeof(struct list), 0));
  luaL_setmetatable(L, SIGNAL_TYPE);
  return 1;
}

static int signal_wait(lua_State *L) {
  struct list *waiters = luaL_checkudata(L, 1, SIGNAL_TYPE);
  return reel_jobs_park(L, waiters, check_timer(L, 2), push_in_time);
}

static int signal_fire(lua_State *L) {
  reel_jobs_wake_all(luaL_checkudata(L, 1, SIGNAL_TYPE));
  reel_jobs_request_step(reel_jobs_get(L));
  return 0;
}

/* The context is the shield around the one that ends; NULL: none. */
static int unshield(lua_State *L, int status, lua_KContext context) {
  reel_jobs_current(reel_jobs_get(L))->shield = (const lua_State *)context;
  if (status != LUA_OK && status != LUA_YIELD) return lua_error(L);
  return lua_gettop(L);
}

static int job_shield(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  struct job *job = reel_jobs_current(reel_jobs_get(L));
  lua_KContext context = (lua_KContext)job->shield;
  job->shield = L;
  int status = lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, context, unshield);
  return unshield(L, status, context);
}

/* failures() -> { { error =, traceback = }, ... }, which count as observed from then on. */
static int job_failures(lua_State *L) {
  lua_settop(L, 0);
  lua_newtable(L);
  reel_jobs_push_value(L, FAILURES);
  int count = 0;
  for (lua_pushnil(L); lua_next(L, 2); lua_settop(L, 3)) {  // list failures key job
    lua_createtable(L, 0, 2);
    lua_getiuservalue(L, 4, ERROR);
    lua_setfield(L, -2, "error");
    lua_getiuservalue(L, 4, TRACEBACK);
    lua_setfield(L, -2, "traceback");
    lua_rawseti(L, 1, ++count);
    lua_pushvalue(L, 3);
    lua_pushnil(L);
    lua_rawset(L, 2);
  }
  lua_settop(L, 1);
  return 1;
}

static int job_on_interrupt(lua_State *L) {
  lua_settop(L, 1);
  reel_jobs_set_on_interrupt(L);
  return 0;
}

static int job_now(lua_State *L) {
  lua_pushnumber(L, (lua_Number)reel_io_now_ms() / 1000);
  return 1;
}

static int job_advance(lua_State *L) {
  lua_Number seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds <= 1e9, 1, "seconds from 0 to 1e9 expected");
  reel_io_advance(reel_job_io(L), (uint64_t)(seconds * 1e6));
  return 0;
}

static const luaL_Reg functions[] = {{"spawn", job_spawn},       {"current", job_current},
                                     {"sleep", job_sleep},       {"give_way", job_give_way},
                                     {"signal", signal_new},     {"shield", job_shield},
                                     {"failures", job_failures}, {"on_interrupt", job_on_interrupt},
                                     {"now", job_now},           {"advance", job_advance},
                                     {NULL, NULL}};

static const luaL_Reg job_methods[] = {{"join", job_join},
                                       {"result", job_result},
                                       {"cancel", job_cancel},
                                       {"detach", job_detach},
                                       {NULL, NULL}};

static const luaL_Reg signal_methods[] = {
    {"wait", signal_wait}, {"fire", signal_fire}, {NULL, NULL}};

int luaopen_reel_core_job(lua_State *L) {
  reel_job_scheduler(L)->passing[SHIELD] = job_shield;
  luaL_newlib(L, functions);  // module
  reel_jobs_push_value(L, CANCELLED_ERROR);
  lua_setfield(L, -2, "cancelled");

  luaL_newmetatable(L, SIGNAL_TYPE);
  luaL_newlib(L, signal_methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);

  luaL_newmetatable(L, JOB_TYPE);
  lua_pushcfunction(L, job_tostring);
  lua_setfield(L, -2, "__tostring");
  luaL_newlib(L, job_methods);  // module metatable methods
  lua_pushvalue(L, -1);
  lua_setfield(L, -4, "methods"); /* jobs/flow.lua adds the public ones */
  lua_pushcclosure(L, job_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  return 1;
}

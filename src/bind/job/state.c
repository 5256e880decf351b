/* The base of the other files in this folder: where the scheduler is kept, how a job becomes ready,
 * and how to tell that a suspended coroutine waits. */
#include "bind/job/state.h"

#include "bind/job/job.h"
#include "loop/io.h"

static const char scheduler_key, park_key; /* only their addresses are used */

/* Values in the registry. */

struct reel_jobs *reel_jobs_get(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &scheduler_key);
  struct reel_jobs *jobs = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return jobs;
}

void reel_jobs_push(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &scheduler_key);
}

void reel_jobs_set(lua_State *L) {
  lua_rawsetp(L, LUA_REGISTRYINDEX, &scheduler_key);
}

void reel_jobs_push_value(lua_State *L, int value) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &scheduler_key);
  lua_getiuservalue(L, -1, value);
  lua_remove(L, -2);
}

void reel_jobs_push_job(lua_State *L, const struct job *job) {
  reel_jobs_push_value(L, LIVING);
  lua_rawgetp(L, -1, job);
  lua_remove(L, -2);
}

void reel_jobs_keep(lua_State *L, int table, const struct job *job, bool is_kept) {
  reel_jobs_push_value(L, table);
  if (is_kept)
    lua_pushvalue(L, -2);
  else
    lua_pushnil(L);
  lua_rawsetp(L, -2, job);
  lua_pop(L, 1);
}

void reel_jobs_set_on_interrupt(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &scheduler_key);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, ON_INTERRUPT);
  lua_pop(L, 1);
}

/* The I/O thread, as long as there is one. */

void reel_jobs_post(const struct reel_jobs *jobs, struct reel_op *op) {
  if (jobs->io)
    reel_io_post(jobs->io, op);
  else
    op->type->free(op);
}

void reel_jobs_request_step(const struct reel_jobs *jobs) {
  if (!jobs->io || jobs->stepping) return;
  reel_io_notify(jobs->io);
  reel_io_call_wakeup(jobs->io);
}

void reel_jobs_free_op(struct job *job) {
  if (job->op) job->op->type->free(job->op);
  job->op = NULL;
}

static void cancel_op(struct job *job) {
  if (!job->op) return;
  job->op->waiter = NULL;
  reel_io_cancel(job->jobs->io, job->op);
  job->op = NULL;
}

/* Waking. */

void reel_jobs_make_ready(struct job *job) {
  job->state = READY;
  list_append(&job->jobs->ready, &job->queue);
}

void reel_jobs_wake(struct job *job, enum wake reason) {
  if (job->wake != NOT_YET) return;
  job->wake = reason;
  list_remove(&job->queue);
  if (reason != BY_OP) cancel_op(job);
  if (job != &job->jobs->host) reel_jobs_make_ready(job);
}

void reel_jobs_wake_all(struct list *waiters) {
  while (!list_is_empty(waiters)) reel_jobs_wake(reel_jobs_as_queued(waiters->next), BY_SIGNAL);
}

struct job *reel_jobs_current(struct reel_jobs *jobs) {
  return jobs->running ? jobs->running : &jobs->host;
}

/* Suspended coroutines. */

int reel_job_pass(lua_State *L, lua_KFunction k) {
  lua_pushlightuserdata(L, (void *)&park_key);
  return lua_yieldk(L, 1, 0, k);
}

bool reel_job_is_parked(lua_State *co) {
  return lua_status(co) == LUA_YIELD && lua_gettop(co) > 0 &&
         lua_touserdata(co, -1) == (void *)&park_key;
}

/* How jobs end: by themselves, by an error or by a cancel. A job whose function has ended waits for
 * the end of its children. */
#include <lauxlib.h>

#include "loop/io.h"
#include "bind/job/job.h"
#include "bind/job/state.h"

enum { GRACE_MS = 2000 }; /* how long a cancelled job may take to end by itself */

/* The function that a job's coroutine runs. */

static int keep_traceback(lua_State *L) {
  struct job *job = reel_jobs_get(L)->running;
  if (!job) return 1;
  reel_jobs_push_job(L, job);
  luaL_traceback(L, L, NULL, 1);
  lua_setiuservalue(L, -2, TRACEBACK);
  lua_pop(L, 1);
  return 1;
}

/* The stack holds the message handler, then the results. */
static void keep_results(lua_State *L, struct job *job) {
  job->result_count = lua_gettop(L) - 1;
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  lua_createtable(L, job->result_count, 0);
  lua_replace(L, 1);
  for (int i = job->result_count; i > 0; i--) lua_rawseti(L, 1, i);
  reel_jobs_push_job(L, job);
  lua_insert(L, 1);  // job results
  lua_setiuservalue(L, 1, RESULTS);
}

static int body_ended(lua_State *L, int status, lua_KContext context) {
  (void)context;
  struct job *job = reel_jobs_get(L)->running;
  if (status == LUA_OK || status == LUA_YIELD)
    keep_results(L, job);
  else
    reel_jobs_fail(L, job);
  return 0;
}

/* A job's function runs under a pcall, so that its <close> variables may wait, too. */
int reel_jobs_body(lua_State *L) {
  lua_pushcfunction(L, keep_traceback);
  lua_insert(L, 1);
  int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, body_ended);
  return body_ended(L, status, 0);
}

void reel_jobs_fail(lua_State *L, struct job *job) {
  reel_jobs_push_job(L, job);
  lua_insert(L, -2);
  reel_jobs_push_value(L, CANCELLED_ERROR);  // job error cancelled
  job->outcome = lua_rawequal(L, -1, -2) ? CANCELLED : FAILED;
  lua_pop(L, 1);
  lua_setiuservalue(L, -2, ERROR);
  lua_pop(L, 1);
}

/* The tree. */

static void leave_parent(struct job *job) {
  list_remove(&job->sibling);
  job->parent = NULL;
}

static void complete(lua_State *L, struct job *job) {
  reel_jobs_push_job(L, job); /* keeps the job alive until this function returns */
  job->state = job->outcome;
  job->co = NULL;
  lua_pushnil(L);
  lua_setiuservalue(L, -2, COROUTINE);
  if (job->state == FAILED) reel_jobs_keep(L, FAILURES, job, true);
  reel_jobs_keep(L, LIVING, job, false);
  list_remove(&job->dying);
  leave_parent(job);
  reel_jobs_wake_all(&job->waiters);
  lua_pop(L, 1);
}

/* Completes the job and each ancestor that waited only for this. */
static void complete_upward(lua_State *L, struct job *job) {
  while (job && job->state == ENDING && list_is_empty(&job->children)) {
    struct job *parent = job->parent;
    complete(L, job);
    job = parent;
  }
}

static struct job *as_sibling(struct list *link) {
  return CONTAINER_OF(link, struct job, sibling);
}

static void cancel_children(struct job *job) {
  for (struct list *link = job->children.next; link != &job->children; link = link->next)
    reel_jobs_cancel(as_sibling(link));
}

void reel_jobs_end(lua_State *L, struct job *job) {
  reel_jobs_free_op(job);
  job->state = ENDING;
  if (job->outcome != DONE || job->cancelled) cancel_children(job);
  complete_upward(L, job);
}

void reel_jobs_end_cancelled(lua_State *L, struct job *job) {
  reel_jobs_push_value(L, CANCELLED_ERROR);
  reel_jobs_fail(L, job);
  reel_jobs_end(L, job);
}

void reel_jobs_detach(lua_State *L, struct job *job) {
  struct job *parent = job->parent;
  leave_parent(job);
  complete_upward(L, parent);
}

/* Cancelling. */

bool reel_jobs_must_cancel(const struct job *job) {
  return job->cancelled && !job->shield;
}

static void plan_reset(struct job *job) {
  struct reel_jobs *jobs = job->jobs;
  job->reset_ms = reel_io_now_ms() + GRACE_MS;
  list_append(&jobs->dying, &job->dying);
  struct reel_op *alarm = reel_io_sleep_new(GRACE_MS + 1); /* makes a step happen then */
  if (alarm) reel_jobs_post(jobs, alarm);
}

static void cancel_one(struct job *job) {
  if (job->cancelled || job->state >= DONE) return;
  job->cancelled = true;
  plan_reset(job);
  if (job->state == WAITING && !job->shield) reel_jobs_wake(job, BY_CANCEL);
}

/* The job after this one in root's tree, parents first; NULL after the last. The tree leaves out
 * the children of a shielded job, since that job may wait for them; they are cancelled when it
 * ends. */
static struct job *next_in_tree(const struct job *root, struct job *job) {
  if (!job->shield && !list_is_empty(&job->children)) return as_sibling(job->children.next);
  while (job != root && job->sibling.next == &job->parent->children) job = job->parent;
  return job == root ? NULL : as_sibling(job->sibling.next);
}

/* A loop, since a chain of jobs can be longer than the C stack is deep. */
void reel_jobs_cancel(struct job *root) {
  for (struct job *job = root; job; job = next_in_tree(root, job)) cancel_one(job);
}

/* Resetting: the last resort for a job that was cancelled and still waits. */

/* The parked coroutine that a parked co runs by coroutine.c's resume or wrap, which keep it at
 * index 1; NULL: none. */
static lua_State *inner_coroutine(lua_State *co) {
  lua_Debug ar;
  if (!reel_job_is_parked(co) || !lua_getstack(co, 0, &ar)) return NULL;
  if (!lua_getlocal(co, &ar, 1)) return NULL;
  lua_State *inner = lua_tothread(co, -1);
  lua_pop(co, 1);
  return inner && reel_job_is_parked(inner) ? inner : NULL;
}

static void reset_coroutines(lua_State *co) {
  lua_State *inner = inner_coroutine(co);
  if (inner) reset_coroutines(inner);
  lua_resetthread(co);
}

static void reset_job(lua_State *L, struct job *job) {
  reel_jobs_wake(job, BY_CANCEL);
  list_remove(&job->queue);
  job->jobs->running = job; /* for the job's <close> variables; a wait in them raises */
  reset_coroutines(job->co);
  job->jobs->running = NULL;
  reel_jobs_end_cancelled(L, job);
}

static struct job *find_overdue(const struct reel_jobs *jobs, uint64_t now_ms) {
  for (struct list *link = jobs->dying.next; link != &jobs->dying; link = link->next) {
    struct job *job = CONTAINER_OF(link, struct job, dying);
    if (job->reset_ms > now_ms) break;
    bool stopped = job->state == WAITING || job->state == READY;
    if (stopped && job->started && !job->shield) return job;
  }
  return NULL;
}

void reel_jobs_reset_overdue(lua_State *L, struct reel_jobs *jobs) {
  uint64_t now_ms = reel_io_now_ms();
  for (struct job *job; (job = find_overdue(jobs, now_ms));) reset_job(L, job);
}

/* The scheduler.
 *
 * A job is a coroutine that waits only in reel_jobs_park(): for an operation, in a list of waiters,
 * or for both (a wait with a timeout). Whichever comes first calls reel_jobs_wake(), which gives up
 * the other one and puts the job into the ready queue. Only reel_job_step() resumes jobs. An
 * operation that was given up has no waiter, so it wakes no job when it comes back. */
#include "bind/job/job.h"

#include <lauxlib.h>
#include <poll.h>
#include <string.h>

#include "bind/job/construct.h"
#include "http/client.h"
#include "loop/io.h"
#include "bind/job/state.h"
#include "base/message.h"
#include "base/status.h"

enum {
  BLOCKED_STEP_US = 1000000,
  HOOK_CHECK_MS = 200 /* between two checks for the interpreter's own interrupt */
};

/* Waking. */

static void deliver(struct reel_op *op) {
  struct job *job = op->waiter;
  if (job)
    reel_jobs_wake(job, BY_OP);
  else
    op->type->free(op);
}

/* Parking. */

/* Goes from L outwards to the coroutine of the job. Returns the first coroutine that cannot yield,
 * or that was not resumed by reel; NULL if there is none. */
static lua_State *find_obstacle(const struct reel_jobs *jobs, lua_State *L) {
  for (const struct resume_frame *frame = jobs->frames; frame; frame = frame->outer) {
    if (!lua_isyieldable(L) || frame->co != L) return L;
    L = frame->from;
  }
  return NULL;
}

static int raise_obstacle(lua_State *L, lua_State *obstacle) {
  if (lua_isyieldable(obstacle))
    return luaL_error(L, "cannot wait inside a coroutine that was not resumed by reel's resume");
  const char *construct = reel_push_construct(obstacle);
  if (obstacle != L) lua_xmove(obstacle, L, 1);
  return luaL_error(L, "cannot wait inside %s: Lua cannot yield there", construct);
}

/* Raises the reason why can_park() is false. Frees op. */
static int raise_cannot_wait(lua_State *L, struct reel_op *op) {
  const struct reel_jobs *jobs = reel_jobs_get(L);
  if (op) op->type->free(op);
  if (!jobs->io) return luaL_error(L, "cannot wait any more: the runtime is closed");
  if (!jobs->running)
    return luaL_error(L, "cannot wait here: this is not a job (start one with reel.spawn)");
  if (jobs->running->state != RUNNING)
    return luaL_error(L, "cannot wait any more: the job was cancelled and did not end in time");
  return raise_obstacle(L, find_obstacle(jobs, L));
}

static bool can_park(const struct reel_jobs *jobs, lua_State *L) {
  if (!jobs->io) return false;
  if (!jobs->running) return jobs->may_block && !jobs->stepping;
  return jobs->running->state == RUNNING && !find_obstacle(jobs, L);
}

static void begin_wait(struct job *job, struct list *waiters, struct reel_op *op,
                       reel_job_push *push) {
  reel_jobs_free_op(job);
  job->wake = NOT_YET;
  job->push = push;
  job->state = WAITING;
  if (reel_jobs_must_cancel(job)) { /* raises in the next step: a loop of waits lets others run */
    if (op) op->type->free(op);
    reel_jobs_wake(job, BY_CANCEL);
    return;
  }
  job->op = op;
  if (op) {
    op->waiter = job;
    reel_io_post(job->jobs->io, op);
  }
  if (waiters) list_append(waiters, &job->queue);
  if (!op && !waiters) reel_jobs_wake(job, BY_SIGNAL);
}

static int resumed(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  struct job *job = reel_jobs_current(reel_jobs_get(L));
  if (job->wake == BY_CANCEL) {
    reel_jobs_push_value(L, CANCELLED_ERROR);
    return lua_error(L);
  }
  int count = job->push(L, job->op);
  reel_jobs_free_op(job); /* if push raises, the next wait or the end of the job frees op */
  return count;
}

static void block_until_woken(lua_State *L, struct reel_jobs *jobs);

int reel_jobs_park(lua_State *L, struct list *waiters, struct reel_op *op, reel_job_push *push) {
  struct reel_jobs *jobs = reel_jobs_get(L);
  if (!can_park(jobs, L)) return raise_cannot_wait(L, op);

  begin_wait(reel_jobs_current(jobs), waiters, op, push);
  if (jobs->running) return reel_job_pass(L, resumed);
  block_until_woken(L, jobs);
  return resumed(L, LUA_YIELD, 0);
}

/* For the bindings. */

int reel_job_await(lua_State *L, struct reel_op *op, reel_job_push *push) {
  return reel_jobs_park(L, NULL, op, push);
}

void reel_job_post(lua_State *L, struct reel_op *op) {
  reel_jobs_post(reel_job_scheduler(L), op);
}

struct reel_io *reel_job_io(lua_State *L) {
  return reel_job_scheduler(L)->io;
}

int reel_job_push_failure(lua_State *L, int status, const char *message) {
  lua_pushnil(L);
  lua_pushstring(L, reel_status_name(status));
  lua_pushstring(L, message ? message : reel_strerror(status));
  return 3;
}

/* Running. */

int reel_job_resume(lua_State *L, lua_State *co, int nargs, int *nresults) {
  struct reel_jobs *jobs = reel_jobs_get(L);
  struct resume_frame frame = {.co = co, .from = L, .outer = jobs->frames};
  lua_State *outer = jobs->running_state;
  if (reel_job_is_parked(co)) lua_pop(co, 1); /* the token */
  jobs->frames = &frame;
  jobs->running_state = co;
  reel_jobs_heed_interrupt(jobs, co);
  int status = lua_resume(co, L, nargs, nresults);
  jobs->running_state = outer;
  jobs->frames = frame.outer;
  if (outer) reel_jobs_heed_interrupt(jobs, outer);
  return status;
}

bool reel_job_is_root(lua_State *L) {
  const struct reel_jobs *jobs = reel_jobs_get(L);
  return jobs->running && jobs->running->co == L;
}

bool reel_job_is_shielded(lua_State *L) {
  return reel_jobs_current(reel_jobs_get(L))->shield == L;
}

static void run_job(lua_State *L, struct job *job) {
  struct reel_jobs *jobs = job->jobs;
  if (job->cancelled && !job->started) {
    reel_jobs_end_cancelled(L, job);
    return;
  }
  int count;
  job->started = true;
  job->state = RUNNING;
  jobs->running = job;
  int status = reel_job_resume(L, job->co, job->argument_count, &count);
  jobs->running = NULL;
  job->argument_count = 0;
  if (status == LUA_YIELD && reel_job_is_parked(job->co)) return;

  if (status != LUA_OK) { /* a yield of someone else, or out of memory in reel_jobs_body() */
    lua_pushstring(L, status == LUA_YIELD ? "attempt to yield from outside a coroutine"
                                          : lua_tostring(job->co, -1));
    lua_resetthread(job->co);
    reel_jobs_fail(L, job);
  }
  reel_jobs_end(L, job);
}

static void take_operations(struct reel_jobs *jobs) {
  struct list taken;
  list_init(&taken);
  reel_io_take(jobs->io, &taken);
  for (struct list *link; (link = list_pop(&taken));)
    deliver(CONTAINER_OF(link, struct reel_op, queue));
}

bool reel_jobs_is_over(const struct reel_jobs *jobs) {
  return reel_io_now_us() >= jobs->deadline_us;
}

/* Runs only the jobs that were ready at the start, so that jobs which wake one another cannot keep
 * the step from ending. Stops at an interrupt, since that is meant only for the job that runs when
 * it comes. */
static void run_ready(lua_State *L, struct reel_jobs *jobs) {
  const struct list *last = jobs->ready.prev;
  while (!list_is_empty(&jobs->ready) && !jobs->interrupted) {
    struct list *link = jobs->ready.next;
    list_remove(link);
    run_job(L, reel_jobs_as_queued(link));
    if (link == last || reel_jobs_is_over(jobs)) return;
  }
}

void reel_job_step(lua_State *L, uint64_t budget_us) {
  struct reel_jobs *jobs = reel_jobs_get(L);
  const struct resume_frame *frames = jobs->frames; /* of a wait in block_until_woken() */
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  uint64_t start_us = reel_io_now_us();
  reel_jobs_begin_step(jobs);
  jobs->frames = NULL;
  take_operations(jobs);
  if (jobs->interrupted) reel_jobs_answer_interrupt(L, jobs);
  if (!list_is_empty(&jobs->dying)) reel_jobs_reset_overdue(L, jobs);
  jobs->deadline_us = start_us + budget_us;
  if (!list_is_empty(&jobs->ready)) run_ready(L, jobs);
  jobs->frames = frames;
  reel_jobs_end_step(jobs);
  if (!list_is_empty(&jobs->ready) || jobs->interrupted) reel_jobs_request_step(jobs);
}

/* Ready jobs count, too: the fd is made readable when they become ready, or at the end of a step
 * that has not run them. */
bool reel_job_has_work(const struct reel_jobs *jobs) {
  return reel_io_is_notified(jobs->io);
}

void reel_job_end_step(struct reel_jobs *jobs) {
  if (!jobs->stepping) return;
  jobs->running = NULL;
  jobs->running_state = NULL;
  jobs->frames = NULL;
  reel_jobs_end_step(jobs);
  reel_jobs_request_step(jobs);
}

void reel_job_poll(struct reel_jobs *jobs, int timeout_ms) {
  struct pollfd notified = {.fd = reel_io_fd(jobs->io), .events = POLLIN};
  poll(&notified, 1, timeout_ms);
}

/* Waits outside of any job. At Ctrl-C the stock interpreter sets a hook on its main thread. The
 * hook cannot run during this wait, so a new hook is removed and ends the wait as a cancel does. */
static void block_until_woken(lua_State *L, struct reel_jobs *jobs) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  lua_State *main = lua_tothread(L, -1);
  lua_pop(L, 1);
  lua_Hook hook = lua_gethook(main);
  for (;;) {
    reel_job_step(L, BLOCKED_STEP_US);
    if (jobs->host.wake != NOT_YET) return;
    if (lua_gethook(main) != hook) {
      lua_sethook(main, NULL, 0, 0);
      reel_jobs_wake(&jobs->host, BY_CANCEL);
      return;
    }
    reel_job_poll(jobs, HOOK_CHECK_MS);
  }
}

/* New jobs. */

void reel_jobs_init_job(struct reel_jobs *jobs, struct job *job) {
  *job = (struct job){.jobs = jobs, .outcome = DONE};
  list_init(&job->children);
  list_init(&job->sibling);
  list_init(&job->queue);
  list_init(&job->dying);
  list_init(&job->waiters);
}

void reel_jobs_add(lua_State *L, struct job *job) {
  struct reel_jobs *jobs = reel_jobs_get(L);
  job->parent = jobs->running;
  job->ancestor = reel_jobs_current(jobs)->ancestor;
  if (job->parent) list_append(&job->parent->children, &job->sibling);
  reel_jobs_make_ready(job);
  if (job->parent && reel_jobs_must_cancel(job->parent)) reel_jobs_cancel(job);
  reel_jobs_request_step(jobs);
}

/* The scheduler itself. */

static void report_failures(lua_State *L) {
  reel_jobs_push_value(L, FAILURES);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    lua_getiuservalue(L, -1, ERROR);
    lua_getiuservalue(L, -2, TRACEBACK);
    const char *message = luaL_tolstring(L, -2, NULL);
    const char *traceback = luaL_tolstring(L, -2, NULL);
    reel_message("reel: a job failed, and the script did not look at its error: %s\n%s", message,
                 traceback);
    lua_pop(L, 4);
  }
  lua_pop(L, 1);
}

/* An operation that had not come back was freed with the I/O thread. */
static void drop_op(struct job *job) {
  if (job->wake == NOT_YET)
    job->op = NULL;
  else
    reel_jobs_free_op(job);
}

/* Lua finalizes objects in the reverse of the order in which they got their finalizers. The
 * scheduler is among the first to get one, so what other finalizers post still reaches the I/O
 * thread. */
static int scheduler_gc(lua_State *L) {
  struct reel_jobs *jobs = lua_touserdata(L, 1);
  if (!jobs->io) return 0; /* it never started, or reel_job_close() has ended it */

  reel_io_free(jobs->io, jobs->grace_ms);
  jobs->io = NULL;
  drop_op(&jobs->host);
  reel_jobs_push_value(L, LIVING);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) drop_op(lua_touserdata(L, -1));
  if (jobs->may_block) report_failures(L); /* in an embedding host, lua/reel/embed.lua logs them */
  return 0;
}

static void push_cancelled_error(lua_State *L) {
  lua_createtable(L, 0, 4);
  lua_pushliteral(L, "cancelled");
  lua_setfield(L, -2, "kind");
  lua_pushliteral(L, "the job was cancelled");
  lua_setfield(L, -2, "message");
}

static struct reel_jobs *push_scheduler(lua_State *L) {
  struct reel_jobs *jobs = lua_newuserdatauv(L, sizeof *jobs, SCHEDULER_VALUES);
  *jobs = (struct reel_jobs){.may_block = true, .owner = pthread_self(), .hook_count = HOOK_COUNT};
  reel_jobs_init_job(jobs, &jobs->host);
  list_init(&jobs->ready);
  list_init(&jobs->dying);
  lua_newtable(L);
  lua_setiuservalue(L, -2, LIVING);
  lua_newtable(L);
  lua_setiuservalue(L, -2, FAILURES);
  push_cancelled_error(L);
  lua_setiuservalue(L, -2, CANCELLED_ERROR);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, scheduler_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  reel_construct_init(L, jobs);
  return jobs;
}

struct reel_jobs *reel_job_scheduler(lua_State *L) {
  struct reel_jobs *jobs = reel_jobs_get(L);
  if (jobs) return jobs;

  jobs = push_scheduler(L);
  int status = reel_io_new(&reel_http_driver, &jobs->io);
  if (status != REEL_OK) luaL_error(L, "cannot start the I/O thread: %s", reel_strerror(status));
  reel_jobs_set(L);
  return jobs;
}

void reel_job_on_close(lua_State *L, lua_CFunction on_close) {
  reel_job_scheduler(L)->on_close = on_close;
}

void reel_job_close(lua_State *L) {
  lua_CFunction on_close = reel_jobs_get(L)->on_close;
  if (on_close) {
    lua_pushcfunction(L, on_close);
    lua_call(L, 0, 0);
  }
  lua_pushcfunction(L, scheduler_gc);
  reel_jobs_push(L);
  lua_call(L, 1, 0);
}

lua_Integer reel_job_ancestor(lua_State *L) {
  return reel_jobs_current(reel_jobs_get(L))->ancestor;
}

lua_Integer reel_job_set_ancestor(lua_State *L, lua_Integer ancestor) {
  struct job *job = reel_jobs_current(reel_jobs_get(L));
  lua_Integer before = job->ancestor;
  job->ancestor = ancestor;
  return before;
}

void reel_job_set_grace(struct reel_jobs *jobs, int grace_ms) {
  jobs->grace_ms = grace_ms;
}

void reel_job_set_blocking(struct reel_jobs *jobs, bool blocking) {
  jobs->may_block = blocking;
}

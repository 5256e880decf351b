/* The scheduler.
 *
 * A job is a coroutine that parks in one place, reel_jobs_park(), on an operation, on a list of waiters, or
 * on both (a wait with a timeout). Whatever ends the wait first calls wake(), which takes the other
 * back and puts the job into the ready queue; jobs are resumed from reel_job_step() alone. An
 * operation that nobody waits for any more has no waiter, so a late one can wake nobody. */
#include "job.h"

#include <errno.h>
#include <lauxlib.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "construct.h"
#include "io.h"
#include "job_state.h"
#include "status.h"

enum {
  GRACE_MS = 2000,    /* for a cancelled job to end by itself */
  HOOK_COUNT = 1000 /* instructions between two looks of an interrupt */
};

static const char scheduler_key, park_key;


/* Parts of the registry. */

struct reel_jobs *reel_jobs_get(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &scheduler_key);
  struct reel_jobs *jobs = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return jobs;
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

/* Keeps the job on top of the stack in LIVING or FAILURES, or drops it from there. */
void reel_jobs_keep(lua_State *L, int table, const struct job *job, bool kept) {
  reel_jobs_push_value(L, table);
  if (kept)
    lua_pushvalue(L, -2);
  else
    lua_pushnil(L);
  lua_rawsetp(L, -2, job);
  lua_pop(L, 1);
}

/* Waking. */

static void join_waiters(struct waiters *list, struct job *job) {
  job->list = list;
  job->next_waiter = NULL;
  job->prev_waiter = list->last;
  if (list->last)
    list->last->next_waiter = job;
  else
    list->first = job;
  list->last = job;
}

static void leave_waiters(struct job *job) {
  if (!job->list) return;

  if (job->prev_waiter)
    job->prev_waiter->next_waiter = job->next_waiter;
  else
    job->list->first = job->next_waiter;
  if (job->next_waiter)
    job->next_waiter->prev_waiter = job->prev_waiter;
  else
    job->list->last = job->prev_waiter;
  job->list = NULL;
}

static void make_ready(struct job *job) {
  struct reel_jobs *jobs = job->jobs;
  job->state = READY;
  job->next_ready = NULL;
  if (jobs->ready_last)
    jobs->ready_last->next_ready = job;
  else
    jobs->ready_first = job;
  jobs->ready_last = job;
}

static void let_go_of_op(struct job *job) {
  if (!job->op) return;
  job->op->waiter = NULL;
  reel_io_cancel(job->jobs->io, job->op);
  job->op = NULL;
}

static void wake(struct job *job, enum wake reason) {
  if (job->wake != NOT_YET) return;
  job->wake = reason;
  leave_waiters(job);
  if (reason != BY_OP) let_go_of_op(job);
  if (job->co) make_ready(job);
}

void reel_jobs_wake_all(struct waiters *list) {
  while (list->first) wake(list->first, BY_SIGNAL);
}

static void deliver(struct reel_op *op) {
  struct job *job = op->waiter;
  if (job)
    wake(job, BY_OP);
  else
    op->type->free(op);
}

/* Parking. */

static bool must_cancel(const struct job *job) {
  return job->cancelled && job->shield == 0;
}

static void free_op(struct job *job) {
  if (job->op) job->op->type->free(job->op);
  job->op = NULL;
}

/* L or the first coroutine around it that cannot yield; NULL if all can. */
static lua_State *find_unyieldable(const struct reel_jobs *jobs, lua_State *L) {
  if (!lua_isyieldable(L)) return L;
  for (const struct resume_frame *frame = jobs->frames; frame->outer; frame = frame->outer)
    if (!lua_isyieldable(frame->from)) return frame->from;
  return NULL;
}

static int resumed(lua_State *L, int status, lua_KContext context);
static void block(lua_State *L, struct reel_jobs *jobs);

static void begin_wait(struct job *job, struct waiters *list, struct reel_op *op,
                       reel_job_push *push) {
  free_op(job);
  job->wake = NOT_YET;
  job->push = push;
  job->state = WAITING;
  if (must_cancel(job)) { /* one turn of the loop, and then it raises: nobody spins */
    if (op) op->type->free(op);
    wake(job, BY_CANCEL);
    return;
  }
  job->op = op;
  if (op) {
    op->waiter = job;
    reel_io_post(job->jobs->io, op);
  }
  if (list) join_waiters(list, job);
}

/* A wait that cannot be: names what is in the way. */
static int refuse(lua_State *L, struct reel_op *op) {
  const struct reel_jobs *jobs = reel_jobs_get(L);
  if (op) op->type->free(op);
  if (!jobs->running)
    return luaL_error(L, "cannot wait here: this is not a job (start one with reel.spawn)");
  if (jobs->running->state != RUNNING)
    return luaL_error(L, "cannot wait any more: the job was cancelled and did not end in time");
  lua_State *where = find_unyieldable(jobs, L);
  const char *construct = reel_push_construct(where);
  if (where != L) lua_xmove(where, L, 1);
  return luaL_error(L, "cannot wait inside %s: Lua cannot yield there", construct);
}

static bool can_park(const struct reel_jobs *jobs, lua_State *L) {
  if (!jobs->running) return jobs->may_block && !jobs->stepping;
  return jobs->running->state == RUNNING && !find_unyieldable(jobs, L);
}

/* The one place where a job stops. op may be NULL if there is a list. */
int reel_jobs_park(lua_State *L, struct waiters *list, struct reel_op *op, reel_job_push *push) {
  struct reel_jobs *jobs = reel_jobs_get(L);
  if (!can_park(jobs, L)) return refuse(L, op);

  struct job *job = jobs->running ? jobs->running : &jobs->host;
  begin_wait(job, list, op, push);
  if (job->co) {
    lua_pushlightuserdata(L, (void *)&park_key);
    return lua_yieldk(L, 1, 0, resumed);
  }
  block(L, jobs);
  return resumed(L, LUA_YIELD, 0);
}

static int resumed(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  struct reel_jobs *jobs = reel_jobs_get(L);
  struct job *job = jobs->running ? jobs->running : &jobs->host;
  if (job->wake == BY_CANCEL) {
    reel_jobs_push_value(L, CANCELLED_ERROR);
    return lua_error(L);
  }
  int count = job->push(L, job->op);
  free_op(job); /* if push raised, the next wait or the job's end does it */
  return count;
}

int reel_job_await(lua_State *L, struct reel_op *op, reel_job_push *push) {
  return reel_jobs_park(L, NULL, op, push);
}

void reel_job_post(lua_State *L, struct reel_op *op) {
  reel_io_post(reel_job_io(L), op);
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

/* The end of a job. */

static void adopt_child(struct job *parent, struct job *child) {
  child->parent = parent;
  if (!parent) return;
  child->next_sibling = parent->first_child;
  if (parent->first_child) parent->first_child->prev_sibling = child;
  parent->first_child = child;
}

static void leave_parent(struct job *job) {
  struct job *parent = job->parent;
  if (!parent) return;
  if (job->prev_sibling)
    job->prev_sibling->next_sibling = job->next_sibling;
  else
    parent->first_child = job->next_sibling;
  if (job->next_sibling) job->next_sibling->prev_sibling = job->prev_sibling;
  job->parent = job->next_sibling = job->prev_sibling = NULL;
}

static void no_longer_dying(struct job *job) {
  struct job **link = &job->jobs->dying;
  while (*link && *link != job) link = &(*link)->next_dying;
  if (*link) *link = job->next_dying;
}

static void complete(lua_State *L, struct job *job) {
  struct job *parent = job->parent;
  job->state = !job->failed ? DONE : job->cancelled ? CANCELLED : FAILED;
  if (job->cancelled) no_longer_dying(job);
  reel_jobs_push_job(L, job);
  if (job->state == FAILED) reel_jobs_keep(L, FAILURES, job, true);
  reel_jobs_keep(L, LIVING, job, false);
  lua_pop(L, 1);
  reel_jobs_wake_all(&job->ended);
  leave_parent(job);
  if (parent && parent->state == ENDING && !parent->first_child) complete(L, parent);
}

static void cancel_children(lua_State *L, struct job *job) {
  struct job *next;
  for (struct job *child = job->first_child; child; child = next) {
    next = child->next_sibling;
    reel_jobs_cancel(L, child);
  }
}

/* The function is over; the job is when its children are. */
static void end(lua_State *L, struct job *job) {
  free_op(job);
  job->state = ENDING;
  if (job->failed) cancel_children(L, job);
  if (job->state == ENDING && !job->first_child) complete(L, job);
}

/* Takes the error on top of the stack as the job's own. */
static void fail(lua_State *L, struct job *job) {
  job->failed = true;
  reel_jobs_push_job(L, job);
  lua_insert(L, -2);
  reel_jobs_push_value(L, CANCELLED_ERROR);
  if (lua_rawequal(L, -1, -2)) job->cancelled = true;
  lua_pop(L, 1);
  lua_setiuservalue(L, -2, ERROR);
  lua_pop(L, 1);
}

static void push_cancelled_and_end(lua_State *L, struct job *job) {
  reel_jobs_push_value(L, CANCELLED_ERROR);
  fail(L, job);
  end(L, job);
}

/* Cancelling. */

static void plan_reset(struct job *job) {
  struct reel_jobs *jobs = job->jobs;
  job->reset_ms = reel_io_now_ms() + GRACE_MS;
  job->next_dying = jobs->dying;
  jobs->dying = job;
  struct reel_op *alarm = reel_io_sleep_new(GRACE_MS + 1); /* so that a step happens then */
  if (alarm) reel_io_post(jobs->io, alarm);
}

void reel_jobs_cancel(lua_State *L, struct job *job) {
  if (job->cancelled || job->state >= DONE) return;
  job->cancelled = true;
  plan_reset(job);
  if (job->state == ENDING) cancel_children(L, job);
  if (job->state == WAITING && job->shield == 0) wake(job, BY_CANCEL);
}

/* The coroutine that a suspended co runs through our resume or wrap, or NULL. */
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

/* The last resort for a job that was cancelled and goes on waiting. */
static void reset(struct job *job) {
  if (job->state != WAITING && job->state != READY) return;
  wake(job, BY_CANCEL);
  job->jobs->running = job;
  reset_coroutines(job->co);
  job->jobs->running = NULL;
  job->started = false; /* the ready queue ends it */
}

static void reset_the_overdue(struct reel_jobs *jobs) {
  uint64_t now_ms = reel_io_now_ms();
  struct job *next;
  for (struct job *job = jobs->dying; job; job = next) {
    next = job->next_dying;
    if (job->reset_ms <= now_ms && job->shield == 0 && job->started) reset(job);
  }
}

/* Running. */

static int keep_traceback(lua_State *L) {
  struct job *job = reel_jobs_get(L)->running;
  if (!job) return 1;
  reel_jobs_push_job(L, job);
  luaL_traceback(L, L, NULL, 1);
  lua_setiuservalue(L, -2, TRACEBACK);
  lua_pop(L, 1);
  return 1;
}

static int body_ended(lua_State *L, int status, lua_KContext context) {
  (void)context;
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - 1;
  fail(L, reel_jobs_get(L)->running);
  return 0;
}

/* A job's function runs under a pcall, so that its <close> variables may wait, too. */
int reel_jobs_body(lua_State *L) {
  lua_pushcfunction(L, keep_traceback);
  lua_insert(L, 1);
  int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, body_ended);
  return body_ended(L, status, 0);
}

static void stop_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  struct reel_jobs *jobs = reel_jobs_get(L);
  if (jobs->running) jobs->running->cancelled = true;
  reel_jobs_push_value(L, CANCELLED_ERROR);
  lua_error(L);
}

int reel_job_resume(lua_State *L, lua_State *co, int nargs, int *nresults) {
  struct reel_jobs *jobs = reel_jobs_get(L);
  struct resume_frame frame = {.from = L, .outer = jobs->frames};
  lua_State *outer = jobs->running_state;
  if (reel_job_is_parked(co)) lua_pop(co, 1); /* the token */
  jobs->frames = &frame;
  jobs->running_state = co;
  int status = lua_resume(co, L, nargs, nresults);
  jobs->running_state = outer;
  jobs->frames = frame.outer;
  if (lua_gethook(co) == stop_hook) lua_sethook(co, NULL, 0, 0);
  if (jobs->interrupted && outer) lua_sethook(outer, stop_hook, LUA_MASKCOUNT, HOOK_COUNT);
  return status;
}

static void run(lua_State *L, struct job *job) {
  struct reel_jobs *jobs = job->jobs;
  if (!job->started && job->cancelled) {
    push_cancelled_and_end(L, job);
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

  job->result_count = count;
  if (status != LUA_OK) { /* a yield that is not ours, or no memory for the rest */
    lua_pushstring(L, status == LUA_YIELD ? "attempt to yield from outside a coroutine"
                                          : lua_tostring(job->co, -1));
    lua_resetthread(job->co);
    fail(L, job);
  }
  end(L, job);
}

static void call_on_interrupt(lua_State *L, struct reel_jobs *jobs) {
  jobs->interrupted = 0;
  reel_jobs_push_value(L, ON_INTERRUPT);
  if (!lua_isfunction(L, -1))
    lua_pop(L, 1);
  else if (lua_pcall(L, 0, 0, 0) != LUA_OK)
    lua_pop(L, 1); /* its author hears of it: nothing was cancelled */
}

static void take_operations(struct reel_jobs *jobs) {
  struct reel_op *next;
  for (struct reel_op *op = reel_io_take(jobs->io); op; op = next) {
    next = op->next;
    deliver(op);
  }
}

static struct job *pop_ready(struct reel_jobs *jobs) {
  struct job *job = jobs->ready_first;
  jobs->ready_first = job->next_ready;
  if (!jobs->ready_first) jobs->ready_last = NULL;
  return job;
}

/* Runs what was ready at the start, so that jobs which wake one another cannot starve the rest. */
static void run_ready(lua_State *L, struct reel_jobs *jobs, uint64_t deadline_ms) {
  const struct job *last = jobs->ready_last;
  while (jobs->ready_first) {
    struct job *job = pop_ready(jobs);
    bool is_last = job == last;
    run(L, job);
    if (is_last || reel_io_now_ms() >= deadline_ms) return;
  }
}

void reel_job_step(lua_State *L, int budget_ms) {
  struct reel_jobs *jobs = reel_jobs_get(L);
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  jobs->stepping = true;
  take_operations(jobs);
  if (jobs->interrupted) call_on_interrupt(L, jobs);
  if (jobs->dying) reset_the_overdue(jobs);
  run_ready(L, jobs, reel_io_now_ms() + (uint64_t)budget_ms);
  jobs->stepping = false;
  if (jobs->ready_first) reel_io_ring(jobs->io);
}

void reel_job_poll(struct reel_jobs *jobs, int timeout_ms) {
  struct pollfd bell = {.fd = reel_io_fd(jobs->io), .events = POLLIN};
  poll(&bell, 1, timeout_ms);
}

void reel_job_interrupt(struct reel_jobs *jobs) {
  jobs->interrupted = 1;
  lua_State *L = jobs->running_state;
  if (L) lua_sethook(L, stop_hook, LUA_MASKCOUNT, HOOK_COUNT);
  reel_io_ring(jobs->io);
}

/* Waiting outside any job. The stock interpreter answers Ctrl-C with a hook of its own, which
 * cannot fire while we are here. */
static void block(lua_State *L, struct reel_jobs *jobs) {
  while (jobs->host.wake == NOT_YET) {
    reel_job_step(L, 1000);
    if (jobs->host.wake != NOT_YET) return;
    errno = 0;
    reel_job_poll(jobs, -1);
    if (errno == EINTR && lua_gethook(L)) {
      lua_sethook(L, NULL, 0, 0);
      wake(&jobs->host, BY_CANCEL);
    }
  }
}

bool reel_job_is_parked(lua_State *co) {
  return lua_status(co) == LUA_YIELD && lua_gettop(co) > 0 &&
         lua_touserdata(co, -1) == (void *)&park_key;
}

bool reel_job_is_root(lua_State *L) {
  const struct reel_jobs *jobs = reel_jobs_get(L);
  return jobs->running && jobs->running->co == L;
}

int reel_job_pass(lua_State *L, lua_KFunction k) {
  lua_pushlightuserdata(L, (void *)&park_key);
  return lua_yieldk(L, 1, 0, k);
}

void reel_jobs_add(lua_State *L, struct job *job) {
  adopt_child(job->jobs->running, job);
  make_ready(job);
  if (job->parent && must_cancel(job->parent)) reel_jobs_cancel(L, job);
  if (!job->jobs->stepping) reel_io_ring(job->jobs->io);
}

void reel_jobs_set_on_interrupt(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &scheduler_key);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, ON_INTERRUPT);
  lua_pop(L, 1);
}

void reel_jobs_detach(lua_State *L, struct job *job) {
  struct job *parent = job->parent;
  leave_parent(job);
  if (parent && parent->state == ENDING && !parent->first_child) complete(L, parent);
}

/* The scheduler itself. */

static void report_failures(lua_State *L) {
  reel_jobs_push_value(L, FAILURES);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    lua_getiuservalue(L, -1, ERROR);
    lua_getiuservalue(L, -2, TRACEBACK);
    const char *message = luaL_tolstring(L, -2, NULL);
    const char *traceback = luaL_tolstring(L, -2, NULL);
    fprintf(stderr, "reel: a job failed and nobody looked: %s\n%s\n", message, traceback);
    lua_pop(L, 4);
  }
  lua_pop(L, 1);
}

void reel_job_set_grace(struct reel_jobs *jobs, int grace_ms) {
  jobs->grace_ms = grace_ms;
}

/* The scheduler is the first object with a finalizer and so the last to be finalized: whatever
 * other finalizers post still reaches the I/O thread. */
static int scheduler_gc(lua_State *L) {
  struct reel_jobs *jobs = lua_touserdata(L, 1);
  if (jobs->io) report_failures(L);
  reel_io_free(jobs->io, jobs->grace_ms);
  jobs->io = NULL;
  return 0;
}

static void push_cancelled_error(lua_State *L) {
  lua_createtable(L, 0, 4);
  lua_pushliteral(L, "cancelled");
  lua_setfield(L, -2, "kind");
  lua_pushliteral(L, "the job was cancelled");
  lua_setfield(L, -2, "message");
}

struct reel_jobs *reel_job_scheduler(lua_State *L) {
  struct reel_jobs *jobs = reel_jobs_get(L);
  if (jobs) return jobs;

  jobs = lua_newuserdatauv(L, sizeof *jobs, SCHEDULER_VALUES);
  memset(jobs, 0, sizeof *jobs);
  jobs->may_block = true;
  jobs->host.jobs = jobs;
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
  int status = reel_io_new(&jobs->io);
  if (status != REEL_OK) luaL_error(L, "cannot start the I/O thread: %s", reel_strerror(status));
  lua_rawsetp(L, LUA_REGISTRYINDEX, &scheduler_key);
  return jobs;
}

void reel_job_set_blocking(struct reel_jobs *jobs, bool blocking) {
  jobs->may_block = blocking;
}

/* Jobs: Lua functions that run as coroutines and wait without blocking.
 *
 * A binding starts an operation and parks the running job on it:
 *
 *   static int clock_sleep(lua_State *L) {
 *     lua_Number seconds = luaL_checknumber(L, 1);             // all that may raise comes first
 *     struct reel_op *op = reel_io_sleep_new(...);
 *     if (!op) return luaL_error(L, "out of memory");
 *     return reel_job_await(L, op, push_nothing);              // always a tail call
 *   }
 *
 * Everything here is called on the host's thread, except reel_job_interrupt(). */
#ifndef REEL_BIND_JOB_H
#define REEL_BIND_JOB_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct reel_io;
struct reel_jobs;
struct reel_op;

/* Pushes what the waiting call returns, once op is back, and tells how many values. op is
 * *borrowed*: it is freed after the call, also when it raises. */
typedef int reel_job_push(lua_State *L, struct reel_op *op);

/* Posts op (*given*, whatever happens) and parks the running job until it is back; then push makes
 * the results. If the job is cancelled meanwhile, op is cancelled, push is never called and the
 * wait raises the cancelled error. Outside a job it blocks in an interpreter, and raises in an
 * embedding host. Use as `return reel_job_await(L, op, push);`. */
int reel_job_await(lua_State *L, struct reel_op *op, reel_job_push *push);

/* Posts op (*given*) and forgets it: its result is dropped when it is back. */
void reel_job_post(lua_State *L, struct reel_op *op);

/* The state's I/O thread. *Borrowed* until the state is closed; NULL when it is being closed. */
struct reel_io *reel_job_io(lua_State *L);

/* Pushes nil, the status word and a message (NULL: the status's own); returns 3. */
int reel_job_push_failure(lua_State *L, int status, const char *message);

/* For host/. */

/* The state's scheduler, made at the first call. *Borrowed* until the state is closed. Raises when
 * the I/O thread cannot start. */
struct reel_jobs *reel_job_scheduler(lua_State *L);

/* Whether a wait outside of a job blocks (an interpreter; the default) or raises (a host). */
void reel_job_set_blocking(struct reel_jobs *jobs, bool blocking);

/* Hands out what came back and runs what is ready, for about budget_us; never blocks. */
void reel_job_step(lua_State *L, uint64_t budget_us);

/* Whether a step would find anything to do. */
bool reel_job_has_work(const struct reel_jobs *jobs);

/* After a step that raised an error, which only a lack of memory makes it do. */
void reel_job_end_step(struct reel_jobs *jobs);

/* Blocks until reel_job_step() has work, or timeout_ms passed (-1: no limit), or a signal came. */
void reel_job_poll(struct reel_jobs *jobs, int timeout_ms);

/* Cancels the job that runs now, in the midst of its Lua code, and lets the next step call the
 * job.on_interrupt() function. From any thread and any signal handler. */
void reel_job_interrupt(struct reel_jobs *jobs);

/* Whether there was an interrupt since the last call that no job.on_interrupt() function took. */
bool reel_job_take_interrupt(struct reel_jobs *jobs);

/* A number that jobs inherit from the job that spawns them, 0 for those of the host. Sets that of
 * the running job, or of the host if none runs, and returns what it was. */
lua_Integer reel_job_set_origin(lua_State *L, lua_Integer origin);
lua_Integer reel_job_origin(lua_State *L);

/* Lets reel_job_close() call a function first, without arguments: for what has to end before the I/O
 * thread does. There is one such function; a later call replaces it. */
void reel_job_on_close(lua_State *L, lua_CFunction on_close);

/* Ends the I/O thread before the state is closed. Jobs never go on, and waits raise. */
void reel_job_close(lua_State *L);

/* How long creates in flight may take to end when the state is closed; 0 by default. */
void reel_job_set_grace(struct reel_jobs *jobs, int grace_ms);

/* For coroutine.c, which lets waits pass through the user's coroutines. */

/* Whether co is suspended in a wait. */
bool reel_job_is_parked(lua_State *co);

/* Whether L is the coroutine of a job itself. */
bool reel_job_is_root(lua_State *L);

/* Whether L is inside a reel.shield of its own. */
bool reel_job_is_shielded(lua_State *L);

/* Resumes co from L, as lua_resume does; a parked co goes on behind its wait. */
int reel_job_resume(lua_State *L, lua_State *co, int nargs, int *nresults);

/* Parks L too, since the coroutine it runs is parked; k is called when the wait is over. That L can
 * yield was seen to before the wait began. Use as `return reel_job_pass(L, k);`. */
int reel_job_pass(lua_State *L, lua_KFunction k);

int luaopen_reel_core_job(lua_State *L);
int luaopen_reel_core_coroutine(lua_State *L);

#endif

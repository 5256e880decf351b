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

/* Called once op is back. Pushes the values that the waiting call returns, and returns their
 * number. op is *borrowed*: it is freed afterwards, also when this function raises. */
typedef int reel_job_push(lua_State *L, struct reel_op *op);

/* Posts op (*given*, also when this raises) and parks the running job until op is back; then push
 * makes the results. If the job is cancelled meanwhile, op is cancelled, push is never called and
 * the wait raises the cancelled error. Outside of a job, the function blocks in an interpreter and
 * raises in an embedding host. Use as `return reel_job_await(L, op, push);`. */
int reel_job_await(lua_State *L, struct reel_op *op, reel_job_push *push);

/* Posts op (*given*). Its result is dropped when op is back. */
void reel_job_post(lua_State *L, struct reel_op *op);

/* The state's I/O thread. *Borrowed* until the state is closed; NULL when it is being closed. */
struct reel_io *reel_job_io(lua_State *L);

/* Pushes nil, the word of the status and a message (NULL: that of the status); returns 3. */
int reel_job_push_failure(lua_State *L, int status, const char *message);

/* For src/host/. */

/* The state's scheduler, made at the first call. *Borrowed* until the state is closed. Raises when
 * the I/O thread cannot start. */
struct reel_jobs *reel_job_scheduler(lua_State *L);

/* Sets whether a wait outside of a job blocks (for an interpreter; the default) or raises (for an
 * embedding host). */
void reel_job_set_blocking(struct reel_jobs *jobs, bool blocking);

/* Takes back finished operations and runs ready jobs, for about budget_us. Never blocks. */
void reel_job_step(lua_State *L, uint64_t budget_us);

/* Whether a step would find anything to do. */
bool reel_job_has_work(const struct reel_jobs *jobs);

/* Must be called after a reel_job_step() that raised. A step raises only when memory runs out. */
void reel_job_end_step(struct reel_jobs *jobs);

/* Blocks until reel_job_step() has work, timeout_ms have passed (-1: no limit) or a signal came. */
void reel_job_poll(struct reel_jobs *jobs, int timeout_ms);

/* Cancels the running job in the middle of its Lua code. The next step calls the function that
 * job.on_interrupt() has set. Callable from any thread and any signal handler. */
void reel_job_interrupt(struct reel_jobs *jobs);

/* Returns whether an interrupt has come since the last call while no job.on_interrupt() function
 * was set. */
bool reel_job_take_interrupt(struct reel_jobs *jobs);

/* The ancestor is the number of the job, started by the host, from which a job descends; 0: none.
 * A job inherits it from the job that spawns it. Both functions mean the running job, or the host
 * if none runs. The first one returns the number that was set before. */
lua_Integer reel_job_set_ancestor(lua_State *L, lua_Integer ancestor);
lua_Integer reel_job_ancestor(lua_State *L);

/* Sets the function that reel_job_close() calls first, without arguments, to end what has to end
 * before the I/O thread does. A later call replaces the function. */
void reel_job_on_close(lua_State *L, lua_CFunction on_close);

/* Ends the I/O thread before the state is closed. From then on no job runs, and waits raise. */
void reel_job_close(lua_State *L);

/* Sets how long creates in flight may take to end when the state is closed; default 0. */
void reel_job_set_grace(struct reel_jobs *jobs, int grace_ms);

/* For coroutine.c, which lets waits pass through the user's coroutines. */

/* Whether co is suspended in a wait. */
bool reel_job_is_parked(lua_State *co);

/* Whether L is the coroutine of a job itself. */
bool reel_job_is_root(lua_State *L);

/* Whether L is inside a reel.shield of its own. */
bool reel_job_is_shielded(lua_State *L);

/* Resumes co from L, as lua_resume does. A parked co goes on after its wait. */
int reel_job_resume(lua_State *L, lua_State *co, int nargs, int *nresults);

/* Parks L, too, since the coroutine that it runs is parked; k is called when the wait is over. L
 * can yield here: that was checked before the wait began. Use as `return reel_job_pass(L, k);`. */
int reel_job_pass(lua_State *L, lua_KFunction k);

int luaopen_reel_core_job(lua_State *L);
int luaopen_reel_core_coroutine(lua_State *L);

#endif

/* Jobs: Lua functions that run as coroutines and wait without blocking. job.c is the only file
 * that yields or resumes; a binding starts an operation and parks on it:
 *
 *   static int clock_sleep(lua_State *L) {
 *     lua_Number seconds = luaL_checknumber(L, 1);             // all that may raise comes first
 *     struct reel_op *op = reel_io_sleep_new(...);
 *     if (!op) return luaL_error(L, "out of memory");
 *     return reel_job_await(L, op, push_nothing);              // always a tail call
 *   }
 *
 * Everything here is called on the host's thread. */
#ifndef REEL_BIND_JOB_H
#define REEL_BIND_JOB_H

#include <lua.h>
#include <stdbool.h>

struct reel_io;
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

/* The state's I/O thread. *Borrowed* until the state is closed. */
struct reel_io *reel_job_io(lua_State *L);

/* Pushes nil, the status word and a message (NULL: the status's own); returns 3. */
int reel_job_push_failure(lua_State *L, int status, const char *message);

int luaopen_reel_core_job(lua_State *L);

#endif

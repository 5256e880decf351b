/* Finds and names what in a Lua stack prevents a yield, for the error of a wait. */
#ifndef REEL_BIND_CONSTRUCT_H
#define REEL_BIND_CONSTRUCT_H

#include <lua.h>

struct reel_jobs;

/* Stores the addresses of Lua's own functions that pass a yield on, as the globals are now. */
void reel_construct_init(lua_State *L, struct reel_jobs *jobs);

/* Pushes and returns a description of what prevents a yield in L: the innermost C function that
 * does not pass a yield on ("function 'table.sort'"), or a finalizer. */
const char *reel_push_construct(lua_State *L);

#endif

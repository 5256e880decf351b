#ifndef REEL_BIND_CONSTRUCT_H
#define REEL_BIND_CONSTRUCT_H

#include <lua.h>

struct reel_jobs;

/* Notes Lua's own functions that pass a yield on, as the state has them now. */
void reel_construct_init(lua_State *L, struct reel_jobs *jobs);

/* Pushes, and returns, the construct in L that cannot yield: the innermost C function that is none
 * of those that pass a yield on ("function 'table.sort'"), or a finalizer. */
const char *reel_push_construct(lua_State *L);

#endif

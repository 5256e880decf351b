/* When a wait fails because its Lua stack cannot yield, names what prevents the yield. */
#ifndef REEL_BIND_CONSTRUCT_H
#define REEL_BIND_CONSTRUCT_H

#include <lua.h>

struct reel_jobs;

/* Stores the addresses of the C functions pcall, xpcall and dofile, which do not prevent a yield.
 * Takes them from the globals of these names. */
void reel_construct_init(lua_State *L, struct reel_jobs *jobs);

/* Pushes and returns a description of what prevents a yield in L: the innermost C function that
 * cannot be yielded across ("function 'table.sort'"), a finalizer, or the closing of a
 * coroutine. */
const char *reel_push_construct(lua_State *L);

#endif

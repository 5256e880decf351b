/* A runtime on a thread of its own. Lua code of another runtime starts it for work that would block
 * the host of that runtime. lua/reel/_meta/thread.lua describes the Lua functions. */
#ifndef REEL_THREAD_H
#define REEL_THREAD_H

#include <lua.h>

/* A lua_CFunction: opens the module reel.thread. When the jobs of the Lua state are closed, the
 * threads that the state has started are ended at once. */
int reel_thread_open(lua_State *L);

#endif

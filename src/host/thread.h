/* A runtime on a thread of its own, which Lua of another one starts: for work that would hold the
 * other's host. lua/reel/_meta/thread.lua tells what Lua sees of it. */
#ifndef REEL_THREAD_H
#define REEL_THREAD_H

#include <lua.h>

/* lua_CFunction: opens the module reel.thread. When the state's jobs are closed, the threads that it
 * has started are ended at once. */
int reel_thread_open(lua_State *L);

#endif

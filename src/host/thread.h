/* A runtime on a thread of its own, which Lua of another one starts: for work that would hold the
 * other's host. Part of the roof; lua/reel/_meta/thread.lua tells what Lua sees of it. */
#ifndef REEL_THREAD_H
#define REEL_THREAD_H

#include <lua.h>

/* lua_CFunction: opens the module reel.thread. */
int reel_thread_open(lua_State *L);

/* lua_CFunction: ends the threads that the state has started, at once. */
int reel_thread_close_all(lua_State *L);

#endif

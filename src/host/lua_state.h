#pragma once

#include <lua.h>

/* Returns a new Lua state with the standard libraries, which the caller closes with lua_close();
 * NULL when memory is short. Every Lua state that reel makes comes from here: what all of them
 * share, such as the allocator and the collector's pace, is set in this one place. */
lua_State *reel_lua_state_new(void);

#pragma once

#include <lua.h>

/* Returns a new Lua state with the standard libraries, which the caller closes with lua_close();
 * NULL when memory is short. Every Lua state that reel makes comes from here: what all of them
 * share, such as the allocator, the collector's pace and the search for modules, is set in this one
 * place. package.path and package.cpath have no relative entries. */
lua_State *reel_lua_state_new(void);

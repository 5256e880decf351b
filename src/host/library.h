/* Gives a Lua state the reel library: the C modules, and the Lua modules inside the program. */
#ifndef REEL_LIBRARY_H
#define REEL_LIBRARY_H

#include <lua.h>

/* A lua_CFunction: makes require "reel" load the modules that are compiled into the program. */
int reel_library_open(lua_State *L);

/* Pushes require(module)[name]. Raises an error if that fails. */
void reel_library_push(lua_State *L, const char *module, const char *name);

#endif

/* The Lua side of a runtime's opening: the library inside the program, and the host's modules. */
#ifndef REEL_LIBRARY_H
#define REEL_LIBRARY_H

#include <lua.h>

/* lua_CFunction: makes require "reel" find the library that is carried along. */
int reel_library_open(lua_State *L);

/* Pushes require(module)[name]. Raises. */
void reel_library_push(lua_State *L, const char *module, const char *name);

#endif

/* The folder handles of reel.core.folder, for other modules that take one. */
#ifndef REEL_BIND_FOLDER_H
#define REEL_BIND_FOLDER_H

#include <lua.h>

#include "system/folder.h"

/* The open folder at an index. Raises if there is none. *Borrowed* from the Lua value. */
struct reel_folder *reel_check_folder(lua_State *L, int arg);

/* The name of a file in a folder, which is an argument. Raises if it is none. */
const char *reel_check_folder_name(lua_State *L, int arg);

#endif

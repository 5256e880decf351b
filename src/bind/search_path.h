/* The entries of package.path and package.cpath. An entry that does not begin with a slash leads to
 * another file in every folder, and the current folder may be a stranger's, so reel itself loads
 * nothing by such an entry. */
#ifndef REEL_BIND_SEARCH_PATH_H
#define REEL_BIND_SEARCH_PATH_H

#include <lua.h>
#include <stdbool.h>

/* Sets a field ("path" or "cpath") of the table `package` at `index` to the absolute entries of
 * `value`, which is copied. NULL counts as a path without entries. */
void reel_search_path_set(lua_State *L, int index, const char *name, const char *value);

/* Loads the libraries that reel takes from elsewhere, cjson and lfs, unless they are loaded. They
 * are C modules, so only package.preload and the absolute entries of package.cpath are searched.
 * The state's own paths stay as they are. Returns false, with a message on top of the stack, if one
 * is not found or fails. */
bool reel_search_path_load_libraries(lua_State *L);

#endif

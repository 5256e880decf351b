/* reel.core: makes the modules reel.core.<noun> known to require(). All use one scheduler. It also
 * loads the libraries of others that reel needs, before a Lua module of reel requires them by paths
 * that may have relative entries. */
#include "bind/core.h"

#include <lauxlib.h>

#include "bind/job/job.h"
#include "bind/search_path.h"

static const luaL_Reg modules[] = {{"reel.core.coroutine", luaopen_reel_core_coroutine},
                                   {"reel.core.data", luaopen_reel_core_data},
                                   {"reel.core.digest", luaopen_reel_core_digest},
                                   {"reel.core.editor", luaopen_reel_core_editor},
                                   {"reel.core.files", luaopen_reel_core_files},
                                   {"reel.core.folder", luaopen_reel_core_folder},
                                   {"reel.core.http", luaopen_reel_core_http},
                                   {"reel.core.job", luaopen_reel_core_job},
                                   {"reel.core.journal", luaopen_reel_core_journal},
                                   {"reel.core.json", luaopen_reel_core_json},
                                   {"reel.core.owned", luaopen_reel_core_owned},
                                   {"reel.core.poll", luaopen_reel_core_poll},
                                   {"reel.core.process", luaopen_reel_core_process},
                                   {"reel.core.sender", luaopen_reel_core_sender},
                                   {"reel.core.server", luaopen_reel_core_server},
                                   {"reel.core.terminal", luaopen_reel_core_terminal},
                                   {"reel.core.url", luaopen_reel_core_url},
                                   {NULL, NULL}};

/* If a library is not found here, an interpreter finds it later by its own paths, or says what is
 * missing. host/library.c is stricter. */
static void load_libraries(lua_State *L) {
  if (!reel_search_path_load_libraries(L)) lua_pop(L, 1);
}

int luaopen_reel_core(lua_State *L) {
  load_libraries(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  luaL_setfuncs(L, modules, 0);
  lua_pop(L, 1);
  luaL_requiref(L, "reel.core.coroutine", luaopen_reel_core_coroutine, 0);
  lua_newtable(L);
  lua_pushliteral(L, REEL_VERSION);
  lua_setfield(L, -2, "version");
  return 1;
}

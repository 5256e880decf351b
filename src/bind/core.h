/* The open functions of the C modules. Those of the scheduler are in bind/job/job.h. */
#ifndef REEL_BIND_CORE_H
#define REEL_BIND_CORE_H

#include <lua.h>

/* The function that an interpreter looks up in core.so. */
__attribute__((visibility("default"))) int luaopen_reel_core(lua_State *L);
int luaopen_reel_core_data(lua_State *L);
int luaopen_reel_core_digest(lua_State *L);
int luaopen_reel_core_editor(lua_State *L);
int luaopen_reel_core_files(lua_State *L);
int luaopen_reel_core_folder(lua_State *L);
int luaopen_reel_core_http(lua_State *L);
int luaopen_reel_core_json(lua_State *L);
int luaopen_reel_core_journal(lua_State *L);
int luaopen_reel_core_owned(lua_State *L);
int luaopen_reel_core_poll(lua_State *L);
int luaopen_reel_core_process(lua_State *L);
int luaopen_reel_core_sender(lua_State *L);
int luaopen_reel_core_server(lua_State *L);
int luaopen_reel_core_terminal(lua_State *L);
int luaopen_reel_core_url(lua_State *L);

#endif

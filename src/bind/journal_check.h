#ifndef REEL_BIND_JOURNAL_CHECK_H
#define REEL_BIND_JOURNAL_CHECK_H

#include <lua.h>

struct reel_journal;

/* The open journal at an argument; raises for anything else. *Borrowed* until it is closed;
 * reel_journal_keep() keeps its memory. */
struct reel_journal *reel_check_journal(lua_State *L, int arg);

#endif

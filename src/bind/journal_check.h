/* The check of journal arguments, for journal.c and the bindings that take a journal. */
#ifndef REEL_BIND_JOURNAL_CHECK_H
#define REEL_BIND_JOURNAL_CHECK_H

#include <lua.h>

struct reel_journal;

/* Returns the journal at an argument; raises if it is closed or is no journal. *Borrowed* until the
 * journal is closed; reel_journal_keep() keeps its memory longer. */
struct reel_journal *reel_check_journal(lua_State *L, int arg);

#endif

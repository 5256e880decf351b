/* reel.core.coroutine: replaces coroutine.resume, wrap, close and yield, so that a wait inside a
 * user's coroutine parks the whole job. After the wait the coroutine goes on as if it had not
 * waited. */
#include <lauxlib.h>

#include "bind/job/job.h"

static lua_State *check_coroutine(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co, 1, "coroutine");
  return co;
}

/* Returns false if co can be resumed; otherwise pushes the reason and returns true. */
static bool push_resume_error(lua_State *L, lua_State *co, int nargs) {
  if (reel_job_is_parked(co)) {
    lua_pushliteral(L, "cannot resume a coroutine that waits in a job");
  } else if (lua_status(co) == LUA_OK && lua_gettop(co) == 0) {
    lua_pushliteral(L, "cannot resume dead coroutine");
  } else if (!lua_checkstack(co, nargs)) {
    lua_pushliteral(L, "too many arguments to resume");
  } else {
    return false;
  }
  return true;
}

enum { PARKED = -2, RAISED = -1 };

/* Resumes co and moves its results or its error to L's stack. Returns the number of results; RAISED
 * after an error; PARKED, with nothing moved, if co waits. */
static int advance(lua_State *L, lua_State *co, int nargs) {
  int count;
  int status = reel_job_resume(L, co, nargs, &count);
  if (status == LUA_YIELD && reel_job_is_parked(co)) return PARKED;
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(co, L, 1);
    return RAISED;
  }
  if (!lua_checkstack(L, count + 1)) {
    lua_pop(co, count);
    lua_pushliteral(L, "too many results to resume");
    return RAISED;
  }
  lua_xmove(co, L, count);
  return count;
}

static int resume_again(lua_State *L, int status, lua_KContext context);

static int finish_resume(lua_State *L, int count) {
  if (count == PARKED) return reel_job_pass(L, resume_again);
  lua_pushboolean(L, count != RAISED);
  int results = count == RAISED ? 1 : count;
  lua_insert(L, -(results + 1));
  return results + 1;
}

static int resume_again(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return finish_resume(L, advance(L, lua_tothread(L, 1), 0));
}

static int coroutine_resume(lua_State *L) {
  lua_State *co = check_coroutine(L);
  int nargs = lua_gettop(L) - 1;
  if (push_resume_error(L, co, nargs)) return finish_resume(L, RAISED);
  lua_xmove(L, co, nargs);
  return finish_resume(L, advance(L, co, nargs));
}

/* The wrapped coroutine is upvalue 1. While it runs, it is also at index 1 of the stack, where
 * coroutine.resume has its own; end.c finds both there. */
static int wrap_again(lua_State *L, int status, lua_KContext context);

static int raise_wrapped(lua_State *L, lua_State *co) {
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD && lua_resetthread(co) != LUA_OK) {
    lua_pop(L, 1);
    lua_xmove(co, L, 1);
  }
  if (lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int finish_wrap(lua_State *L, lua_State *co, int count) {
  if (count == PARKED) return reel_job_pass(L, wrap_again);
  return count == RAISED ? raise_wrapped(L, co) : count;
}

static int wrap_again(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  lua_State *co = lua_tothread(L, 1);
  return finish_wrap(L, co, advance(L, co, 0));
}

static int wrapped(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int nargs = lua_gettop(L);
  if (push_resume_error(L, co, nargs)) return finish_wrap(L, co, RAISED);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_xmove(L, co, nargs);
  return finish_wrap(L, co, advance(L, co, nargs));
}

static int coroutine_wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, wrapped, 1);
  return 1;
}

/* A shield belongs to the job that runs it. After a yield out of it another job could resume the
 * coroutine, or none would, and the shield would never end. */
static int coroutine_yield(lua_State *L) {
  if (reel_job_is_root(L)) return luaL_error(L, "attempt to yield from outside a coroutine");
  if (reel_job_is_shielded(L)) return luaL_error(L, "attempt to yield out of a shield");
  return lua_yield(L, lua_gettop(L));
}

/* Upvalue 1 is Lua's own close. */
static int coroutine_close(lua_State *L) {
  if (reel_job_is_parked(check_coroutine(L)))
    return luaL_error(L, "cannot close a coroutine that waits in a job");
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, LUA_MULTRET);
  return lua_gettop(L);
}

static const luaL_Reg replacements[] = {{"resume", coroutine_resume},
                                        {"wrap", coroutine_wrap},
                                        {"yield", coroutine_yield},
                                        {NULL, NULL}};

/* Returns the coroutine library, with the replacements in it. */
int luaopen_reel_core_coroutine(lua_State *L) {
  reel_job_scheduler(L);
  lua_getglobal(L, "coroutine");
  lua_getfield(L, -1, "close");
  if (lua_tocfunction(L, -1) == coroutine_close) { /* replaced already */
    lua_pop(L, 1);
    return 1;
  }
  lua_pushcclosure(L, coroutine_close, 1);
  lua_setfield(L, -2, "close");
  luaL_setfuncs(L, replacements, 0);
  return 1;
}

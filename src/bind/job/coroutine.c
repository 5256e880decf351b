/* coroutine.resume, wrap, close and yield that know of waits: a wait inside a user's coroutine
 * parks the whole job, and the coroutine goes on behind it as if nothing had happened. */
#include <lauxlib.h>

#include "bind/job/job.h"

static lua_State *check_coroutine(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co, 1, "coroutine");
  return co;
}

/* Pushes why co cannot be resumed and returns true, or returns false. */
static bool refuse(lua_State *L, lua_State *co, int nargs) {
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

/* Runs co on; its results, or its error, end on L's stack. Negative: an error; PARKED: it waits. */
enum { PARKED = -2, RAISED = -1 };

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
  if (refuse(L, co, nargs)) return finish_resume(L, RAISED);
  lua_xmove(L, co, nargs);
  return finish_resume(L, advance(L, co, nargs));
}

/* A wrapped coroutine is an upvalue; while it runs it also lies in slot 1, where resume has it. */
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
  if (refuse(L, co, nargs)) return finish_wrap(L, co, RAISED);
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

/* A shield belongs to its job: it must not be left for another, nor for good. */
static int coroutine_yield(lua_State *L) {
  if (reel_job_is_root(L)) return luaL_error(L, "attempt to yield from outside a coroutine");
  if (reel_job_is_shielded(L)) return luaL_error(L, "attempt to yield out of a shield");
  return lua_yield(L, lua_gettop(L));
}

/* upvalue 1: Lua's own close */
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
  if (lua_tocfunction(L, -1) == coroutine_close) { /* done before */
    lua_pop(L, 1);
    return 1;
  }
  lua_pushcclosure(L, coroutine_close, 1);
  lua_setfield(L, -2, "close");
  luaL_setfuncs(L, replacements, 0);
  return 1;
}

/* The runtime behind reel.h.
 *
 * The host holds a handle (struct reel) that outlives its runtime: interrupts come from signal
 * handlers and other threads, which cannot know that the runtime has just been closed. Closing
 * frees the runtime (struct runtime) as soon as no interrupt is under way. */
#include "reel.h"

#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/job/job.h"
#include "loop/io.h"
#include "host/event.h"
#include "host/library.h"
#include "host/lua_state.h"

enum { KNOWN_FLAGS = REEL_STDIO | REEL_LOCAL | REEL_BLOCKING, MESSAGE_SIZE = 1024 };

static const double MAX_SECONDS = 1e6;

struct runtime {
  lua_State *L; /* the main thread */
  bool owns_state;
  bool is_inside; /* a step, a wait or a close is running */
  struct reel_jobs *jobs;
  struct reel_events events, **link; /* link: in the Lua state */
  int64_t last_job;
  locale_t numbers; /* the host's locale, with the number format of the "C" locale */
  locale_t hosts;   /* the host's own locale while `numbers` is in force; else 0 */
  char message[MESSAGE_SIZE];
};

struct reel {
  pthread_t owner; /* the thread that may use the runtime; constant, so any thread may read it */
  _Atomic(struct runtime *) runtime; /* NULL: closed */
  atomic_int interrupts;             /* calls of reel_interrupt() under way */
  struct reel *next;                 /* in `closed` */
};

/* The handles of closed runtimes, so that leak checkers find a pointer to each. */
static _Atomic(struct reel *) closed;

/* Why this thread's last opening failed; kept here since there is no runtime that could keep it. */
static _Thread_local char opening_message[MESSAGE_SIZE];

/* Calls. */

static int fail(struct runtime *rt, int status, const char *message) {
  snprintf(rt->message, sizeof rt->message, "%s", message ? message : reel_strerror(status));
  return status;
}

/* Every function for the runtime's own thread begins with this call. Another thread is refused
 * before the runtime is read, since the owner may be closing it. */
static int enter(const struct reel *r, struct runtime **out) {
  if (!r) return REEL_INVALID;
  if (!pthread_equal(r->owner, pthread_self())) return REEL_STATE;
  struct runtime *rt = r->runtime;
  if (!rt) return REEL_CLOSED;
  *out = rt;
  return REEL_OK;
}

/* The same for functions that must not be called while Lua code of this runtime runs. */
static int enter_outside(const struct reel *r, struct runtime **out) {
  struct runtime *rt;
  int status = enter(r, &rt);
  if (status != REEL_OK) return status;
  if (rt->is_inside) return fail(rt, REEL_STATE, "called from within a call of this runtime");
  *out = rt;
  return REEL_OK;
}

/* Sets a locale with a decimal point, since Lua reads and writes numbers by its thread's locale. */
static void begin_lua(struct runtime *rt) {
  if (strcmp(nl_langinfo(RADIXCHAR), ".") == 0) return;
  if (!rt->numbers)
    rt->numbers = newlocale(LC_NUMERIC_MASK, "C", duplocale(uselocale((locale_t)0)));
  if (rt->numbers) rt->hosts = uselocale(rt->numbers);
}

static void end_lua(struct runtime *rt) {
  if (rt->hosts) uselocale(rt->hosts);
  rt->hosts = (locale_t)0;
}

/* Calls function(argument) protected, on the main Lua thread, also while Lua code runs there. */
static int call_lua(struct runtime *rt, lua_CFunction function, void *argument) {
  lua_State *L = rt->L;
  bool is_outermost = !rt->hosts;
  if (!lua_checkstack(L, LUA_MINSTACK)) return fail(rt, REEL_NOMEM, NULL);
  if (is_outermost) begin_lua(rt);
  lua_pushcfunction(L, function);
  lua_pushlightuserdata(L, argument);
  int status = lua_pcall(L, 1, 0, 0);
  if (status != LUA_OK) {
    const char *message = lua_tostring(L, -1);
    status = fail(rt, status == LUA_ERRMEM ? REEL_NOMEM : REEL_SCRIPT, message);
    lua_pop(L, 1);
  }
  if (is_outermost) end_lua(rt);
  return status;
}

/* Opening. */

static const char link_key;

struct opening {
  struct runtime *rt;
  const struct reel_config *config;
  bool has_library;
};

/* Pushes the function that adds events. Lua may keep it after the runtime was closed, so it reaches
 * the queue through a link, which is then set to NULL. */
static void push_emit(lua_State *L, struct runtime *rt) {
  rt->link = lua_newuserdatauv(L, sizeof *rt->link, 0);
  *rt->link = &rt->events;
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &link_key);
  reel_events_push_emit(L);
}

static void set_flag(lua_State *L, const char *name, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

static void push_options(lua_State *L, const struct runtime *rt, const struct reel_config *config) {
  bool to_stdio = config->flags & REEL_STDIO;
  lua_createtable(L, 0, 5);
  set_flag(L, "stdio", to_stdio && !config->log);
  set_flag(L, "print", config->print || (rt->owns_state && !to_stdio));
  set_flag(L, "owns_state", rt->owns_state);
  set_flag(L, "use_local", config->flags & REEL_LOCAL);
  lua_pushstring(L, config->folder);
  lua_setfield(L, -2, "folder");
}

static int open_runtime(lua_State *L) {
  struct opening *opening = lua_touserdata(L, 1);
  struct runtime *rt = opening->rt;
  reel_library_open(L);
  opening->has_library = true;
  rt->jobs = reel_job_scheduler(L);
  reel_job_set_blocking(rt->jobs, opening->config->flags & REEL_BLOCKING);
  reel_library_push(L, "reel.embed", "open");
  push_emit(L, rt);
  push_options(L, rt, opening->config);
  lua_call(L, 2, 0);
  return 0;
}

static void free_runtime(struct runtime *rt) {
  if (!rt) return;
  if (rt->link) *rt->link = NULL;
  begin_lua(rt); /* lua_close runs finalizers, which are Lua code */
  if (rt->owns_state && rt->L) lua_close(rt->L);
  end_lua(rt);
  reel_events_clear(&rt->events);
  if (rt->numbers) freelocale(rt->numbers);
  free(rt);
}

static int open_in_state(struct runtime *rt, const struct reel_config *config) {
  rt->events.print = config->print;
  rt->events.log = config->log;
  rt->events.data = config->data;
  struct opening opening = {rt, config, false};
  int status = call_lua(rt, open_runtime, &opening);
  if (status != REEL_OK) memcpy(opening_message, rt->message, sizeof opening_message);
  bool has_no_thread = opening.has_library && !rt->jobs;
  return status == REEL_SCRIPT && has_no_thread ? REEL_SYSTEM : status;
}

static int check_config(const struct reel_config **config) {
  static const struct reel_config none;
  if (!*config) *config = &none;
  return (*config)->flags & ~(unsigned)KNOWN_FLAGS ? REEL_INVALID : REEL_OK;
}

/* Opens a runtime in the state L, or in a new state if L is NULL. */
static int open_any(lua_State *L, const struct reel_config *config, struct reel **out) {
  struct reel *r = calloc(1, sizeof *r);
  struct runtime *rt = calloc(1, sizeof *rt);
  int status = REEL_NOMEM;
  *opening_message = '\0';
  if (!r || !rt) goto fail;
  rt->owns_state = !L;
  rt->L = L ? L : reel_lua_state_new();
  if (!rt->L) goto fail;
  status = open_in_state(rt, config);
  if (status != REEL_OK) goto fail;

  r->owner = pthread_self();
  r->runtime = rt;
  *out = r;
  return REEL_OK;
fail:
  free_runtime(rt);
  free(r);
  return status;
}

int reel_open(const struct reel_config *config, struct reel **out) {
  if (!out || check_config(&config) != REEL_OK) return REEL_INVALID;
  return open_any(NULL, config, out);
}

static bool has_runtime(lua_State *L) {
  bool found = lua_rawgetp(L, LUA_REGISTRYINDEX, &link_key) != LUA_TNIL;
  lua_pop(L, 1);
  return found;
}

int reel_attach(lua_State *L, const struct reel_config *config, struct reel **out) {
  if (!L || !out || check_config(&config) != REEL_OK) return REEL_INVALID;
  if (!lua_checkstack(L, LUA_MINSTACK)) return REEL_NOMEM;
  if (has_runtime(L)) return REEL_BUSY;
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  lua_State *main = lua_tothread(L, -1);
  lua_pop(L, 1);
  return open_any(main, config, out);
}

lua_State *reel_lua(struct reel *r) {
  struct runtime *rt;
  return enter(r, &rt) == REEL_OK ? rt->L : NULL;
}

struct module {
  const char *name;
  const luaL_Reg *functions;
  void *data;
  bool is_taken;
};

static int register_module(lua_State *L) {
  struct module *module = lua_touserdata(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  module->is_taken = lua_getfield(L, -1, module->name) != LUA_TNIL;
  if (module->is_taken) return 0;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushlightuserdata(L, module->data);
  luaL_setfuncs(L, module->functions, 1);
  lua_setfield(L, -2, module->name);
  return 0;
}

int reel_register(struct reel *r, const char *name, const luaL_Reg *functions, void *data) {
  struct runtime *rt;
  int status = enter_outside(r, &rt);
  if (status != REEL_OK) return status;
  if (!name || !functions) return fail(rt, REEL_INVALID, "name or functions is NULL");
  struct module module = {name, functions, data, false};
  status = call_lua(rt, register_module, &module);
  return module.is_taken ? fail(rt, REEL_BUSY, "a module of this name is loaded") : status;
}

/* Jobs. */

struct start {
  const char *starter, *text, *name;
  int argc;
  const char *const *argv;
  int64_t job;
};

static int start_job(lua_State *L) {
  const struct start *start = lua_touserdata(L, 1);
  luaL_checkstack(L, start->argc, "arguments");
  reel_library_push(L, "reel.embed", start->starter);
  int first = lua_gettop(L);
  lua_pushinteger(L, start->job);
  lua_pushstring(L, start->text);
  if (start->name) lua_pushstring(L, start->name);
  for (int i = 0; i < start->argc; i++) lua_pushstring(L, start->argv[i]);
  lua_Integer before = reel_job_set_ancestor(L, start->job);
  int status = lua_pcall(L, lua_gettop(L) - first, 0, 0);
  reel_job_set_ancestor(L, before);
  return status == LUA_OK ? 0 : lua_error(L);
}

static bool has_null(int argc, const char *const *argv) {
  if (argc < 0 || (argc > 0 && !argv)) return true;
  for (int i = 0; i < argc; i++)
    if (!argv[i]) return true;
  return false;
}

static int start(struct reel *r, struct start *start, int64_t *out) {
  struct runtime *rt;
  int status = enter(r, &rt);
  if (status != REEL_OK) return status;
  if (!start->text || has_null(start->argc, start->argv))
    return fail(rt, REEL_INVALID, "the script or an argument is NULL");
  start->job = ++rt->last_job;
  status = call_lua(rt, start_job, start);
  if (status != REEL_OK) return status;
  rt->events.jobs++;
  if (out) *out = start->job;
  return REEL_OK;
}

int reel_start_file(struct reel *r, const char *path, int argc, const char *const *argv,
                    int64_t *out) {
  return start(r, &(struct start){"start_file", path, NULL, argc, argv, 0}, out);
}

int reel_start_string(struct reel *r, const char *code, const char *name, int argc,
                      const char *const *argv, int64_t *out) {
  return start(r, &(struct start){"start_string", code, name ? name : "host", argc, argv, 0}, out);
}

struct cancel {
  int64_t job;
  bool found;
};

static int cancel_job(lua_State *L) {
  struct cancel *cancel = lua_touserdata(L, 1);
  reel_library_push(L, "reel.embed", "cancel");
  lua_pushinteger(L, cancel->job);
  lua_call(L, 1, 1);
  cancel->found = lua_toboolean(L, -1);
  return 0;
}

int reel_cancel(struct reel *r, int64_t job) {
  struct runtime *rt;
  int status = enter(r, &rt);
  if (status != REEL_OK) return status;
  struct cancel cancel = {job, false};
  status = call_lua(rt, cancel_job, &cancel);
  if (status == REEL_OK && !cancel.found) return fail(rt, REEL_NOT_FOUND, "there is no such job");
  return status;
}

/* Stepping. */

static int step(lua_State *L) {
  const uint64_t *budget_us = lua_touserdata(L, 1);
  reel_job_step(L, *budget_us);
  return 0;
}

static int step_inside(struct runtime *rt, uint64_t budget_us) {
  rt->is_inside = true;
  int status = call_lua(rt, step, &budget_us);
  rt->is_inside = false;
  if (status != REEL_OK) reel_job_end_step(rt->jobs);
  return status;
}

static bool is_span(double seconds) {
  return seconds >= 0 && seconds <= MAX_SECONDS;
}

int reel_step(struct reel *r, double budget_s) {
  struct runtime *rt;
  int status = enter_outside(r, &rt);
  if (status != REEL_OK) return status;
  if (!is_span(budget_s)) return fail(rt, REEL_INVALID, "budget_s is not within 0 and 1e6");
  if (!reel_job_has_work(rt->jobs)) return REEL_OK;
  return step_inside(rt, (uint64_t)(budget_s * 1e6));
}

int reel_fd(const struct reel *r) {
  struct runtime *rt;
  int status = enter(r, &rt);
  return status == REEL_OK ? reel_io_fd(reel_job_io(rt->L)) : status;
}

int reel_set_wakeup(struct reel *r, void (*wakeup)(void *data), void *data) {
  struct runtime *rt;
  int status = enter(r, &rt);
  if (status == REEL_OK) reel_io_set_wakeup(reel_job_io(rt->L), wakeup, data);
  return status;
}

/* Steps until is_over returns true or the time is over. */
static int step_until(struct runtime *rt, bool (*is_over)(struct runtime *rt, int *status),
                      double timeout_s) {
  uint64_t start_ms = reel_io_now_ms();
  for (int result = REEL_OK;;) {
    int status = step_inside(rt, 1000000);
    if (status != REEL_OK) return status;
    if (is_over(rt, &result)) return result;
    double left_s = timeout_s - (double)(reel_io_now_ms() - start_ms) / 1000;
    if (timeout_s >= 0 && left_s <= 0) return fail(rt, REEL_TIMEOUT, NULL);
    double poll_s = timeout_s >= 0 && left_s < 60 ? left_s : 60;
    reel_job_poll(rt->jobs, (int)ceil(poll_s * 1000));
  }
}

static bool have_ended(struct runtime *rt, int *status) {
  if (rt->events.jobs == 0) {
    if (rt->events.failed) *status = fail(rt, REEL_SCRIPT, rt->events.message);
    return true;
  }
  if (!reel_job_take_interrupt(rt->jobs)) return false;
  *status = fail(rt, REEL_CANCELLED, "interrupted");
  return true;
}

int reel_wait(struct reel *r, double timeout_s) {
  struct runtime *rt;
  int status = enter_outside(r, &rt);
  if (status != REEL_OK) return status;
  if (isnan(timeout_s)) return fail(rt, REEL_INVALID, "timeout_s is not a number");
  rt->events.failed = false;
  return step_until(rt, have_ended, timeout_s);
}

void reel_interrupt(struct reel *r) {
  if (!r) return;
  r->interrupts++; /* from here on the runtime is not freed */
  struct runtime *rt = r->runtime;
  if (rt) reel_job_interrupt(rt->jobs);
  r->interrupts--;
}

/* Events. */

int reel_next_event(struct reel *r, struct reel_event *out) {
  struct runtime *rt;
  int status = enter(r, &rt);
  if (status != REEL_OK) return status;
  if (!out) return fail(rt, REEL_INVALID, "out is NULL");
  return reel_events_take(&rt->events, out);
}

/* Closing. */

static const char closing_key;

static int begin_close(lua_State *L) {
  reel_library_push(L, "reel.embed", "close");
  lua_call(L, 0, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &closing_key);
  return 0;
}

static int check_closed(lua_State *L) {
  bool *has_ended = lua_touserdata(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &closing_key);
  lua_getfield(L, -1, "status");
  const char *status = lua_tostring(L, -1);
  *has_ended = strcmp(status, "done") == 0 || strcmp(status, "failed") == 0 ||
               strcmp(status, "cancelled") == 0;
  return 0;
}

static bool has_closed(struct runtime *rt, int *status) {
  bool has_ended = true;
  *status = call_lua(rt, check_closed, &has_ended);
  return has_ended;
}

static int close_jobs(lua_State *L) {
  reel_job_close(L);
  return 0;
}

/* If there is a grace, cancels the jobs and steps until they have ended. The I/O thread gets the
 * rest of the grace for requests that are under way. */
static void end_jobs(struct runtime *rt, double grace_s) {
  uint64_t start_ms = reel_io_now_ms();
  if (grace_s > 0 && call_lua(rt, begin_close, NULL) == REEL_OK)
    step_until(rt, has_closed, grace_s);
  double left_s = grace_s - (double)(reel_io_now_ms() - start_ms) / 1000;
  reel_job_set_grace(rt->jobs, left_s > 0 ? (int)(left_s * 1000) : 0);
}

/* Takes the runtime from its handle. When this returns, no interrupt uses the runtime any more, and
 * later interrupts do nothing. */
static void detach_runtime(struct reel *r) {
  r->runtime = NULL;
  while (r->interrupts > 0) sched_yield();
  r->next = closed;
  while (!atomic_compare_exchange_weak(&closed, &r->next, r)) continue;
}

int reel_close(struct reel *r, double grace_s) {
  struct runtime *rt;
  if (!r) return REEL_OK;
  int status = enter_outside(r, &rt);
  if (status != REEL_OK) return status;
  if (!is_span(grace_s)) return fail(rt, REEL_INVALID, "grace_s is not within 0 and 1e6");
  end_jobs(rt, grace_s);
  detach_runtime(r);
  if (!rt->owns_state) call_lua(rt, close_jobs, NULL);
  free_runtime(rt);
  return REEL_OK;
}

const char *reel_errmsg(const struct reel *r) {
  struct runtime *rt;
  if (!r && *opening_message) return opening_message;
  int status = enter(r, &rt);
  return status == REEL_OK ? rt->message : reel_strerror(status);
}

/* Interrupts: how Lua code that runs is stopped from outside.
 *
 * A hook on the running coroutine raises the cancelled error there. No hook is armed before, since
 * one that counts halves Lua's speed, and only the thread that runs Lua may arm it, be it in a
 * signal handler. Another thread raises a flag and sends that thread a signal, SIGURG: it is
 * ignored by default, so that one too many does no harm, and programs hardly ever use it. */
#include <errno.h>
#include <lauxlib.h>
#include <signal.h>

#include "loop/io.h"
#include "bind/job/job.h"
#include "bind/job/state.h"

/* The runtime that this thread steps, the innermost. Read in a signal handler, so it must not be
 * made at its first use. */
static _Thread_local struct reel_jobs *volatile stepping __attribute__((tls_model("initial-exec")));

/* Each time it comes sooner, so that no pcall in a loop can swallow it for ever. */
static void stop_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  struct reel_jobs *jobs = reel_jobs_get(L);
  if (jobs->hook_count > 1) jobs->hook_count /= 2;
  lua_sethook(L, stop_hook, LUA_MASKCOUNT, jobs->hook_count);
  if (jobs->running) reel_jobs_cancel(jobs->running);
  reel_jobs_push_value(L, CANCELLED_ERROR);
  lua_error(L);
}

/* A hook may have been inherited: lua_newthread copies it. */
void reel_jobs_heed_interrupt(const struct reel_jobs *jobs, lua_State *L) {
  if (jobs->interrupted)
    lua_sethook(L, stop_hook, LUA_MASKCOUNT, jobs->hook_count);
  else if (lua_gethook(L) == stop_hook)
    lua_sethook(L, NULL, 0, 0);
}

static void stop_running(struct reel_jobs *jobs) {
  lua_State *L = jobs->running_state;
  if (L) lua_sethook(L, stop_hook, LUA_MASKCOUNT, jobs->hook_count);
}

static void on_signal(int number) {
  (void)number;
  for (struct reel_jobs *jobs = stepping; jobs; jobs = jobs->outer_step)
    if (jobs->interrupted) stop_running(jobs);
}

/* A handler of the host's own stays; reel.h says what it has to do. */
static void signal_owner(const struct reel_jobs *jobs) {
  struct sigaction present, ours = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
  if (sigaction(SIGURG, NULL, &present) == 0 && !(present.sa_flags & SA_SIGINFO) &&
      (present.sa_handler == SIG_DFL || present.sa_handler == SIG_IGN))
    sigaction(SIGURG, &ours, NULL);
  pthread_kill(jobs->owner, SIGURG);
}

void reel_job_interrupt(struct reel_jobs *jobs) {
  int saved = errno;
  jobs->interrupted = true;
  if (pthread_equal(jobs->owner, pthread_self()))
    stop_running(jobs);
  else if (jobs->stepping)
    signal_owner(jobs);
  reel_io_notify(jobs->io);
  errno = saved;
}

void reel_jobs_begin_step(struct reel_jobs *jobs) {
  jobs->outer_step = stepping;
  stepping = jobs;
  jobs->stepping = true;
}

void reel_jobs_end_step(struct reel_jobs *jobs) {
  jobs->stepping = false;
  stepping = jobs->outer_step;
}

void reel_jobs_answer_interrupt(lua_State *L, struct reel_jobs *jobs) {
  jobs->interrupted = false;
  jobs->hook_count = HOOK_COUNT;
  reel_jobs_push_value(L, ON_INTERRUPT);
  jobs->interrupt_unheard = !lua_isfunction(L, -1);
  if (jobs->interrupt_unheard || lua_pcall(L, 0, 0, 0) != LUA_OK)
    lua_pop(L, 1); /* of an error its author hears: nothing was cancelled */
}

bool reel_job_take_interrupt(struct reel_jobs *jobs) {
  bool unheard = jobs->interrupt_unheard;
  jobs->interrupt_unheard = false;
  return unheard;
}

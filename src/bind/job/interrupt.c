/* Interrupts: how running Lua code is stopped from outside.
 *
 * An interrupt sets a hook on the running coroutine, and the hook raises the cancelled error. The
 * hook is not set earlier, since a hook that counts instructions halves the speed of Lua. Only the
 * thread that runs Lua may set it, be it in a signal handler. So another thread sets a flag and
 * sends SIGURG to that thread. Programs hardly ever use SIGURG, and one too many does no harm,
 * since it is ignored by default. */
#include <errno.h>
#include <lauxlib.h>
#include <signal.h>

#include "loop/io.h"
#include "bind/job/job.h"
#include "bind/job/state.h"

/* The innermost runtime that this thread steps. The TLS model makes sure that it is not allocated
 * at its first use, which may be in a signal handler. */
static _Thread_local struct reel_jobs *volatile stepping __attribute__((tls_model("initial-exec")));

/* Each time the count is halved, so that a loop with a pcall cannot catch the error for ever. */
static void stop_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  struct reel_jobs *jobs = reel_jobs_get(L);
  if (jobs->hook_count > 1) jobs->hook_count /= 2;
  lua_sethook(L, stop_hook, LUA_MASKCOUNT, jobs->hook_count);
  if (jobs->running) reel_jobs_cancel(jobs->running);
  reel_jobs_push_value(L, CANCELLED_ERROR);
  lua_error(L);
}

/* The hook may be there although L was not interrupted: lua_newthread() copies it. */
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

/* A handler that the host has set stays; reel.h says what that handler has to do. */
static void signal_owner(const struct reel_jobs *jobs) {
  struct sigaction present, action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK};
  if (sigaction(SIGURG, NULL, &present) == 0 && !(present.sa_flags & SA_SIGINFO) &&
      (present.sa_handler == SIG_DFL || present.sa_handler == SIG_IGN))
    sigaction(SIGURG, &action, NULL);
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
    lua_pop(L, 1); /* the value that is no function, or its error, which is dropped */
}

bool reel_job_take_interrupt(struct reel_jobs *jobs) {
  bool unheard = jobs->interrupt_unheard;
  jobs->interrupt_unheard = false;
  return unheard;
}

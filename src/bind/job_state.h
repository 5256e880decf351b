/* What job.c (the scheduler) and job_module.c (its Lua side) share; nobody else includes it. */
#ifndef REEL_BIND_JOB_STATE_H
#define REEL_BIND_JOB_STATE_H

#include <lua.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "io.h"
#include "job.h"

enum state { READY, RUNNING, WAITING, ENDING, DONE, FAILED, CANCELLED };

enum wake { NOT_YET, BY_OP, BY_SIGNAL, BY_CANCEL };

/* User values of a job. */
enum { COROUTINE = 1, ERROR, TRACEBACK, JOB_VALUES = TRACEBACK };
/* User values of the scheduler: job -> job for the living; the same for failures that nobody
 * looked at; the cancelled error; the interrupt function. */
enum { LIVING = 1, FAILURES, CANCELLED_ERROR, ON_INTERRUPT, SCHEDULER_VALUES = ON_INTERRUPT };

struct waiters {
  struct job *first, *last;
};

struct job {
  struct reel_jobs *jobs;
  lua_State *co; /* NULL: the host itself, blocked outside any job */
  enum state state;
  bool failed, cancelled, started;
  int argument_count, result_count;
  int shield; /* depth of reel.shield */
  uint64_t reset_ms;

  struct job *parent, *first_child, *next_sibling, *prev_sibling;
  struct job *next_ready, *next_dying;

  /* The wait. */
  enum wake wake;
  struct reel_op *op;
  reel_job_push *push;
  struct waiters *list;
  struct job *next_waiter, *prev_waiter;

  struct waiters ended; /* those who wait for this job's end */
};

/* One a lua_resume that is under way, on the C stack; the outermost comes from the step. */
struct resume_frame {
  lua_State *from;
  struct resume_frame *outer;
};

struct reel_jobs {
  struct reel_io *io;
  struct resume_frame *frames;
  struct job *running;
  struct job host;
  struct job *ready_first, *ready_last, *dying;
  bool may_block, stepping;
  volatile sig_atomic_t interrupted;
  lua_State *volatile running_state; /* the innermost coroutine that runs now */
};

struct reel_jobs *reel_jobs_get(lua_State *L);
void reel_jobs_push_value(lua_State *L, int value);
void reel_jobs_push_job(lua_State *L, const struct job *job);
void reel_jobs_keep(lua_State *L, int table, const struct job *job, bool kept);

/* The one place where a job stops: until op is back, the list is woken, or it is cancelled. op may
 * be NULL if there is a list. */
int reel_jobs_park(lua_State *L, struct waiters *list, struct reel_op *op, reel_job_push *push);
void reel_jobs_wake_all(struct waiters *list);
/* Takes the value on top as the one that is called after an interrupt. */
void reel_jobs_set_on_interrupt(lua_State *L);
/* Makes the function and arguments on co's stack a job, a child of the running one. */
void reel_jobs_add(lua_State *L, struct job *job);
void reel_jobs_cancel(lua_State *L, struct job *job);
void reel_jobs_detach(lua_State *L, struct job *job);
/* The function that a job's coroutine runs, around the user's. */
int reel_jobs_body(lua_State *L);

#endif

/* What the files of this folder share; nobody else includes it. Each of them uses only those before
 * it: state.c, end.c (how jobs end), interrupt.c, scheduler.c, module.c (the Lua side). */
#ifndef REEL_BIND_JOB_STATE_H
#define REEL_BIND_JOB_STATE_H

#include <lua.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "loop/io.h"
#include "bind/job/job.h"
#include "base/list.h"

/* ENDING: the function is over, but not all children are. */
enum state { READY, RUNNING, WAITING, ENDING, DONE, FAILED, CANCELLED };

enum { HOOK_COUNT = 1000 }; /* instructions until an interrupt stops a busy loop */

enum wake { NOT_YET, BY_OP, BY_SIGNAL, BY_CANCEL };

/* User values of a job. */
enum { COROUTINE = 1, RESULTS, ERROR, TRACEBACK, JOB_VALUES = TRACEBACK };
/* User values of the scheduler: job -> job for the living; the same for failures that nobody
 * looked at; the cancelled error; the interrupt function. */
enum { LIVING = 1, FAILURES, CANCELLED_ERROR, ON_INTERRUPT, SCHEDULER_VALUES = ON_INTERRUPT };

struct job {
  struct reel_jobs *jobs;
  lua_State *co; /* NULL: the host itself, blocked outside any job; or it has ended */
  enum state state;
  enum state outcome; /* the state once it has ended */
  bool cancelled, started;
  int argument_count, result_count;
  lua_Integer origin;      /* see job.h */
  const lua_State *shield; /* the coroutine of the innermost reel.shield; only compared */

  struct job *parent;
  struct list children, sibling;
  struct list queue; /* place among those who are ready, or who wait for the same */
  struct list dying; /* place among the cancelled, the oldest first */
  uint64_t reset_ms;

  enum wake wake;
  struct reel_op *op; /* ours once wake is BY_OP, the I/O thread's before */
  reel_job_push *push;

  struct list waiters; /* those who wait for this job's end */
};

/* One a lua_resume that is under way, on the C stack; the outermost comes from the step. */
struct resume_frame {
  const lua_State *co;
  lua_State *from;
  const struct resume_frame *outer;
};

/* C functions that pass a yield on, known by their addresses: scripts can give them other names. */
enum { PCALL, XPCALL, DOFILE, SHIELD, PASSING_FUNCTIONS };

struct reel_jobs {
  struct reel_io *io; /* NULL: closed */
  const struct resume_frame *frames;
  struct job *running;
  struct job host;
  struct list ready, dying;
  uint64_t deadline_us; /* of the step under way, by reel_io_now_us */
  bool may_block;
  int grace_ms;
  lua_CFunction on_close; /* NULL: none; see reel_job_on_close */
  lua_CFunction passing[PASSING_FUNCTIONS];

  pthread_t owner;              /* the thread that runs Lua */
  struct reel_jobs *outer_step; /* the runtime in whose step this one is stepped */
  atomic_bool stepping;
  atomic_bool interrupted;
  bool interrupt_unheard;
  volatile sig_atomic_t hook_count;
  lua_State *volatile running_state; /* the innermost coroutine that runs now */
};

/* The job whose place in a queue this is. */
static inline struct job *reel_jobs_as_queued(struct list *link) {
  return CONTAINER_OF(link, struct job, queue);
}

struct reel_jobs *reel_jobs_get(lua_State *L);
/* Pushes the scheduler's userdata; takes the one on top of the stack as the state's scheduler. */
void reel_jobs_push(lua_State *L);
void reel_jobs_set(lua_State *L);
void reel_jobs_push_value(lua_State *L, int value);
void reel_jobs_push_job(lua_State *L, const struct job *job);
/* Keeps the job on top of the stack in LIVING or FAILURES, or drops it from there. */
void reel_jobs_keep(lua_State *L, int table, const struct job *job, bool kept);
/* Takes the value on top as the one that is called after an interrupt. */
void reel_jobs_set_on_interrupt(lua_State *L);

void reel_jobs_init_job(struct reel_jobs *jobs, struct job *job);
/* Makes the function and arguments on co's stack a job, a child of the running one. */
void reel_jobs_add(lua_State *L, struct job *job);
/* The running job, or the host. */
struct job *reel_jobs_current(struct reel_jobs *jobs);
/* Sees to it that a step follows. */
void reel_jobs_request_step(const struct reel_jobs *jobs);
/* Posts op (*given*), whose result nobody waits for. */
void reel_jobs_post(const struct reel_jobs *jobs, struct reel_op *op);

/* Whether the budget of the step under way is used up. */
bool reel_jobs_is_over(const struct reel_jobs *jobs);

/* The one place where a job stops: until op is back, the list is woken, or it is cancelled. op may
 * be NULL if there is a list; with neither, the job goes on in the next step. */
int reel_jobs_park(lua_State *L, struct list *waiters, struct reel_op *op, reel_job_push *push);
void reel_jobs_make_ready(struct job *job);
void reel_jobs_wake(struct job *job, enum wake reason);
void reel_jobs_wake_all(struct list *waiters);
void reel_jobs_free_op(struct job *job);

/* The function that a job's coroutine runs, around the user's. */
int reel_jobs_body(lua_State *L);
/* Takes the error on top of the stack as the job's own. */
void reel_jobs_fail(lua_State *L, struct job *job);
/* The function is over; the job is when its children are. */
void reel_jobs_end(lua_State *L, struct job *job);
void reel_jobs_end_cancelled(lua_State *L, struct job *job);
/* Cancels the job and its children. */
void reel_jobs_cancel(struct job *job);
bool reel_jobs_must_cancel(const struct job *job);
void reel_jobs_detach(lua_State *L, struct job *job);
/* Between these two Lua runs, and an interrupt from any thread stops it. */
void reel_jobs_begin_step(struct reel_jobs *jobs);
void reel_jobs_end_step(struct reel_jobs *jobs);
/* L runs from here on: arms the hook of an interrupt, or takes away one that came too late. */
void reel_jobs_heed_interrupt(const struct reel_jobs *jobs, lua_State *L);
/* Calls the function that is told of interrupts. */
void reel_jobs_answer_interrupt(lua_State *L, struct reel_jobs *jobs);

/* Ends those who were cancelled and still wait after the grace period. */
void reel_jobs_reset_overdue(lua_State *L, struct reel_jobs *jobs);

#endif

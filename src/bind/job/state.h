/* Declarations that only the files of this folder share. Each file uses only the files before it:
 * state.c, end.c (how jobs end), interrupt.c, scheduler.c, module.c (the Lua side). */
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

/* ENDING: the job's function has ended, but some of its children have not. */
enum state { READY, RUNNING, WAITING, ENDING, DONE, FAILED, CANCELLED };

enum { HOOK_COUNT = 1000 }; /* instructions until an interrupt stops a busy loop */

enum wake { NOT_YET, BY_OP, BY_SIGNAL, BY_CANCEL };

/* User values of a job. */
enum { COROUTINE = 1, RESULTS, ERROR, TRACEBACK, JOB_VALUES = TRACEBACK };
/* User values of the scheduler:
 *   LIVING           a table of the jobs that have not ended, by the address of struct job
 *   FAILURES         such a table of the failed jobs whose errors nobody has observed
 *   CANCELLED_ERROR  what a wait raises in a cancelled job
 *   ON_INTERRUPT     the function that is called after an interrupt */
enum { LIVING = 1, FAILURES, CANCELLED_ERROR, ON_INTERRUPT, SCHEDULER_VALUES = ON_INTERRUPT };

struct job {
  struct reel_jobs *jobs;
  lua_State *co; /* NULL for reel_jobs.host, and after the end of the job */
  enum state state;
  enum state outcome; /* the state after the end of the job */
  bool cancelled, started;
  int argument_count, result_count;
  lua_Integer ancestor;    /* see job.h */
  const lua_State *shield; /* the coroutine of the innermost reel.shield or NULL; only compared */

  struct job *parent;
  struct list children, sibling;
  struct list queue; /* its link in the ready queue, or in a list of waiters */
  struct list dying; /* its link in the list of cancelled jobs, the oldest first */
  uint64_t reset_ms; /* when a cancelled job that still waits is reset (end.c) */

  enum wake wake;
  struct reel_op *op; /* belongs to the job once wake is BY_OP, before to the I/O thread */
  reel_job_push *push;

  struct list waiters; /* jobs that wait for the end of this one */
};

/* One for each lua_resume that is under way, on the C stack. The outermost is made by the step. */
struct resume_frame {
  const lua_State *co;
  lua_State *from;
  const struct resume_frame *outer;
};

/* C functions that pass a yield on. They are compared by address, since scripts can rename them. */
enum { PCALL, XPCALL, DOFILE, SHIELD, PASSING_FUNCTIONS };

struct reel_jobs {
  struct reel_io *io; /* NULL: closed */
  const struct resume_frame *frames;
  struct job *running;
  struct job host; /* stands for the host while it blocks outside of any job */
  struct list ready, dying;
  uint64_t deadline_us; /* when the step under way should end, by reel_io_now_us */
  bool may_block;
  int grace_ms;
  lua_CFunction on_close; /* NULL: none; see reel_job_on_close */
  lua_CFunction passing[PASSING_FUNCTIONS];

  pthread_t owner;              /* the thread that runs Lua */
  struct reel_jobs *outer_step; /* the runtime in whose step this one is stepped */
  atomic_bool stepping;
  atomic_bool interrupted;
  bool interrupt_unheard;            /* see reel_job_take_interrupt */
  volatile sig_atomic_t hook_count;  /* instructions until stop_hook runs next */
  lua_State *volatile running_state; /* the innermost coroutine that runs now */
};

/* The job whose `queue` this link is. */
static inline struct job *reel_jobs_as_queued(struct list *link) {
  return CONTAINER_OF(link, struct job, queue);
}

/* The state's scheduler; NULL: there is none yet. */
struct reel_jobs *reel_jobs_get(lua_State *L);
/* Pushes the userdata of the state's scheduler. */
void reel_jobs_push(lua_State *L);
/* Pops a userdata and makes it the state's scheduler. */
void reel_jobs_set(lua_State *L);
/* Pushes a user value of the scheduler. */
void reel_jobs_push_value(lua_State *L, int value);
/* Pushes the userdata of a job in LIVING. */
void reel_jobs_push_job(lua_State *L, const struct job *job);
/* Adds the job, whose userdata is on top of the stack, to LIVING or FAILURES, or removes it. */
void reel_jobs_keep(lua_State *L, int table, const struct job *job, bool is_kept);
/* Pops a value and makes it ON_INTERRUPT. */
void reel_jobs_set_on_interrupt(lua_State *L);

void reel_jobs_init_job(struct reel_jobs *jobs, struct job *job);
/* Makes the job ready as a child of the running one. Its function and arguments are on the stack of
 * its coroutine. */
void reel_jobs_add(lua_State *L, struct job *job);
/* The running job, or the host. */
struct job *reel_jobs_current(struct reel_jobs *jobs);
/* Tells the host that a step has work, unless a step is under way. */
void reel_jobs_request_step(const struct reel_jobs *jobs);
/* Posts op (*given*), whose result nobody waits for. */
void reel_jobs_post(const struct reel_jobs *jobs, struct reel_op *op);

/* Whether the time of the step under way is used up. */
bool reel_jobs_is_over(const struct reel_jobs *jobs);

/* The only function in which a job waits: until op is back, the waiters are woken or the job is
 * cancelled. op (*given*) and waiters may be NULL; with neither, the job goes on in the next
 * step. */
int reel_jobs_park(lua_State *L, struct list *waiters, struct reel_op *op, reel_job_push *push);
void reel_jobs_make_ready(struct job *job);
void reel_jobs_wake(struct job *job, enum wake reason);
void reel_jobs_wake_all(struct list *waiters);
void reel_jobs_free_op(struct job *job);

/* The function that a job's coroutine runs. It calls the user's function. */
int reel_jobs_body(lua_State *L);
/* Pops an error and makes it the job's error. */
void reel_jobs_fail(lua_State *L, struct job *job);
/* Called when the job's function has ended. The job ends when its children have. */
void reel_jobs_end(lua_State *L, struct job *job);
void reel_jobs_end_cancelled(lua_State *L, struct job *job);
/* Cancels the job and its children. */
void reel_jobs_cancel(struct job *job);
bool reel_jobs_must_cancel(const struct job *job);
void reel_jobs_detach(lua_State *L, struct job *job);
/* Lua runs between these two calls, and an interrupt from any thread stops it. */
void reel_jobs_begin_step(struct reel_jobs *jobs);
void reel_jobs_end_step(struct reel_jobs *jobs);
/* Called when L begins or goes on to run: sets the hook if there was an interrupt, and otherwise
 * removes a hook that an earlier interrupt has left. */
void reel_jobs_heed_interrupt(const struct reel_jobs *jobs, lua_State *L);
/* Calls the function ON_INTERRUPT. */
void reel_jobs_answer_interrupt(lua_State *L, struct reel_jobs *jobs);

/* Ends the jobs that were cancelled and still wait after the grace period. */
void reel_jobs_reset_overdue(lua_State *L, struct reel_jobs *jobs);

#endif

/* reel: Lua scripts that make paid video tasks and wait for them, inside any C program.
 *
 * A *runtime* owns or borrows a Lua state, runs scripts in it as *jobs* that may wait, and does all
 * that could block on an I/O thread of its own. The host steps it from its own loop, as often as it
 * likes, and pulls what happened as *events*:
 *
 *     struct reel *r;
 *     struct reel_event event;
 *     if (reel_open(NULL, &r) != REEL_OK) ...
 *     reel_start_file(r, "trailer.lua", 0, NULL, NULL);
 *     for (each frame, or each time that reel_fd(r) is readable) {
 *       reel_step(r, 0.002);
 *       while (reel_next_event(r, &event) > 0) ...
 *     }
 *     reel_close(r, 5);
 *
 * What blocks: nothing, but reel_wait() for as long as it is told and reel_close() for its grace.
 *   No function exits the process, prints, or waits for a disk or the network. Scripts still can do
 *   as they like: io.read() waits, io.write() prints, os.exit() exits, and a loop without end takes
 *   the host's thread until reel_interrupt().
 *
 * Threads: a runtime belongs to the thread that opened it. Its functions return REEL_STATE on any
 *   other, also while it is being closed and afterwards, but for reel_interrupt(), which any thread
 *   and any signal handler may call, and reel_strerror(). Several runtimes may live in one process, on one thread or on many; they share
 *   nothing, and two that use the same journal pay for equal calls once between them.
 *
 * Re-entry: host functions that Lua calls (reel_register, print and log hooks) may start and cancel
 *   jobs, pull events and interrupt. reel_step(), reel_wait(), reel_close() and reel_register()
 *   return REEL_STATE there.
 *
 * Errors: functions return REEL_OK, or more, for success and a negative status for failure; what an
 *   `out` parameter names is written on success only. reel_strerror() explains a status,
 *   reel_errmsg() tells what was wrong with the call at hand. A runtime of NULL is REEL_INVALID,
 * one that was closed is REEL_CLOSED: its handle (some 32 bytes) stays until the process ends,
 * because interrupts arrive when they like. What a script does wrong is no error of a call: it is
 * an event.
 *
 * Strings are UTF-8. Those that go in are *copied*; those that come out are *borrowed*, until when
 *   stands beside each.
 *
 * Locale: any. While Lua runs, its thread reads and writes numbers as the "C" locale does, and gets
 *   its own locale back. A Lua state that the host runs itself follows the host's locale.
 *
 * Signals: the I/O thread takes none, the local service's SIGURG alone. An interrupt from another
 * thread sends SIGURG to the runtime's thread, which therefore must not block it, and installs a
 * handler for it unless the host has one; such a host calls reel_interrupt() from its handler.
 * SIGPIPE is never raised by reel.
 *
 * Descriptors and processes: all descriptors are closed on exec. Child processes (ffmpeg) are
 * waited for by their id; a host that reaps every child by wait() takes their results away. */
#ifndef REEL_H
#define REEL_H

#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REEL_API __attribute__((visibility("default")))

/* What functions return. The values never change. */
enum {
  REEL_OK = 0,
  REEL_NOMEM = -1,
  REEL_INVALID = -2,   /* an argument is NULL or out of range */
  REEL_CANCELLED = -3, /* a wait was interrupted */
  REEL_TIMEOUT = -4,   /* the time is over, and the work goes on */
  REEL_SYSTEM = -8,    /* threads or descriptors ran out */
  REEL_NOT_FOUND = -9, /* no such job, or it has ended */
  REEL_CLOSED = -10,   /* the runtime was closed */
  REEL_BUSY = -11,     /* the name, or the Lua state, is taken */
  REEL_STATE = -12,    /* called from the wrong thread, or from within a call of this runtime */
  REEL_SCRIPT = -13,   /* Lua code failed */
};

/* What a status means, for people. Static storage; for any number. */
REEL_API const char *reel_strerror(int status);

struct reel;

/* Why the last call on this runtime that failed did so, for people. *Borrowed* until the next call.
 * For NULL: why this thread's last reel_open() or reel_attach() failed. From another thread, and
 * for a runtime that was closed, it is a status's own message. */
REEL_API const char *reel_errmsg(const struct reel *r);

/* Opening and closing. */

enum {
  /* As in a program of its own: print() writes to stdout and the log to stderr, and there are no
   * progress events. Without it both become events, and an attached state keeps its print(). */
  REEL_STDIO = 1,
  /* Scripts use the local service, started in this process, instead of the vendor: previews instead
   * of clips, without a key or costs. It is a runtime on threads of its own, which end with this
   * one: reel_close() without enough grace ends it at once, and what it rendered is begun anew. */
  REEL_LOCAL = 2,
  /* Waiting outside of a job, in Lua code that the host runs itself, blocks. Without it, it raises.
   */
  REEL_BLOCKING = 4,
};

/* All zero is fine, and so is NULL in place of the whole. */
struct reel_config {
  unsigned flags;     /* REEL_STDIO, REEL_LOCAL, REEL_BLOCKING */
  const char *folder; /* where the search for reel.conf.lua and .reel begins; *copied*. NULL: beside
                         the first script that is started from a file, or the current folder */
  /* These are called by Lua code, inside reel_step(), in place of print and log events. text is
   * *borrowed* until they return; level is "debug", "info", "warn" or "error". */
  void (*print)(void *data, const char *text, size_t size);
  void (*log)(void *data, const char *level, const char *text);
  void *data; /* theirs; reel never looks at it */
};

/* Opens a runtime with a Lua state of its own: all standard libraries, and reel. Nothing is read
 * and no journal is opened before a script asks for it. Errors: REEL_INVALID (out is NULL, or an
 * unknown flag), REEL_NOMEM, REEL_SYSTEM, REEL_SCRIPT (a Lua module that reel needs, such as
 * lua-cjson, cannot be loaded). */
REEL_API int reel_open(const struct reel_config *config, struct reel **out);

/* Opens a runtime in the host's Lua 5.4 state, whose thread this is. The state gets
 * require "reel", the coroutine library learns to pass waits through, and lua_close() must come
 * after reel_close(). L may be any coroutine of the state. A state takes one runtime in its life.
 * Errors: as above; REEL_INVALID (L is NULL), REEL_BUSY (L has, or had, a runtime), REEL_SCRIPT (L
 * lacks the package or the coroutine library, too). */
REEL_API int reel_attach(lua_State *L, const struct reel_config *config, struct reel **out);

/* Cancels all jobs and closes the runtime. For up to grace_s seconds (0 to 1e6) jobs may clean up
 * and paid requests that were sent may get their answers; those still in flight then are in the
 * journal as ambiguous, for the next run to resolve. Events that were not pulled are dropped. NULL
 * is fine. Errors: REEL_INVALID (grace_s), REEL_CLOSED, REEL_STATE. */
REEL_API int reel_close(struct reel *r, double grace_s);

/* The Lua state's main thread. *Borrowed* until reel_close(); NULL on error. For use between
 * steps; what is done to package, coroutine or the registry's reel parts is the host's own risk. */
REEL_API lua_State *reel_lua(struct reel *r);

/* Makes require(name) return a table of these functions, in the form of luaL_setfuncs; a NULL name
 * ends the list. In each, lua_touserdata(L, lua_upvalueindex(1)) is data.
 * Errors: REEL_INVALID, REEL_BUSY (a module of this name is loaded), REEL_NOMEM, REEL_STATE,
 * REEL_CLOSED. */
REEL_API int reel_register(struct reel *r, const char *name, const luaL_Reg *functions, void *data);

/* Jobs. */

/* Starts a job that runs a script with argc arguments, in `...` and in arg. The file is read, and
 * the script runs, in later steps. out (may be NULL) gets the job's id, above 0 and never used
 * again; the job ends with one REEL_EVENT_DONE or REEL_EVENT_FAILED.
 * Errors: REEL_INVALID (path is NULL; argc is below 0; an argument is NULL), REEL_NOMEM,
 * REEL_STATE, REEL_CLOSED, REEL_SCRIPT (the library itself cannot be loaded). */
REEL_API int reel_start_file(struct reel *r, const char *path, int argc, const char *const *argv,
                             int64_t *out);

/* The same for Lua code. name is what messages call it; NULL: "host". */
REEL_API int reel_start_string(struct reel *r, const char *code, const char *name, int argc,
                               const char *const *argv, int64_t *out);

/* Cancels a job and its children: the error "cancelled" is raised where they wait, and the job ends
 * in later steps, with REEL_EVENT_FAILED. A paid request under way is not taken back.
 * Errors: REEL_NOT_FOUND, REEL_INVALID, REEL_STATE, REEL_CLOSED. */
REEL_API int reel_cancel(struct reel *r, int64_t job);

/* Stepping. */

/* Runs what is ready, job after job, until nothing is or budget_s seconds (0 to 1e6) have passed;
 * at least one job runs, and none is cut short. An idle step takes less than a microsecond. Errors:
 * REEL_INVALID (r, budget_s), REEL_STATE, REEL_CLOSED, REEL_NOMEM. */
REEL_API int reel_step(struct reel *r, double budget_s);

/* A descriptor that is readable exactly when reel_step() has work; for poll(), never for read().
 * *Borrowed* until reel_close(). Errors: a negative status, REEL_INVALID, REEL_STATE, REEL_CLOSED.
 */
REEL_API int reel_fd(const struct reel *r);

/* For hosts whose loop takes no descriptors: wakeup(data) is called when reel_step() gets work. It
 * runs on the I/O thread, or inside a call of this runtime; it may only tell the host's loop
 * (SDL_PushEvent, PostMessage, a condition variable) and call nothing of reel. When this function
 * has returned, the one set before is not running and never will. NULL turns it off.
 * Errors: REEL_INVALID, REEL_STATE, REEL_CLOSED. */
REEL_API int reel_set_wakeup(struct reel *r, void (*wakeup)(void *data), void *data);

/* Steps and sleeps until every started job has ended. timeout_s: seconds; negative: no limit.
 * Errors: REEL_TIMEOUT; REEL_SCRIPT, if a job that ended meanwhile failed (reel_errmsg() is its
 * error); REEL_CANCELLED, after reel_interrupt(); REEL_INVALID, REEL_STATE, REEL_CLOSED. */
REEL_API int reel_wait(struct reel *r, double timeout_s);

/* Stops the Lua code that runs now, within a thousand instructions, by cancelling its job; ends a
 * reel_wait() under way; if the script has set a function for interrupts, that is called instead of
 * the latter. Other jobs go on. The runtime stays usable. From any thread and any signal handler.
 * A C function that Lua called is not stopped before it returns. For r that is NULL or closed,
 * nothing happens. */
REEL_API void reel_interrupt(struct reel *r);

/* Events. */

enum reel_event_type {
  REEL_EVENT_PROGRESS = 1, /* something happened to a task */
  REEL_EVENT_DONE,         /* a started job has ended well */
  REEL_EVENT_FAILED,       /* a started job has failed, or was cancelled */
  REEL_EVENT_PRINT,        /* print() */
  REEL_EVENT_LOG,          /* reel.log(), or a message of reel's own */
};

/* Every field is always there; those that do not belong to the type are NULL, 0 or, where it says
 * so, negative. */
struct reel_event {
  enum reel_event_type type;
  int64_t job;    /* the started job that made it, itself or through others; 0: the host */
  size_t dropped; /* print, log and progress events that were dropped just before: at most 10,000
                     events wait, and the host did not pull them */

  /* print: the line without its end. log: the entry. done: the first result, if it is a string or a
   * number. failed: the error. progress: what is tried again and why, with "retry". */
  const char *text;
  size_t text_size; /* in bytes; text has a NUL behind them, and print may hold others before */

  int64_t integer;       /* done: the first result, if it is an integer */
  const char *kind;      /* failed: reel.Error's kind ("credits", "cancelled"), else "script" */
  const char *traceback; /* failed: where */
  const char *level;     /* log: "debug", "info", "warn" or "error" */

  const char *change;  /* progress: "accepted", "state", "settled", "saved" or "retry" */
  const char *task_id; /* progress, and failed if the error is about a task */
  const char *model;
  const char *state;  /* "waiting", "queuing", "generating", "success", "fail" */
  const char *prompt; /* what was asked for; NULL for models without one */
  const char *path;   /* with "saved": the file */
  double progress;    /* percent, or negative: not told */
  double elapsed_s;   /* since the task was created, or negative: not known */
};

/* Takes the oldest event. Returns 1 and fills out, or 0 if none waits. All strings are *borrowed*
 * until the next call of this function or reel_close().
 * Errors: REEL_INVALID, REEL_STATE, REEL_CLOSED. */
REEL_API int reel_next_event(struct reel *r, struct reel_event *out);

#ifdef __cplusplus
}
#endif

#endif

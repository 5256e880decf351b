/* reel: Lua scripts that make paid video tasks and wait for them, inside any C program.
 *
 * A *runtime* owns or borrows a Lua state and runs scripts in it as *jobs*, which may wait. All
 * work that could block runs on the runtime's own I/O thread. The host steps the runtime from its
 * own loop, as often as it likes, and pulls *events*, which say what has happened:
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
 * Blocking: only two functions block: reel_wait(), up to its timeout, and reel_close(), up to its
 *   grace. No function exits the process, prints, or waits for a disk or the network. Scripts can
 *   still do all this: io.read() waits, io.write() prints, os.exit() exits, and an endless loop
 *   keeps the host's thread busy until reel_interrupt().
 *
 * Threads: a runtime belongs to the thread that opened it. On any other thread its functions return
 *   REEL_STATE, also while the runtime is being closed and afterwards. There are two exceptions:
 *   any thread may call reel_strerror(), and any thread and any signal handler may call
 *   reel_interrupt(). A process may have several runtimes, on one thread or on many. They share
 *   nothing. If two of them use the same journal, equal calls of both are paid once.
 *
 * Re-entry: host functions that Lua calls (reel_register, print and log hooks) may start and cancel
 *   jobs, pull events and interrupt. reel_step(), reel_wait(), reel_close() and reel_register()
 *   return REEL_STATE there.
 *
 * Errors: functions return REEL_OK or a positive number for success, and a negative status for
 *   failure. An `out` parameter is written only on success. reel_strerror() explains a status;
 *   reel_errmsg() says what was wrong with the last call that failed. Functions return REEL_INVALID
 *   for NULL in place of a runtime, and REEL_CLOSED for a closed runtime: its handle (some 32
 *   bytes) stays valid until the process ends, because an interrupt may come at any time. A script
 *   that fails does not make a call fail: it is reported as an event, and by reel_wait().
 *
 * Strings are UTF-8. Strings that the host passes are *copied*. Strings that the host gets are
 *   *borrowed*; each function says until when.
 *
 * Locale: any. While reel runs Lua code, the thread reads and writes numbers as in the "C" locale;
 *   then its own locale is restored. Lua code that the host runs itself follows the host's locale.
 *
 * Signals: the I/O thread blocks all signals, and the threads of the local service block all but
 *   SIGURG. An interrupt from another thread sends SIGURG to the runtime's thread, which must
 *   therefore not block it. reel installs a handler for SIGURG unless the host has one; such a host
 *   must call reel_interrupt() from its handler. reel never raises SIGPIPE.
 *
 * Descriptors and processes: all descriptors are closed on exec. reel waits for its child processes
 *   (ffmpeg) by their ids. A host that reaps every child by wait() takes their results away. */
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
  REEL_TIMEOUT = -4,   /* the time is over; the work goes on */
  REEL_SYSTEM = -8,    /* threads or descriptors ran out */
  REEL_NOT_FOUND = -9, /* there is no such job, or it has ended */
  REEL_CLOSED = -10,   /* the runtime was closed */
  REEL_BUSY = -11,     /* the module name or the Lua state is in use */
  REEL_STATE = -12,    /* called from the wrong thread, or from within a call of this runtime */
  REEL_SCRIPT = -13,   /* Lua code failed */
};

/* Returns what a status means, for people; any number is allowed. Static storage. */
REEL_API const char *reel_strerror(int status);

struct reel;

/* Returns why the last failed call on this runtime failed, for people. *Borrowed* until the next
 * call. For NULL: why this thread's last reel_open() or reel_attach() failed. From another thread,
 * and for a closed runtime, the result is the message of REEL_STATE or REEL_CLOSED. */
REEL_API const char *reel_errmsg(const struct reel *r);

/* Opening and closing. */

enum {
  /* print() writes to stdout, the log goes to stderr, and there are no progress events, as in the
   * program `reel`. Without this flag, print and log become events; an attached state keeps its
   * own print() unless there is a print hook. */
  REEL_STDIO = 1,
  /* Scripts use the local service, which runs in this process, instead of the vendor. It makes
   * previews instead of clips, without a key and without costs. It runs on threads of its own,
   * which end with this runtime. If the grace of reel_close() is too short, the service ends in the
   * middle of its work, and its next start renders the unfinished previews again. */
  REEL_LOCAL = 2,
  /* Waiting outside of a job, in Lua code that the host runs itself, blocks. Without this flag, it
   * raises an error. */
  REEL_BLOCKING = 4,
};

/* A config of zeros and a NULL config mean the defaults. */
struct reel_config {
  unsigned flags;     /* REEL_STDIO, REEL_LOCAL, REEL_BLOCKING */
  const char *folder; /* where the search for reel.conf.lua and .reel begins; *copied*. NULL: beside
                         the first script that is started from a file, or the current folder */
  /* Hooks, which Lua code calls instead of making print and log events. text is *borrowed* until
   * the hook returns; level is "debug", "info", "warn" or "error". */
  void (*print)(void *data, const char *text, size_t size);
  void (*log)(void *data, const char *level, const char *text);
  void *data; /* passed to the hooks; reel does not use it */
};

/* Opens a runtime with a new Lua state, which has all standard libraries and reel. In this state
 * require() searches no relative folder: package.path and package.cpath have the absolute entries
 * of Lua's defaults, LUA_PATH and LUA_CPATH. No configuration is read and no journal is opened
 * before a script needs it. Errors: REEL_INVALID (out is NULL, or a flag is unknown), REEL_NOMEM,
 * REEL_SYSTEM, REEL_SCRIPT (a Lua module that reel needs, such as lua-cjson, cannot be loaded;
 * REEL_LUA is no absolute path). */
REEL_API int reel_open(const struct reel_config *config, struct reel **out);

/* Opens a runtime in the host's Lua 5.4 state; the calling thread must be the one that uses this
 * state. In the state, require "reel" then works, and some functions of the coroutine library are
 * replaced, so that a job can wait inside a coroutine. package.path and package.cpath stay as they
 * are, but the libraries that reel needs, cjson and lfs, come only from package.loaded,
 * package.preload or the absolute entries of package.cpath. L may be any coroutine of the state. A
 * state can have only one runtime in its life. Call lua_close() after reel_close(). Errors: as for
 * reel_open(), and REEL_INVALID (L is NULL), REEL_BUSY (the state has or had a runtime),
 * REEL_SCRIPT (the state lacks the package library or the coroutine library). */
REEL_API int reel_attach(lua_State *L, const struct reel_config *config, struct reel **out);

/* Cancels all jobs and closes the runtime. For up to grace_s seconds (0 to 1e6), jobs may clean up
 * and paid requests that were sent may get their answers. Requests that are still in flight then
 * are ambiguous, and the next run resolves them. Events that were not pulled are dropped. NULL is
 * allowed. Errors: REEL_INVALID (grace_s), REEL_CLOSED, REEL_STATE. */
REEL_API int reel_close(struct reel *r, double grace_s);

/* Returns the main thread of the Lua state, or NULL on error. *Borrowed* until reel_close(). Use it
 * between steps only, and do not change package, coroutine or reel's entries in the registry. */
REEL_API lua_State *reel_lua(struct reel *r);

/* Makes require(name) return a table of these functions. The list has the form that luaL_setfuncs
 * takes; a NULL name ends it. In each function, lua_touserdata(L, lua_upvalueindex(1)) is data.
 * Errors: REEL_INVALID, REEL_BUSY (a module of this name is loaded), REEL_NOMEM, REEL_STATE,
 * REEL_CLOSED. */
REEL_API int reel_register(struct reel *r, const char *name, const luaL_Reg *functions, void *data);

/* Jobs. */

/* Starts a job that runs a script. The script gets argc arguments in `...` and in arg. Later steps
 * read the file and run the script. In a state that reel_open() made, require() then finds the Lua
 * modules beside the file, after those of package.path. out (may be NULL) gets the job's id, which
 * is above 0 and unique in the runtime. The job ends with one REEL_EVENT_DONE or REEL_EVENT_FAILED.
 * Errors: REEL_INVALID (path is NULL; argc is below 0; an argument is NULL), REEL_NOMEM,
 * REEL_STATE, REEL_CLOSED, REEL_SCRIPT (the library itself cannot be loaded). */
REEL_API int reel_start_file(struct reel *r, const char *path, int argc, const char *const *argv,
                             int64_t *out);

/* Starts a job that runs Lua code. Messages call the code by this name; NULL: "host". */
REEL_API int reel_start_string(struct reel *r, const char *code, const char *name, int argc,
                               const char *const *argv, int64_t *out);

/* Cancels a job and its children: the error "cancelled" is raised where they wait. The job ends in
 * later steps, with REEL_EVENT_FAILED. A paid request that is under way is not cancelled.
 * Errors: REEL_NOT_FOUND, REEL_INVALID, REEL_STATE, REEL_CLOSED. */
REEL_API int reel_cancel(struct reel *r, int64_t job);

/* Stepping. */

/* Runs the ready jobs, one after the other, until no job is ready or budget_s seconds (0 to 1e6)
 * have passed. At least one ready job runs, and a running job is not stopped when the time is over.
 * A step without ready jobs takes less than a microsecond. Errors: REEL_INVALID (r, budget_s),
 * REEL_STATE, REEL_CLOSED, REEL_NOMEM. */
REEL_API int reel_step(struct reel *r, double budget_s);

/* Returns a descriptor that is readable exactly when reel_step() has work. Pass it to poll(), but
 * never read from it. *Borrowed* until reel_close(). Errors: REEL_INVALID, REEL_STATE, REEL_CLOSED.
 */
REEL_API int reel_fd(const struct reel *r);

/* For hosts whose loop takes no descriptors: sets a function that is called as wakeup(data) when
 * reel_step() gets work. It is called on the I/O thread or inside a call of this runtime. It should
 * only notify the host's loop (SDL_PushEvent, PostMessage, a condition variable), and it must not
 * call any function of reel. After reel_set_wakeup() has returned, the function that was set before
 * does not run any more. NULL sets no function.
 * Errors: REEL_INVALID, REEL_STATE, REEL_CLOSED. */
REEL_API int reel_set_wakeup(struct reel *r, void (*wakeup)(void *data), void *data);

/* Steps and sleeps until every started job has ended. timeout_s: seconds; negative: no limit.
 * Errors: REEL_TIMEOUT; REEL_SCRIPT, if a job failed during the wait (reel_errmsg() is the error of
 * the last one); REEL_CANCELLED, after reel_interrupt(); REEL_INVALID, REEL_STATE, REEL_CLOSED. */
REEL_API int reel_wait(struct reel *r, double timeout_s);

/* Cancels the job whose Lua code is running (the code stops within a thousand instructions), and
 * ends a reel_wait() that is under way. If the script has set a function for interrupts, this
 * function is called, and the wait does not end. Other jobs go on, and the runtime stays usable.
 * May be called from any thread and any signal handler. A C function that Lua code has called is
 * not stopped before it returns. Nothing happens if r is NULL or closed. */
REEL_API void reel_interrupt(struct reel *r);

/* Events. */

enum reel_event_type {
  REEL_EVENT_PROGRESS = 1, /* something happened to a task */
  REEL_EVENT_DONE,         /* a started job has ended without an error */
  REEL_EVENT_FAILED,       /* a started job has failed or was cancelled */
  REEL_EVENT_PRINT,        /* a script has called print() */
  REEL_EVENT_LOG,          /* a script has called reel.log(), or reel has logged a message */
};

/* The words before a colon are the types of event that set a field. In events of other types the
 * field is NULL, 0 or, where its comment says so, negative. */
struct reel_event {
  enum reel_event_type type;
  int64_t job;    /* the started job that caused the event, itself or by a child; 0: the host */
  size_t dropped; /* how many print, log and progress events were dropped just before this event,
                     because 10,000 events were waiting to be pulled */

  /* print: the line, without the newline. log: the message. done: the first result, if it is a
   * string or a number. failed: the error. progress with "retry": what is tried again and why. */
  const char *text;
  size_t text_size; /* in bytes, without the final NUL; a printed text may contain NULs */

  int64_t integer;       /* done: the first result, if it is an integer */
  const char *kind;      /* failed: the reel.Error's kind, such as "credits"; else "script" */
  const char *traceback; /* failed: where the error was raised */
  const char *level;     /* log: "debug", "info", "warn" or "error" */

  const char *change;  /* progress: "accepted", "state", "settled", "saved" or "retry" */
  const char *task_id; /* progress, and failed if the error is about a task */
  const char *model;   /* progress */
  const char *state;   /* progress: "waiting", "queuing", "generating", "success" or "fail" */
  const char *prompt;  /* progress: the prompt of the task; NULL if the model takes none */
  const char *path;    /* progress with "saved": the file */
  double progress;     /* progress: percent; negative: the vendor has not reported it */
  double elapsed_s;    /* progress: since the task was created; negative: not known */
};

/* Takes the oldest event. Returns 1 and fills out, or returns 0 if there is no event. All strings
 * are *borrowed* until the next call of this function or of reel_close().
 * Errors: REEL_INVALID, REEL_STATE, REEL_CLOSED. */
REEL_API int reel_next_event(struct reel *r, struct reel_event *out);

#ifdef __cplusplus
}
#endif

#endif

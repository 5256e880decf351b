/* reel: Lua scripts that make paid video tasks and wait for them, inside any C program.
 *
 * A runtime (struct reel) owns or borrows a Lua state, runs scripts as jobs in it, and does all
 * that could block on an I/O thread of its own. The host steps it:
 *
 *     struct reel *r;
 *     if (reel_open(NULL, &r) != 0) ...
 *     reel_start_file(r, "trailer.lua", 0, NULL, &id);
 *     for (;;) {                        // your loop, at your pace
 *       poll(reel_fd(r)) ...
 *       reel_step(r, 0.002);
 *     }
 *     reel_close(r, 5);
 *
 * Threads: a runtime belongs to the thread that opened it; only reel_interrupt() may be called from
 *   that thread's signal handlers, too. Several runtimes may live in one process.
 * Errors: functions return 0 or a negative status (reel_strerror); reel_errmsg() tells more.
 * Blocking: nothing does but reel_wait(), and reel_close() for as long as its grace. */
#ifndef REEL_H
#define REEL_H

#include <lua.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REEL_API __attribute__((visibility("default")))

struct reel;

struct reel_config {
  const char *script_path; /* reserved: NULL */
};

/* Opens a runtime with a Lua state of its own. config may be NULL.
 * Errors: no_memory, system. */
REEL_API int reel_open(const struct reel_config *config, struct reel **out);

/* The Lua state. *Borrowed* until reel_close(). */
REEL_API lua_State *reel_lua(struct reel *r);

/* Starts a job that calls module.function(argv[1], ... argv[argc-1]); its first result, an
 * integer, is what reel_result() tells. *Copied*: all strings. Errors: script (see reel_errmsg). */
REEL_API int reel_start_call(struct reel *r, const char *module, const char *function, int argc,
                             char **argv);

/* Runs what is ready for about budget_s seconds; never blocks. Errors: state (called from Lua). */
REEL_API int reel_step(struct reel *r, double budget_s);

/* A descriptor that is readable exactly when reel_step() has work. *Borrowed*. */
REEL_API int reel_fd(const struct reel *r);

/* Steps and sleeps until the started job ended or timeout_s seconds passed (negative: no limit).
 * Errors: timeout; script if the job failed. */
REEL_API int reel_wait(struct reel *r, double timeout_s);

/* The integer that the job returned; 0 if it returned none. */
REEL_API int reel_result(const struct reel *r);

/* Ends the Lua code that runs now, or tells the program's interrupt function if none does. From the
 * runtime's thread or its signal handlers. */
REEL_API void reel_interrupt(struct reel *r);

/* Closes the runtime; paid requests that are being sent get grace_s seconds to end. NULL: nothing.
 */
REEL_API void reel_close(struct reel *r, double grace_s);

REEL_API const char *reel_strerror(int status);

/* What the last failed call had to say. *Borrowed* until the next call. */
REEL_API const char *reel_errmsg(const struct reel *r);

#ifdef __cplusplus
}
#endif

#endif

/* The program `reel`: passes the command line to reel.cli and turns signals into interrupts. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/message.h"
#include "reel.h"
#include "system/standard.h"

enum { FAILED = 1, INTERRUPTED = 130 };

/* Global, since a signal handler gets no argument that could carry the runtime. */
static struct reel *the_runtime;
static volatile sig_atomic_t signals;

/* The first signal lets the program clean up and end; the second one ends it at once. */
static void on_signal(int number) {
  (void)number;
  if (++signals > 1) _exit(INTERRUPTED);
  reel_interrupt(the_runtime);
}

static void catch_signals(void) {
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  struct sigaction present;
  /* nohup starts a program with SIGHUP ignored, and that must stay so. */
  if (sigaction(SIGHUP, NULL, &present) == 0 && present.sa_handler != SIG_IGN)
    sigaction(SIGHUP, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
}

/* The number that reel.cli.main() returned. */
static int exit_code(void) {
  struct reel_event event;
  while (reel_next_event(the_runtime, &event) > 0)
    if (event.type == REEL_EVENT_DONE) return (int)event.integer;
  return FAILED;
}

static int run(int argc, char **argv) {
  const char *const *arguments = (const char *const *)argv + (argc > 0);
  int status = reel_start_string(the_runtime, "return require('reel.cli').main(...)", "reel",
                                 argc - (argc > 0), arguments, NULL);
  if (status == REEL_OK) status = reel_wait(the_runtime, -1);
  if (status == REEL_OK) return exit_code();
  if (signals) return INTERRUPTED;
  reel_message("reel: %s", reel_errmsg(the_runtime));
  return FAILED;
}

/* reel.cli has reported what was lost before; finalizers may print when the runtime is closed. */
static int end_output(int code) {
  int reason = reel_standard_flush();
  if (reason == 0 || reason == EPIPE) return code;
  reel_message("reel: cannot write the output: %s", reel_standard_reason(reason));
  return code ? code : FAILED;
}

int main(int argc, char **argv) {
  if (!reel_standard_open()) return FAILED;
  struct reel_config config = {.flags = REEL_STDIO};
  int status = reel_open(&config, &the_runtime);
  if (status != REEL_OK) {
    reel_message("reel: cannot start: %s: %s", reel_strerror(status), reel_errmsg(NULL));
    return FAILED;
  }
  catch_signals();
  int code = run(argc, argv);
  reel_close(the_runtime, 0);
  return end_output(code);
}

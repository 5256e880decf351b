/* The program: hands the command line to reel.cli and turns signals into interrupts. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "reel.h"

enum { FAILED = 1, INTERRUPTED = 130 };

/* A signal handler has no other way to its runtime. */
static struct reel *the_runtime;
static volatile sig_atomic_t signals;

/* The first asks the program to end in order; the second does not ask. */
static void on_signal(int number) {
  (void)number;
  if (++signals > 1) _exit(INTERRUPTED);
  reel_interrupt(the_runtime);
}

static void catch_signals(void) {
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv) {
  int status = reel_open(NULL, &the_runtime);
  if (status != 0) {
    fprintf(stderr, "reel: cannot start: %s\n", reel_strerror(status));
    return FAILED;
  }
  catch_signals();
  status = reel_start_call(the_runtime, "reel.cli", "main", argc, argv);
  if (status == 0) status = reel_wait(the_runtime, -1);
  int code = status == 0 ? reel_result(the_runtime) : signals ? INTERRUPTED : FAILED;
  if (code == FAILED && status != 0) fprintf(stderr, "reel: %s\n", reel_errmsg(the_runtime));
  fflush(stdout);
  reel_close(the_runtime, 0);
  return code;
}

/* usage: checks NAME; runs one check of reel.h. Exit code 0: the check has passed. */
#include "check.h"

static const struct {
  const char *name;
  void (*run)(void);
} checks[] = {
    {"null", check_null},
    {"closed", check_closed},
    {"reentry", check_reentry},
    {"other_thread", check_other_thread},
    {"arguments", check_arguments},
    {"events", check_events},
    {"unpulled", check_unpulled},
    {"hooks", check_hooks},
    {"register", check_register},
    {"attach", check_attach},
    {"locale", check_locale},
    {"signal", check_signal},
    {"interrupt_thread", check_interrupt_thread},
    {"interrupt_close", check_interrupt_close},
    {"other_thread_close", check_other_thread_close},
    {"wait_interrupted", check_wait_interrupted},
    {"wakeup", check_wakeup},
    {"descriptor", check_descriptor},
    {"budget", check_budget},
    {"two", check_two},
    {"two_threads", check_two_threads},
    {"holders", check_holders},
    {"attached_thread", check_attached_thread},
    {"grace", check_grace},
    {"own_modules", check_own_modules},
    {"host_modules", check_host_modules},
    {"local", check_local},
    {"local_busy", check_local_busy},
    {"local_close", check_local_close},
    {"local_close_early", check_local_close_early},
    {"local_cancel", check_local_cancel},
    {"local_attach", check_local_attach},
};

struct reel *check_open(const struct reel_config *config) {
  struct reel *r = NULL;
  int status = reel_open(config, &r);
  if (status != REEL_OK) fprintf(stderr, "%s\n", reel_errmsg(NULL));
  CHECK(status == REEL_OK);
  return r;
}

int64_t check_start(struct reel *r, const char *code) {
  int64_t id = 0;
  CHECK(reel_start_string(r, code, "check", 0, NULL, &id) == REEL_OK);
  CHECK(id > 0);
  return id;
}

struct reel_event check_event(struct reel *r, enum reel_event_type type) {
  struct reel_event event;
  while (reel_next_event(r, &event) > 0)
    if (event.type == type) return event;
  fprintf(stderr, "no event of type %d\n", (int)type);
  exit(1);
}

int main(int argc, char **argv) {
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
    if (argc != 2 || strcmp(argv[1], checks[i].name) != 0) continue;
    checks[i].run();
    return 0;
  }
  return fputs("usage: checks NAME\n", stderr), 2;
}

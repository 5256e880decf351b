/* Checks of interrupts, wake-ups, descriptors, several runtimes, and closing. */
#include <lualib.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/time.h>
#include <time.h>

#include "check.h"

/* The thread sanitizer delivers signals only in calls of the C library, so the loops allocate. */
#ifdef __SANITIZE_THREAD__
#define BUSY "while true do local _ = {} end"
#else
#define BUSY "while true do end"
#endif

enum { INTERRUPT_AFTER_MS = 100, LONGEST_STOP_MS = 1000 };

static const char busy_coroutine[] =
    "print 'busy' coroutine.wrap(function() " BUSY " end)() print 'never'";

static struct reel *the_runtime;
static _Atomic(double) interrupted_ms;

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void sleep_ms(int ms) {
  poll(NULL, 0, ms);
}

/* Steps through a busy loop that an interrupt ends, prints how long this took, and goes on. */
static void expect_stop(struct reel *r) {
  check_start(r, busy_coroutine);
  struct reel_event event = {0};
  while (event.type != REEL_EVENT_FAILED) {
    CHECK(reel_step(r, 0.01) == REEL_OK);
    if (reel_next_event(r, &event) == 0) event.type = 0;
  }
  double took_ms = now_ms() - interrupted_ms;
  printf("stopped after %.3f ms\n", took_ms);
  CHECK(took_ms < LONGEST_STOP_MS);
  CHECK_TEXT(event.kind, "cancelled");
  CHECK(reel_step(r, 0.01) == REEL_OK);

  check_start(r, "require 'reel'.sleep(0.001) return 7");
  reel_wait(r, 0); /* handles the interrupt */
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  CHECK(check_event(r, REEL_EVENT_DONE).integer == 7);
}

static void on_alarm(int number) {
  (void)number;
  interrupted_ms = now_ms();
  reel_interrupt(the_runtime);
}

static void interrupt_by_alarm(struct reel *r) {
  struct itimerval timer = {.it_value = {.tv_usec = INTERRUPT_AFTER_MS * 1000}};
  struct sigaction action = {.sa_handler = on_alarm};
  the_runtime = r;
  CHECK(sigaction(SIGALRM, &action, NULL) == 0);
  CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

void check_signal(void) {
  struct reel *r = check_open(NULL);
  interrupt_by_alarm(r);
  expect_stop(r);
  CHECK(reel_close(r, 0) == REEL_OK);
  reel_interrupt(r);
}

static void *interrupt_later(void *r) {
  sleep_ms(INTERRUPT_AFTER_MS);
  interrupted_ms = now_ms();
  reel_interrupt(r);
  return NULL;
}

void check_interrupt_thread(void) {
  struct reel *r = check_open(NULL);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, interrupt_later, r) == 0);
  expect_stop(r);
  pthread_join(thread, NULL);
  CHECK(reel_close(r, 0) == REEL_OK);
}

static void *interrupt_often(void *r) {
  for (int i = 0; i < 20000; i++) reel_interrupt(r);
  return NULL;
}

/* Interrupts come while the runtime steps, while it closes, and after it was closed. */
void check_interrupt_close(void) {
  for (int i = 0; i < 5; i++) {
    struct reel *r = check_open(NULL);
    pthread_t thread;
    check_start(r, "while true do require 'reel'.sleep(0) end");
    CHECK(pthread_create(&thread, NULL, interrupt_often, r) == 0);
    for (int n = 0; n < 100; n++) CHECK(reel_step(r, 0.001) == REEL_OK);
    CHECK(reel_close(r, 0) == REEL_OK);
    pthread_join(thread, NULL);
  }
}

struct other_thread {
  struct reel *r;
  atomic_bool has_begun, has_closed;
};

static void *call_often(void *data) {
  struct other_thread *other = data;
  bool is_last;
  do {
    is_last = other->has_closed;
    CHECK(reel_step(other->r, 0) == REEL_STATE);
    CHECK(reel_fd(other->r) == REEL_STATE);
    CHECK(reel_close(other->r, 0) == REEL_STATE);
    other->has_begun = true;
  } while (!is_last);
  return NULL;
}

/* Another thread makes calls while the owner closes the runtime, and afterwards. */
void check_other_thread_close(void) {
  for (int i = 0; i < 5; i++) {
    struct other_thread other = {.r = check_open(NULL)};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, call_often, &other) == 0);
    while (!other.has_begun) sched_yield();
    CHECK(reel_close(other.r, 0) == REEL_OK);
    other.has_closed = true;
    pthread_join(thread, NULL);
  }
}

void check_wait_interrupted(void) {
  struct reel *r = check_open(NULL);
  int64_t id = check_start(r, "require 'reel'.sleep(60)");
  interrupt_by_alarm(r);
  CHECK(reel_wait(r, WAIT_S) == REEL_CANCELLED);
  CHECK(reel_wait(r, 0.01) == REEL_TIMEOUT); /* the job goes on */
  CHECK(reel_cancel(r, id) == REEL_OK);
  CHECK(reel_wait(r, WAIT_S) == REEL_SCRIPT);
  CHECK(reel_close(r, 0) == REEL_OK);
}

/* A host whose loop is a condition variable. */
struct loop {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int wakes;
};

static void wake(void *data) {
  struct loop *loop = data;
  pthread_mutex_lock(&loop->lock);
  loop->wakes++;
  pthread_cond_signal(&loop->changed);
  pthread_mutex_unlock(&loop->lock);
}

static void wait_for_wake(struct loop *loop) {
  struct timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += WAIT_S;
  pthread_mutex_lock(&loop->lock);
  while (!loop->wakes) CHECK(pthread_cond_timedwait(&loop->changed, &loop->lock, &deadline) == 0);
  loop->wakes = 0;
  pthread_mutex_unlock(&loop->lock);
}

void check_wakeup(void) {
  struct loop loop = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
  struct reel *r = check_open(NULL);
  CHECK(reel_set_wakeup(r, wake, &loop) == REEL_OK);
  check_start(r, "local reel = require 'reel' for i = 1, 20 do reel.sleep(i % 2 / 1000) end");
  struct reel_event event = {0};
  while (event.type != REEL_EVENT_DONE) {
    wait_for_wake(&loop);
    CHECK(reel_step(r, 0) == REEL_OK); /* runs one job; jobs that remain wake the host, too */
    reel_next_event(r, &event);
  }
  CHECK(reel_set_wakeup(r, NULL, NULL) == REEL_OK);
  loop.wakes = 0;
  check_start(r, "require 'reel'.sleep(0.001)");
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  CHECK(loop.wakes == 0);
  CHECK(reel_close(r, 0) == REEL_OK);
}

static bool is_readable(struct reel *r, int timeout_ms) {
  struct pollfd work = {.fd = reel_fd(r), .events = POLLIN};
  return poll(&work, 1, timeout_ms) == 1;
}

void check_descriptor(void) {
  struct reel *r = check_open(NULL);
  while (is_readable(r, 0)) CHECK(reel_step(r, 1) == REEL_OK); /* work that opening has left */
  check_start(r, "require 'reel'.sleep(0.1)");
  CHECK(is_readable(r, 0));
  while (is_readable(r, 0)) CHECK(reel_step(r, 1) == REEL_OK);
  double start_ms = now_ms();
  CHECK(is_readable(r, WAIT_S * 1000));
  CHECK(now_ms() - start_ms > 50);
  struct reel_event event = {0};
  int steps = 0;
  for (; event.type != REEL_EVENT_DONE; steps++) {
    CHECK(is_readable(r, WAIT_S * 1000));
    CHECK(reel_step(r, 1) == REEL_OK);
    reel_next_event(r, &event);
  }
  CHECK(steps < 10); /* the descriptor is not readable without work */
  while (is_readable(r, 0)) CHECK(reel_step(r, 1) == REEL_OK);
  CHECK(reel_close(r, 0) == REEL_OK);
}

static int count_prints(struct reel *r) {
  int count = 0;
  for (struct reel_event event; reel_next_event(r, &event) > 0;)
    count += event.type == REEL_EVENT_PRINT;
  return count;
}

static const char gives_way[] =
    "local job = require 'reel.core.job'\n"
    "for i = 1, 10 do print(i) job.give_way() end";

void check_budget(void) {
  struct reel *r = check_open(NULL);
  int steps = 0, prints = 0;
  check_start(r, gives_way);
  while (prints < 10) {
    CHECK(is_readable(r, WAIT_S * 1000));
    CHECK(reel_step(r, 0) == REEL_OK);
    int fresh = count_prints(r);
    CHECK(fresh <= 1); /* no time is left when the first is printed */
    prints += fresh;
    steps++;
  }
  CHECK(steps >= 10);

  check_start(r, gives_way);
  for (prints = 0; prints == 0; prints = count_prints(r)) CHECK(reel_step(r, WAIT_S) == REEL_OK);
  CHECK(prints == 10);
  CHECK(reel_close(r, 0) == REEL_OK);
}

void check_two(void) {
  struct reel *a = check_open(NULL), *b = check_open(NULL);
  check_start(a, "shared = 'a' require 'reel'.sleep(0.05) return shared");
  check_start(b, "shared = 'b' require 'reel'.sleep(0.02) return shared");
  CHECK(reel_wait(a, WAIT_S) == REEL_OK);
  CHECK(reel_wait(b, WAIT_S) == REEL_OK);
  CHECK_TEXT(check_event(a, REEL_EVENT_DONE).text, "a");
  CHECK_TEXT(check_event(b, REEL_EVENT_DONE).text, "b");
  CHECK(reel_close(a, 0) == REEL_OK);
  interrupt_by_alarm(b);
  expect_stop(b);
  CHECK(reel_close(b, 0) == REEL_OK);
}

/* The journal distinguishes the runtimes of one process: runtime a counts as alive until it is
 * closed, while runtime b goes on. */
void check_holders(void) {
  struct reel *a = check_open(NULL), *b = check_open(NULL);
  check_start(a, "return require 'reel.journal.owner'.own()");
  CHECK(reel_wait(a, WAIT_S) == REEL_OK);
  char name[200];
  snprintf(name, sizeof name, "%s", check_event(a, REEL_EVENT_DONE).text);
  const char *arguments[] = {name};
  const char *ask = "return require 'reel.journal.owner'.is_alive(...) and 'alive' or 'dead'";
  for (int i = 0; i < 2; i++) {
    CHECK(reel_start_string(b, ask, NULL, 1, arguments, NULL) == REEL_OK);
    CHECK(reel_wait(b, WAIT_S) == REEL_OK);
    CHECK_TEXT(check_event(b, REEL_EVENT_DONE).text, i == 0 ? "alive" : "dead");
    if (i == 0) CHECK(reel_close(a, 0) == REEL_OK);
  }
  CHECK(reel_close(b, 0) == REEL_OK);
}

static void *open_and_run(void *unused) {
  (void)unused;
  struct reel *r = check_open(NULL);
  for (int i = 0; i < 5; i++) {
    check_start(r,
                "local reel = require 'reel'\n"
                "reel.map({ 1, 2, 3 }, function() reel.sleep(0.001) end)");
    CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  }
  CHECK(reel_close(r, 0) == REEL_OK);
  return NULL;
}

void check_two_threads(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) CHECK(pthread_create(&threads[i], NULL, open_and_run, NULL) == 0);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
}

/* A thread that a script has started ends when the runtime closes, before the state is closed. */
void check_attached_thread(void) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  struct reel *r;
  CHECK(reel_attach(L, NULL, &r) == REEL_OK);
  check_start(
      r, "held = require 'reel.thread'.start(os.getenv 'CHECK_MODULE', '') return held:receive()");
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  CHECK_TEXT(check_event(r, REEL_EVENT_DONE).text, "begun");
  const char *lock = "return (require 'reel.core.files'.lock(os.getenv 'CHECK_FILE'))";
  CHECK(luaL_dostring(L, lock) == LUA_OK && lua_isnil(L, -1));
  CHECK(reel_close(r, 0) == REEL_OK);
  CHECK(luaL_dostring(L, lock) == LUA_OK && !lua_isnil(L, -1));
  lua_close(L);
}

/* Closing lets jobs clean up, and takes no longer than its grace. */
void check_grace(void) {
  struct reel *r = check_open(NULL);
  check_start(r,
              "local reel = require 'reel'\n"
              "local _ <close> = setmetatable({}, { __close = function()\n"
              "  os.remove(os.getenv 'CHECK_FILE')\n"
              "end })\n"
              "reel.sleep(60)");
  CHECK(reel_wait(r, 0.01) == REEL_TIMEOUT);
  double start_ms = now_ms();
  CHECK(reel_close(r, WAIT_S) == REEL_OK);
  CHECK(now_ms() - start_ms < WAIT_S * 1000 / 2);
  CHECK(fopen(getenv("CHECK_FILE"), "r") == NULL);

  r = check_open(NULL);
  check_start(r, "local reel = require 'reel' while true do pcall(reel.sleep, 60) end");
  CHECK(reel_wait(r, 0.01) == REEL_TIMEOUT);
  start_ms = now_ms();
  CHECK(reel_close(r, 0.2) == REEL_OK);
  CHECK(now_ms() - start_ms < 1500);
}

/* How long reel_step() keeps a host: many waiting tasks, the journal on, 60 frames a second.
 *   bench_step URL [TASKS [FRAMES]]        step.lua starts the service and calls it */
#include <math.h>
#include <poll.h>
#include <reel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TASKS = 1000, FRAMES = 3600, RATE = 60, IDLE_STEPS = 1000000 };

static const double BUDGET_S = 0.0001;

static const char script[] =
    "local reel = require 'reel'\n"
    "local url, count = ...\n"
    "reel.configure { base_url = url, api_key = 'local', create_rate = '1000/1',\n"
    "  poll_first = 5, poll_max = 15 }\n"
    "local shots = {}\n"
    "for i = 1, tonumber(count) do shots[i] = i end\n"
    "reel.map(shots, function(i)\n"
    "  return reel.text_to_video { prompt = 'bench ' .. url .. ' ' .. i }:wait()\n"
    "end)\n";

/* By the clock, and what this thread really ran of it: the rest is other programs' work. */
struct span {
  double clock_us, cpu_us;
};

static double read_us(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double now_us(void) {
  return read_us(CLOCK_MONOTONIC);
}

static struct span step(struct reel *r) {
  double start_us = now_us(), cpu_us = read_us(CLOCK_THREAD_CPUTIME_ID);
  if (reel_step(r, BUDGET_S) != REEL_OK) exit(1);
  cpu_us = read_us(CLOCK_THREAD_CPUTIME_ID) - cpu_us;
  return (struct span){now_us() - start_us, cpu_us};
}

static void sleep_until(double due_us) {
  double left_us = due_us - now_us();
  struct timespec nap = {.tv_nsec = (long)(left_us * 1e3)};
  if (left_us > 0) nanosleep(&nap, NULL);
}

static int count_events(struct reel *r, const char *change) {
  int count = 0;
  for (struct reel_event event; reel_next_event(r, &event) > 0;) {
    if (event.type == REEL_EVENT_FAILED) exit((fprintf(stderr, "%s\n", event.text), 1));
    count += event.type == REEL_EVENT_PROGRESS && strcmp(event.change, change) == 0;
  }
  return count;
}

/* Until all tasks were accepted. */
static void start(struct reel *r, const char *url, int tasks) {
  char count[16];
  const char *arguments[] = {url, count};
  snprintf(count, sizeof count, "%d", tasks);
  if (reel_start_string(r, script, "bench", 2, arguments, NULL) != REEL_OK) exit(1);
  for (int accepted = 0; accepted < tasks;) {
    struct pollfd work = {.fd = reel_fd(r), .events = POLLIN};
    poll(&work, 1, -1);
    step(r);
    accepted += count_events(r, "accepted");
  }
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void report(const char *what, double *sorted, int count) {
  qsort(sorted, (size_t)count, sizeof *sorted, compare);
  printf("%s: p50 %.1f, p99 %.1f, p99.9 %.1f, max %.1f us over %d frames\n", what,
         sorted[count / 2], sorted[(int)(count * 0.99)], sorted[(int)(count * 0.999)],
         sorted[count - 1], count);
}

static void measure_frames(struct reel *r, int frames) {
  double *clock_us = calloc((size_t)frames, sizeof *clock_us), due = now_us();
  double *cpu_us = calloc((size_t)frames, sizeof *cpu_us);
  int changes = 0;
  for (int i = 0; i < frames; i++) {
    struct span took = step(r);
    clock_us[i] = took.clock_us;
    cpu_us[i] = took.cpu_us;
    changes += count_events(r, "state");
    sleep_until(due += 1e6 / RATE);
  }
  report("reel_step by the clock", clock_us, frames);
  report("reel_step by its CPU  ", cpu_us, frames);
  printf("changes of state meanwhile: %d\n", changes);
  free(clock_us);
  free(cpu_us);
}

static void measure_idle(void) {
  struct reel *r;
  if (reel_open(NULL, &r) != REEL_OK) exit(1);
  for (int i = 0; i < 100; i++) step(r);
  double start_us = now_us();
  for (int i = 0; i < IDLE_STEPS; i++) reel_step(r, BUDGET_S);
  printf("idle step: %.4f us\n", (now_us() - start_us) / IDLE_STEPS);
  reel_close(r, 0);
}

int main(int argc, char **argv) {
  if (argc < 2) return fputs("usage: bench_step URL [TASKS [FRAMES]]\n", stderr), 2;
  int tasks = argc > 2 ? atoi(argv[2]) : TASKS, frames = argc > 3 ? atoi(argv[3]) : FRAMES;
  struct reel *r;
  measure_idle();
  if (reel_open(NULL, &r) != REEL_OK) return fprintf(stderr, "%s\n", reel_errmsg(NULL)), 1;
  start(r, argv[1], tasks);
  printf("%d tasks wait\n", tasks);
  fflush(stdout);
  measure_frames(r, frames);
  reel_close(r, 0);
  return 0;
}

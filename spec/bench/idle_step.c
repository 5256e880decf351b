/* Measures reel_step() when it has nothing to do. */
#include <reel.h>
#include <stdio.h>
#include <time.h>

enum { STEPS = 10000000 };

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(void) {
  struct reel *r;
  if (reel_open(NULL, &r) != REEL_OK) return fprintf(stderr, "%s\n", reel_errmsg(NULL)), 1;
  for (int i = 0; i < 100; i++) reel_step(r, 0.0001); /* work that opening left */
  double start_us = now_us();
  for (int i = 0; i < STEPS; i++) reel_step(r, 0.0001);
  printf("idle reel_step: %.4f us\n", (now_us() - start_us) / STEPS);
  reel_close(r, 0);
  return 0;
}

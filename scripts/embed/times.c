#include "times.h"

#include <stdlib.h>
#include <string.h>

void times_add(struct times *times, double ms) {
  times->ms[times->count++ % TIMES_KEPT] = (float)ms;
  if (ms > times->worst_ms) times->worst_ms = (float)ms;
}

static int kept(const struct times *times) {
  return times->count < TIMES_KEPT ? times->count : TIMES_KEPT;
}

float times_before(const struct times *times, int before) {
  return before < kept(times) ? times->ms[(times->count - 1 - before) % TIMES_KEPT] : 0;
}

static int compare(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

float times_percentile(const struct times *times, double share) {
  float sorted[TIMES_KEPT];
  int count = kept(times), place = (int)(share * count);
  memcpy(sorted, times->ms, sizeof sorted);
  qsort(sorted, (size_t)count, sizeof *sorted, compare);
  return count > 0 ? sorted[place < count ? place : count - 1] : 0;
}

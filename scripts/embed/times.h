/* Statistics of times: the times of the last 3600 frames, which is a minute, and their worst. */
#ifndef EMBED_TIMES_H
#define EMBED_TIMES_H

enum { TIMES_KEPT = 3600 };

struct times {
  int count;      /* of all that were added; the last TIMES_KEPT are kept */
  float worst_ms; /* of all that were added */
  float ms[TIMES_KEPT];
};

void times_add(struct times *times, double ms);

/* The time of the frame that came `before` frames before the last; 0 when it is not kept. */
float times_before(const struct times *times, int before);

/* The percentile of the kept times for a share of 0 to 1; 0 when there are none. */
float times_percentile(const struct times *times, double share);

#endif

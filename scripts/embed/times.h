/* Times of frames: those of the last minute, and what they come to. */
#ifndef EMBED_TIMES_H
#define EMBED_TIMES_H

enum { TIMES_KEPT = 3600 };

struct times {
  int count;      /* of all that were added; the last TIMES_KEPT are kept */
  float worst_ms; /* of all that were added */
  float ms[TIMES_KEPT];
};

void times_add(struct times *times, double ms);

/* The one that is so many before the last; 0: it is not kept. */
float times_before(const struct times *times, int before);

/* Of those kept, such a share (0 to 1) took no longer. 0 when there are none. */
float times_percentile(const struct times *times, double share);

#endif

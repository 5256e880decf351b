#include "journal/crash.h"

#ifdef REEL_CRASH_POINTS
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void reel_crash_point(const char *name) {
  static atomic_int passes;
  const char *wanted = getenv("REEL_CRASH_AT");
  size_t length = strlen(name);
  if (!wanted || strncmp(wanted, name, length) != 0) return;
  if (wanted[length] != '\0' && wanted[length] != ':') return;
  int nth = wanted[length] == ':' ? atoi(wanted + length + 1) : 1;
  if (atomic_fetch_add(&passes, 1) + 1 == nth) raise(SIGKILL);
}
#else
typedef int reel_crash_is_off; /* ISO C requires a declaration in every file */
#endif

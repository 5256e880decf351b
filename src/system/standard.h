/* The standard files of the program. A host has its own, so only the program uses this. */
#ifndef REEL_SYSTEM_STANDARD_H
#define REEL_SYSTEM_STANDARD_H

#include <stdbool.h>

/* Opens /dev/null in place of each of the descriptors 0, 1 and 2 that is closed. Otherwise the
 * journal or a socket would get one of them, and everything that is printed would go there. What is
 * written to stdout fails as before. Returns false if that is impossible. [main, before anything
 * else is opened] */
bool reel_standard_open(void);

/* Writes what stdout holds back. Returns 0, or why some of what was printed since the last call is
 * lost: a value of errno, EPIPE if nobody reads the pipe any more. [main] */
int reel_standard_flush(void);

/* A result of reel_standard_flush() for people. *Borrowed* until the next call. [main] */
const char *reel_standard_reason(int reason);

#endif

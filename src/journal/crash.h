/* Crash points: named places where tests kill the process. REEL_CRASH_AT=name[:nth] ends the
 * process by SIGKILL when it reaches the named place for the nth time (default: the first). A build
 * without REEL_CRASH_POINTS contains none of this. */
#ifndef REEL_CRASH_H
#define REEL_CRASH_H

#ifdef REEL_CRASH_POINTS
void reel_crash_point(const char *name);
#define REEL_CRASH_POINT(name) reel_crash_point(name)
#else
#define REEL_CRASH_POINT(name) ((void)(name))
#endif

#endif

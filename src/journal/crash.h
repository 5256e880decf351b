/* Places where tests kill the process: REEL_CRASH_AT=name[:nth] ends it by SIGKILL at the nth pass
 * of the named one. Nothing of it is in a build without REEL_CRASH_POINTS. */
#ifndef REEL_CRASH_H
#define REEL_CRASH_H

#ifdef REEL_CRASH_POINTS
void reel_crash_point(const char *name);
#define REEL_CRASH_POINT(name) reel_crash_point(name)
#else
#define REEL_CRASH_POINT(name) ((void)(name))
#endif

#endif

#include "system/standard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* stdout is opened for reading, so that to write to it is an error as it was on the closed one. */
bool reel_standard_open(void) {
  static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    if (open("/dev/null", modes[fd]) != fd) return false; /* the lowest free one is fd */
  }
  return true;
}

static bool is_unread(void) {
  struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
  return poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
}

static bool is_disk_full(void) {
  struct statvfs disk;
  return fstatvfs(STDOUT_FILENO, &disk) == 0 && disk.f_blocks > 0 && disk.f_bavail == 0;
}

/* Lua's print() flushes each line and drops errno, and the stream remembers only that there was an
 * error. Devices tell it again when nothing is written. */
static int find_reason(void) {
  if (is_unread()) return EPIPE;
  if (write(STDOUT_FILENO, "", 0) < 0) return errno;
  return is_disk_full() ? ENOSPC : EIO;
}

int reel_standard_flush(void) {
  bool had_failed = ferror(stdout);
  int reason = fflush(stdout) == 0 ? 0 : errno;
  clearerr(stdout);
  return had_failed && reason == 0 ? find_reason() : reason;
}

const char *reel_standard_reason(int reason) {
  return reason == EBADF ? "stdout is closed" : strerror(reason);
}

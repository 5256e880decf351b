#include "system/write.h"

#include <errno.h>
#include <unistd.h>

bool reel_write_all(int fd, const void *bytes, size_t size) {
  for (const char *next = bytes; size;) {
    ssize_t written = write(fd, next, size);
    if (written < 0 && errno == EINTR) continue;
    if (written == 0) errno = EIO; /* a regular file never answers so; it would be asked for ever */
    if (written <= 0) return false;
    next += written;
    size -= (size_t)written;
  }
  return true;
}

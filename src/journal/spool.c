#include "journal/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const char *bytes, size_t size) {
  while (size) {
    ssize_t written = write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    size -= (size_t)written;
  }
  return true;
}

static bool write_record(int fd, const struct reel_vendor_answer *answer) {
  char head[160];
  int length = snprintf(head, sizeof head, "%s %ld %d %zu\n", answer->nonce, answer->http_status,
                        answer->curl_code, answer->size);
  return write_all(fd, head, (size_t)length) && write_all(fd, answer->bytes, answer->size) &&
         write_all(fd, "\n", 1) && fsync(fd) == 0;
}

/* Locks the file, since other processes append to it, too. */
static bool append_record(int fd, const struct reel_vendor_answer *answer) {
  struct stat info;
  if (flock(fd, LOCK_EX) != 0 || fstat(fd, &info) != 0) return false;
  if (write_record(fd, answer)) return true;
  bool undone = ftruncate(fd, info.st_size) == 0;
  (void)undone; /* half a record makes those after it unreadable, but nothing more can be done */
  return false;
}

static void sync_folder_of(char *path) {
  *strrchr(path, '/') = '\0';
  int fd = open(path[0] ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

bool reel_spool_append(const char *journal_path, const struct reel_vendor_answer *answer) {
  char path[4200];
  snprintf(path, sizeof path, "%s.spool", journal_path);
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return false;
  bool stored = append_record(fd, answer);
  close(fd);
  sync_folder_of(path);
  return stored;
}

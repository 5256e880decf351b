#include "journal/side_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ownership.h"
#include "base/status.h"

static const char *const endings[] = {"-journal", "-wal", "-shm"};

enum { ENDINGS = sizeof endings / sizeof endings[0], PATH_SIZE = 4200, TAIL_SIZE = 16 };

/* How a rollback journal ends that names a super-journal: after the name, its length and its
 * checksum (four bytes each, the highest first), and this. */
static const unsigned char magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};

static int refuse(char *reason, size_t size, const char *ending, const char *words) {
  snprintf(reason, size, "the file beside it that ends in %s %s", ending, words);
  return REEL_JOURNAL;
}

/* Whether the rollback journal at `path` names a super-journal. Closing the file is harmless, as
 * SQLite locks other files. */
static bool names_super_journal(const char *path) {
  unsigned char tail[TAIL_SIZE];
  struct stat info;
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  bool is_read = fd >= 0 && fstat(fd, &info) == 0 && info.st_size >= TAIL_SIZE &&
                 pread(fd, tail, TAIL_SIZE, info.st_size - TAIL_SIZE) == TAIL_SIZE;
  if (fd >= 0) close(fd);
  bool has_length = is_read && (tail[0] | tail[1] | tail[2] | tail[3]) != 0;
  return has_length && memcmp(tail + TAIL_SIZE - sizeof magic, magic, sizeof magic) == 0;
}

/* Only the rollback journal is opened: closing the file -shm would drop locks that this process has
 * on it. */
static int check(const char *path, bool is_rollback, const char *ending, char *reason,
                 size_t size) {
  struct stat info;
  if (lstat(path, &info) != 0)
    return errno == ENOENT ? REEL_OK : refuse(reason, size, ending, strerror(errno));
  if (!S_ISREG(info.st_mode)) return refuse(reason, size, ending, "is not a plain file");
  if (reel_ownership_of(&info) != REEL_OWNED)
    return refuse(reason, size, ending, "belongs to another user, or others may write to it");
  if (is_rollback && names_super_journal(path))
    return refuse(reason, size, ending,
                  "would delete another file, and reel makes no such files; move the folder away "
                  "if somebody else has made it");
  return REEL_OK;
}

int reel_side_files_check(const char *path, char *reason, size_t size) {
  for (size_t i = 0; i < ENDINGS; i++) {
    char name[PATH_SIZE];
    int length = snprintf(name, sizeof name, "%s%s", path, endings[i]);
    if (length < 0 || (size_t)length >= sizeof name)
      return refuse(reason, size, endings[i], "has too long a path");
    int status = check(name, i == 0, endings[i], reason, size);
    if (status != REEL_OK) return status;
  }
  return REEL_OK;
}

#include "system/part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "system/folder.h"
#include "system/write.h"

static int fail_system(struct reel_part *part) {
  part->system_error = errno;
  return REEL_SYSTEM;
}

static int join(const char *folder, const char *path, const char *ending, char **out) {
  int size =
      folder ? asprintf(out, "%s/%s%s", folder, path, ending) : asprintf(out, "%s%s", path, ending);
  if (size >= 0) return REEL_OK;
  *out = NULL;
  return REEL_NOMEM;
}

int reel_part_init(struct reel_part *part, const struct reel_folder *folder, const char *path) {
  const char *prefix = folder ? folder->path : NULL;
  size_t skipped = folder ? strlen(folder->path) + 1 : 0;
  part->fd = -1;
  part->folder = AT_FDCWD;
  int status = join(prefix, path, "", &part->path);
  if (status == REEL_OK) status = join(prefix, path, ".part", &part->part_path);
  if (status != REEL_OK) return status;
  part->name = part->path + skipped;
  part->part_name = part->part_path + skipped;
  if (!folder) return REEL_OK;
  part->folder = fcntl(folder->fd, F_DUPFD_CLOEXEC, 0);
  return part->folder >= 0 ? REEL_OK : fail_system(part);
}

void reel_part_deinit(struct reel_part *part) {
  if (part->path) {
    reel_part_close(part);
    if (part->folder >= 0) close(part->folder);
  }
  free(part->path);
  free(part->part_path);
}

void reel_part_close(struct reel_part *part) {
  if (part->fd >= 0) close(part->fd);
  part->fd = -1;
}

void reel_part_drop(struct reel_part *part) {
  if (part->fd < 0) return;
  unlinkat(part->folder, part->part_name, 0); /* while we hold the lock */
  reel_part_close(part);
}

/* Whether the part's path still leads to the opened file. Whoever held the lock before may have
 * renamed or deleted the file between our open and our lock. */
static bool is_still_there(const struct reel_part *part, const struct stat *opened) {
  struct stat there;
  return fstatat(part->folder, part->part_name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
         there.st_ino == opened->st_ino && there.st_dev == opened->st_dev;
}

static int lock_opened(struct reel_part *part, uint64_t *size) {
  struct stat opened;
  if (flock(part->fd, LOCK_EX | LOCK_NB) != 0)
    return errno == EWOULDBLOCK ? REEL_BUSY : fail_system(part);
  if (fstat(part->fd, &opened) != 0) return fail_system(part);
  /* A second name would be that of a file which reel did not make. */
  if (!S_ISREG(opened.st_mode) || opened.st_nlink > 1) {
    part->system_error = EEXIST;
    return REEL_SYSTEM;
  }
  *size = (uint64_t)opened.st_size;
  return is_still_there(part, &opened) ? REEL_OK : REEL_BUSY;
}

int reel_part_open(struct reel_part *part, bool create, uint64_t *size) {
  /* O_NONBLOCK: opening a FIFO must not wait for its reader. */
  int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (create ? O_CREAT : 0);
  part->fd = openat(part->folder, part->part_name, flags, 0666);
  if (part->fd < 0) return errno == ENOENT && !create ? REEL_NOT_FOUND : fail_system(part);

  int status = lock_opened(part, size);
  if (status != REEL_OK) reel_part_close(part);
  return status;
}

int reel_part_restart(struct reel_part *part) {
  return ftruncate(part->fd, 0) == 0 ? REEL_OK : fail_system(part);
}

int reel_part_write(struct reel_part *part, const char *bytes, size_t size) {
  return reel_write_all(part->fd, bytes, size) ? REEL_OK : fail_system(part);
}

static char *folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash) return strdup(".");
  return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* A rename is on the disk only when its folder was synced. */
static int sync_folder(struct reel_part *part) {
  if (part->folder >= 0) return fsync(part->folder) == 0 ? REEL_OK : fail_system(part);
  char *folder = folder_of(part->path);
  if (!folder) return REEL_NOMEM;
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  free(folder);
  if (fd < 0) return fail_system(part);
  int status = fsync(fd) == 0 ? REEL_OK : fail_system(part);
  close(fd);
  return status;
}

int reel_part_keep(struct reel_part *part) {
  if (fsync(part->fd) != 0) return fail_system(part);
  if (renameat(part->folder, part->part_name, part->folder, part->name) != 0)
    return fail_system(part);
  reel_part_close(part);
  return sync_folder(part);
}

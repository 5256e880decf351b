#include "system/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ownership.h"
#include "base/status.h"
#include "system/digest.h"
#include "system/write.h"

enum { CHUNK_BYTES = 65536, RANDOM_BYTES = 8, NEW_NAME_SIZE = 32 };

static int fail_system(struct reel_folder *folder) {
  folder->system_error = errno;
  return errno == ENOENT ? REEL_NOT_FOUND : REEL_SYSTEM;
}

static int refuse(struct reel_folder *folder, const char *reason) {
  folder->reason = reason;
  return REEL_SYSTEM;
}

/* Opening */

/* Why a folder of reel's could not be opened: O_NOFOLLOW and O_DIRECTORY do not tell apart what is
 * there instead. */
static int explain_open(struct reel_folder *folder, int parent, const char *name) {
  struct stat there;
  int error = errno;
  if (error != ENOTDIR && error != ELOOP) return fail_system(folder);
  if (fstatat(parent, name, &there, AT_SYMLINK_NOFOLLOW) == 0) {
    if (S_ISLNK(there.st_mode))
      return refuse(folder,
                    "this is a symbolic link, and reel uses only real folders, since a link could "
                    "lead it to files that are not its own; move the folder that it leads to here, "
                    "in place of the link");
    if (!S_ISDIR(there.st_mode)) return refuse(folder, "this is not a folder; move it away");
  }
  errno = error;
  return fail_system(folder);
}

static int check_owner(struct reel_folder *folder) {
  struct stat info;
  if (fstat(folder->fd, &info) != 0) return fail_system(folder);
  switch (reel_ownership_of(&info)) {
    case REEL_OWNED:
      return REEL_OK;
    case REEL_SHARED:
      return refuse(folder, "other users may write to this folder; run chmod go-w on it");
    case REEL_FOREIGN:
      break;
  }
  return refuse(folder,
                "this folder belongs to another user; run reel as that user, or move the folder "
                "away, and reel makes a new one");
}

/* A new folder is on the disk only when the folder that it is in was synced. */
static int sync_parent(struct reel_folder *folder) {
  int fd = openat(folder->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail_system(folder);
  int status = fsync(fd) == 0 ? REEL_OK : fail_system(folder);
  close(fd);
  return status;
}

static int open_at(struct reel_folder *folder, int parent, const char *name,
                   enum reel_folder_kind kind, bool make) {
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  bool is_new = make && mkdirat(parent, name, 0700) == 0;
  if (make && !is_new && errno != EEXIST) return fail_system(folder);
  folder->file_mode = kind == REEL_FOLDER_OWN ? 0600 : 0666;
  folder->fd = openat(parent, name, kind == REEL_FOLDER_OWN ? flags | O_NOFOLLOW : flags);
  if (folder->fd < 0) return explain_open(folder, parent, name);
  int status = kind == REEL_FOLDER_OWN ? check_owner(folder) : REEL_OK;
  if (status == REEL_OK && is_new) status = sync_parent(folder);
  return status;
}

/* Without the slashes at its end: O_NOFOLLOW follows a link whose name ends in a slash. */
static char *copy_path(const char *path) {
  size_t size = strlen(path);
  while (size > 1 && path[size - 1] == '/') size--;
  return strndup(path, size);
}

int reel_folder_open(struct reel_folder *folder, const char *path, enum reel_folder_kind kind,
                     bool make) {
  *folder = REEL_FOLDER_CLOSED;
  folder->path = copy_path(path);
  if (!folder->path) return REEL_NOMEM;
  return open_at(folder, AT_FDCWD, folder->path, kind, make);
}

int reel_folder_open_sub(const struct reel_folder *parent, const char *name, bool make,
                         struct reel_folder *folder) {
  *folder = REEL_FOLDER_CLOSED;
  if (!reel_folder_is_name(name, strlen(name))) return REEL_INVALID;
  if (asprintf(&folder->path, "%s/%s", parent->path, name) < 0) folder->path = NULL;
  if (!folder->path) return REEL_NOMEM;
  return open_at(folder, parent->fd, name, REEL_FOLDER_OWN, make);
}

int reel_folder_open_again(const struct reel_folder *opened, struct reel_folder *folder) {
  *folder = REEL_FOLDER_CLOSED;
  folder->path = strdup(opened->path);
  if (!folder->path) return REEL_NOMEM;
  return open_at(folder, opened->fd, ".", REEL_FOLDER_OWN, false);
}

int reel_folder_make_temporary(struct reel_folder *folder) {
  const char *base = getenv("TMPDIR");
  *folder = REEL_FOLDER_CLOSED;
  if (!base || base[0] != '/') base = "/tmp";
  if (asprintf(&folder->path, "%s/reel-XXXXXX", base) < 0) folder->path = NULL;
  if (!folder->path) return REEL_NOMEM;
  if (!mkdtemp(folder->path)) { /* which makes it 0700 */
    folder->path[strlen(base)] = '\0';
    return fail_system(folder);
  }
  int status = open_at(folder, AT_FDCWD, folder->path, REEL_FOLDER_OWN, false);
  if (status != REEL_OK) rmdir(folder->path);
  return status;
}

void reel_folder_close(struct reel_folder *folder) {
  if (folder->fd >= 0) close(folder->fd);
  free(folder->path);
  *folder = REEL_FOLDER_CLOSED;
}

bool reel_folder_is_name(const char *name, size_t size) {
  if (size < 1 || size > NAME_MAX) return false;
  if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return false;
  for (size_t i = 0; i < size; i++) {
    unsigned char byte = (unsigned char)name[i];
    if (byte < 0x20 || byte == 0x7f || byte == '/') return false;
  }
  return true;
}

/* Files */

int reel_folder_open_file(struct reel_folder *folder, const char *name, int *out) {
  struct stat info;
  /* O_NONBLOCK: opening a FIFO must not wait for its writer. */
  int fd = openat(folder->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 && errno == ELOOP) return refuse(folder, "this is a symbolic link");
  if (fd < 0) return fail_system(folder);
  int status = fstat(fd, &info) != 0   ? fail_system(folder)
               : S_ISREG(info.st_mode) ? REEL_OK
                                       : refuse(folder, "this is not a plain file");
  if (status != REEL_OK)
    close(fd);
  else
    *out = fd;
  return status;
}

static int read_all(struct reel_folder *folder, int fd, struct reel_buffer *out, bool *is_whole) {
  char chunk[CHUNK_BYTES];
  for (;;) {
    ssize_t size = read(fd, chunk, sizeof chunk);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_system(folder);
    size_t left = out->max - out->size, taken = (size_t)size < left ? (size_t)size : left;
    int status = taken ? reel_buffer_add(out, chunk, taken) : REEL_OK;
    *is_whole = size == 0;
    if (status != REEL_OK || size == 0 || taken < (size_t)size) return status;
  }
}

int reel_folder_read(struct reel_folder *folder, const char *name, struct reel_buffer *out,
                     bool *is_whole) {
  int fd, status = reel_folder_open_file(folder, name, &fd);
  if (status != REEL_OK) return status;
  status = read_all(folder, fd, out, is_whole);
  close(fd);
  return status;
}

/* A name that nobody can have put there before. It begins with a dot, so that people see only files
 * that are whole. */
static int choose_name(char name[NEW_NAME_SIZE]) {
  static const char prefix[] = ".new-";
  unsigned char bytes[RANDOM_BYTES];
  int status = reel_digest_random(bytes, sizeof bytes);
  if (status != REEL_OK) return status;
  memcpy(name, prefix, sizeof prefix);
  reel_digest_hex(bytes, sizeof bytes, name + sizeof prefix - 1);
  return REEL_OK;
}

static int write_new(struct reel_folder *folder, const char *name, const char *bytes, size_t size) {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat(folder->fd, name, flags, folder->file_mode);
  if (fd < 0) return fail_system(folder);
  int status = reel_write_all(fd, bytes, size) && fsync(fd) == 0 ? REEL_OK : fail_system(folder);
  if (close(fd) != 0 && status == REEL_OK) status = fail_system(folder);
  return status;
}

int reel_folder_write(struct reel_folder *folder, const char *name, const char *bytes,
                      size_t size) {
  char new_name[NEW_NAME_SIZE];
  int status = choose_name(new_name);
  if (status != REEL_OK) return status;
  status = write_new(folder, new_name, bytes, size);
  if (status == REEL_OK) status = reel_folder_rename(folder, new_name, name);
  if (status == REEL_OK) return REEL_OK;
  unlinkat(folder->fd, new_name, 0); /* a failure to open it leaves nothing to remove */
  return status == REEL_NOT_FOUND ? REEL_SYSTEM : status;
}

int reel_folder_rename(struct reel_folder *folder, const char *from, const char *to) {
  bool is_done = renameat(folder->fd, from, folder->fd, to) == 0 && fsync(folder->fd) == 0;
  return is_done ? REEL_OK : fail_system(folder);
}

int reel_folder_remove(struct reel_folder *folder, const char *name) {
  return unlinkat(folder->fd, name, 0) == 0 ? REEL_OK : fail_system(folder);
}

int reel_folder_stat(struct reel_folder *folder, const char *name, struct stat *out) {
  return fstatat(folder->fd, name, out, AT_SYMLINK_NOFOLLOW) == 0 ? REEL_OK : fail_system(folder);
}

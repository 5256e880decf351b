#include "journal/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "system/digest.h"
#include "system/folder.h"
#include "system/write.h"

enum { MAX_TRIES = 8 };

static bool write_record(int fd, const struct reel_vendor_answer *answer) {
  char head[160];
  int length = snprintf(head, sizeof head, "%s %ld %d %zu\n", answer->nonce, answer->http_status,
                        answer->curl_code, answer->size);
  return reel_write_all(fd, head, (size_t)length) && reel_write_all(fd, answer->bytes, answer->size) &&
         reel_write_all(fd, "\n", 1) && fsync(fd) == 0;
}

/* Ends the line of a record that was cut, so that the next one begins a line. */
static bool end_cut_line(int fd, off_t size) {
  char last = '\n';
  if (size > 0 && pread(fd, &last, 1, size - 1) != 1) return false;
  return last == '\n' || reel_write_all(fd, "\n", 1);
}

/* Whether the name still leads to the opened file: another process may have set it aside between
 * our open and our lock. */
static bool is_still_there(struct reel_folder *folder, const char *name,
                           const struct stat *opened) {
  struct stat there;
  return reel_folder_stat(folder, name, &there) == REEL_OK && there.st_ino == opened->st_ino &&
         there.st_dev == opened->st_dev;
}

static bool undo(int fd, const struct stat *before) {
  bool undone = ftruncate(fd, before->st_size) == 0;
  (void)undone; /* the half record will be set aside, and nothing more can be done */
  return false;
}

static bool lock(int fd, int operation) {
  int result;
  while ((result = flock(fd, operation)) != 0 && errno == EINTR) continue;
  return result == 0;
}

/* Opens and locks the file, since other processes append to it, too. Returns -1 on failure. */
static int open_locked(struct reel_folder *folder, const char *name, struct stat *info) {
  const int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  for (int tries = 0; tries < MAX_TRIES; tries++) {
    int fd = openat(folder->fd, name, flags, 0600);
    if (fd < 0) return -1;
    bool is_usable = lock(fd, LOCK_EX) && fstat(fd, info) == 0 && S_ISREG(info->st_mode);
    if (is_usable && is_still_there(folder, name, info)) return fd;
    close(fd);
    if (!is_usable) return -1;
  }
  return -1;
}

static bool append(struct reel_folder *folder, const char *name,
                   const struct reel_vendor_answer *answer) {
  struct stat before;
  int fd = open_locked(folder, name, &before);
  if (fd < 0) return false;
  bool is_stored =
      (end_cut_line(fd, before.st_size) && write_record(fd, answer)) || undo(fd, &before);
  close(fd);
  fsync(folder->fd);
  return is_stored;
}

/* Opens the folder of the spool file. Its name within the folder goes into *name. */
static bool open_folder(const char *journal_path, struct reel_folder *folder, char **name) {
  char path[4200];
  *name = NULL;
  snprintf(path, sizeof path, "%s", journal_path);
  char *slash = strrchr(path, '/');
  if (!slash || asprintf(name, "%s.spool", slash + 1) < 0) return false;
  slash[slash == path] = '\0';
  return reel_folder_open(folder, path, REEL_FOLDER_ANY, false) == REEL_OK;
}

bool reel_spool_append(const char *journal_path, const struct reel_vendor_answer *answer) {
  struct reel_folder folder = REEL_FOLDER_CLOSED;
  char *name = NULL;
  bool is_stored = open_folder(journal_path, &folder, &name) && append(&folder, name, answer);
  reel_folder_close(&folder);
  free(name);
  return is_stored;
}

/* Setting aside */

static int rename_aside(struct reel_folder *folder, const char *name,
                        char out[REEL_SPOOL_NAME_SIZE]) {
  unsigned char bytes[8];
  char hex[2 * sizeof bytes + 1], bad[REEL_SPOOL_NAME_SIZE];
  if (reel_digest_random(bytes, sizeof bytes) != REEL_OK) return REEL_SYSTEM;
  reel_digest_hex(bytes, sizeof bytes, hex);
  int length = snprintf(bad, sizeof bad, "%s.bad-%s", name, hex);
  if ((size_t)length >= sizeof bad) return REEL_SYSTEM;
  int status = reel_folder_rename(folder, name, bad);
  if (status == REEL_OK) memcpy(out, bad, sizeof bad);
  return status;
}

/* A regular file that cannot be opened may hold answers, and the reason may pass. So only something
 * else is renamed, which never had any. */
static int set_aside_unopened(struct reel_folder *folder, const char *name,
                              char out[REEL_SPOOL_NAME_SIZE]) {
  struct stat info;
  int status = reel_folder_stat(folder, name, &info);
  if (status != REEL_OK) return status;
  return S_ISREG(info.st_mode) ? REEL_SYSTEM : rename_aside(folder, name, out);
}

/* Only a regular file can have a writer, whose lock has to be waited for. */
static int set_aside(struct reel_folder *folder, const char *name, int64_t size,
                     char out[REEL_SPOOL_NAME_SIZE]) {
  struct stat info;
  int fd, status = reel_folder_open_file(folder, name, &fd);
  if (status == REEL_NOT_FOUND) return status;
  if (status != REEL_OK) return set_aside_unopened(folder, name, out);
  bool is_free = lock(fd, LOCK_EX | LOCK_NB) && fstat(fd, &info) == 0 &&
                 is_still_there(folder, name, &info) && (size < 0 || info.st_size == size);
  status = is_free ? rename_aside(folder, name, out) : REEL_BUSY;
  close(fd);
  return status;
}

int reel_spool_set_aside(const char *journal_path, int64_t size, char out[REEL_SPOOL_NAME_SIZE]) {
  struct reel_folder folder = REEL_FOLDER_CLOSED;
  char *name = NULL;
  bool is_open = open_folder(journal_path, &folder, &name);
  int status = is_open ? set_aside(&folder, name, size, out) : REEL_SYSTEM;
  reel_folder_close(&folder);
  free(name);
  return status;
}

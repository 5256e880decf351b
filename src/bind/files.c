/* reel.core.files: copies, reads and locks files, and makes folders. reel.core.http downloads. */
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/copy.h"
#include "bind/core.h"
#include "bind/folder.h"
#include "bind/job/job.h"
#include "system/read.h"
#include "base/status.h"

#define LOCK_TYPE "reel.core.Lock"

struct lock_box {
  int fd; /* negative: released */
};

static int push_system_failure(lua_State *L, const char *path, int error) {
  const char *message = lua_pushfstring(L, "%s: %s", path, strerror(error));
  return reel_job_push_failure(L, REEL_SYSTEM, message);
}

static int push_copy(lua_State *L, struct reel_op *op) {
  const struct reel_copy *copy = (const struct reel_copy *)op;
  const char *message = NULL;
  if (op->status == REEL_OK) {
    lua_pushinteger(L, (lua_Integer)copy->bytes);
    return 1;
  }
  if (copy->system_error)
    message = lua_pushfstring(L, "%s: %s", copy->from, strerror(copy->system_error));
  else if (copy->to.system_error)
    message = lua_pushfstring(L, "%s: %s", copy->to.path, strerror(copy->to.system_error));
  return reel_job_push_failure(L, op->status, message);
}

static const char *check_path(lua_State *L, int arg) {
  size_t size;
  const char *path = luaL_checklstring(L, arg, &size);
  luaL_argcheck(L, size > 0 && strlen(path) == size, arg,
                "a path expected, not empty and without zero bytes");
  return path;
}

/* files.copy(from, to [, folder]): with a folder, `to` is a name in it */
static int files_copy(lua_State *L) {
  struct reel_copy *copy;
  const struct reel_folder *folder = lua_isnoneornil(L, 3) ? NULL : reel_check_folder(L, 3);
  const char *from = check_path(L, 1);
  const char *to = folder ? reel_check_folder_name(L, 2) : check_path(L, 2);
  int status = reel_copy_new(from, folder, to, &copy);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  return reel_job_await(L, &copy->op, push_copy);
}

static int push_content(lua_State *L, struct reel_op *op) {
  const struct reel_read *read = (const struct reel_read *)op;
  const char *reason = read->system_error           ? strerror(read->system_error)
                       : op->status == REEL_INVALID ? "not a regular file"
                                                    : reel_strerror(op->status);
  if (op->status != REEL_OK)
    return reel_job_push_failure(L, op->status, lua_pushfstring(L, "%s: %s", read->path, reason));
  lua_pushlstring(L, read->content.data ? read->content.data : "", read->content.size);
  return 1;
}

/* files.read(path, max_bytes) -> content | nil, word, message */
static int files_read(lua_State *L) {
  struct reel_read *read;
  const char *path = check_path(L, 1);
  lua_Integer max_bytes = luaL_checkinteger(L, 2);
  luaL_argcheck(L, max_bytes > 0, 2, "a number of bytes above 0 expected");
  int status = reel_read_new(path, (size_t)max_bytes, &read);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  return reel_job_await(L, &read->op, push_content);
}

/* Makes a folder that only its owner may use. A folder that exists already stays as it is. */
static int files_make_folder(lua_State *L) {
  const char *path = check_path(L, 1);
  if (mkdir(path, 0700) != 0 && errno != EEXIST) return push_system_failure(L, path, errno);
  lua_pushboolean(L, true);
  return 1;
}

/* Locks. These locks belong to the open file, while the traditional ones of fcntl(2) belong to the
 * process. So a lock also keeps out other runtimes of this process, and it stays when another
 * descriptor of the file is closed. */

static struct lock_box *push_released_lock(lua_State *L) {
  struct lock_box *box = lua_newuserdatauv(L, sizeof *box, 0);
  box->fd = -1;
  luaL_setmetatable(L, LOCK_TYPE);
  return box;
}

/* type is F_WRLCK or F_UNLCK. */
static bool set_lock(int fd, short type) {
  struct flock whole = {.l_type = type, .l_whence = SEEK_SET};
  return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

/* Unlocks before it closes: a child that is between its fork and its exec has the descriptor, too,
 * and would keep the lock. */
static int lock_close(lua_State *L) {
  struct lock_box *box = luaL_checkudata(L, 1, LOCK_TYPE);
  if (box->fd < 0) return 0;
  set_lock(box->fd, F_UNLCK);
  close(box->fd);
  box->fd = -1;
  return 0;
}

/* The text always has the same size and replaces the one before it, so a reader finds an id at any
 * time. */
static bool write_pid(int fd) {
  return dprintf(fd, "%-20d\n", (int)getpid()) > 0;
}

/* Only a regular file of one name is opened, since the lock writes into it. */
static int open_lock_file(int folder, const char *name) {
  struct stat info;
  int fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1) return fd;
  close(fd);
  errno = EEXIST;
  return -1;
}

/* files.lock(path [, folder]) -> lock | nil, word, message. With a folder, path is a name in it. */
static int files_lock(lua_State *L) {
  const struct reel_folder *folder = lua_isnoneornil(L, 2) ? NULL : reel_check_folder(L, 2);
  const char *path = folder ? reel_check_folder_name(L, 1) : check_path(L, 1);
  struct lock_box *box = push_released_lock(L);
  int fd = open_lock_file(folder ? folder->fd : AT_FDCWD, path);
  bool is_free = fd >= 0 && set_lock(fd, F_WRLCK);
  bool is_held_elsewhere = fd >= 0 && !is_free && errno == EAGAIN;
  if (is_free && write_pid(fd)) {
    box->fd = fd;
    return 1;
  }
  int error = errno;
  if (fd >= 0) close(fd);
  if (is_held_elsewhere)
    return reel_job_push_failure(L, REEL_BUSY,
                                 lua_pushfstring(L, "%s: another runtime has the lock", path));
  return push_system_failure(L, path, error);
}

static const luaL_Reg functions[] = {{"copy", files_copy},
                                     {"read", files_read},
                                     {"make_folder", files_make_folder},
                                     {"lock", files_lock},
                                     {NULL, NULL}};

static const luaL_Reg lock_methods[] = {{"close", lock_close}, {NULL, NULL}};

static const luaL_Reg lock_metamethods[] = {
    {"__gc", lock_close}, {"__close", lock_close}, {NULL, NULL}};

int luaopen_reel_core_files(lua_State *L) {
  luaL_newmetatable(L, LOCK_TYPE);
  luaL_setfuncs(L, lock_metamethods, 0);
  luaL_newlib(L, lock_methods);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}

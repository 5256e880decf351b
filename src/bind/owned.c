/* reel.core.owned: looks at files before reel believes them, and reads those that it does.
 * All functions are short and do not wait, since settings are read where a job cannot. */
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ownership.h"
#include "base/status.h"
#include "bind/core.h"
#include "bind/job/job.h"

#define MAX_BYTES (1 << 24)

static const char *check_path(lua_State *L, int arg) {
  size_t size;
  const char *path = luaL_checklstring(L, arg, &size);
  luaL_argcheck(L, size > 0 && strlen(path) == size, arg,
                "a path expected, not empty and without zero bytes");
  return path;
}

static int push_system_failure(lua_State *L, const char *path, int error) {
  int status = error == ENOENT || error == ENOTDIR ? REEL_NOT_FOUND : REEL_SYSTEM;
  return reel_job_push_failure(L, status, lua_pushfstring(L, "%s: %s", path, strerror(error)));
}

static const char *kind_of(mode_t mode) {
  return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "folder" : S_ISLNK(mode) ? "link" : "other";
}

static void push_facts(lua_State *L, const struct stat *info) {
  static const char *const faults[] = {
      [REEL_OWNED] = NULL, [REEL_FOREIGN] = "foreign", [REEL_SHARED] = "shared"};
  char mode[8];
  snprintf(mode, sizeof mode, "%04o", (unsigned)info->st_mode & 07777);
  lua_createtable(L, 0, 4);
  lua_pushstring(L, kind_of(info->st_mode));
  lua_setfield(L, -2, "kind");
  lua_pushstring(L, faults[reel_ownership_of(info)]); /* nil for NULL */
  lua_setfield(L, -2, "fault");
  lua_pushstring(L, mode);
  lua_setfield(L, -2, "mode");
  lua_pushinteger(L, (lua_Integer)info->st_uid);
  lua_setfield(L, -2, "owner");
}

/* owned.look(path) -> facts | nil. It does not follow a link at the end. */
static int owned_look(lua_State *L) {
  const char *path = check_path(L, 1);
  struct stat info;
  if (lstat(path, &info) == 0)
    push_facts(L, &info);
  else
    lua_pushnil(L);
  return 1;
}

/* Reading: the descriptor is held by a userdata, since pushing strings may raise. */

#define HOLDER_TYPE "descriptor of reel.core.owned" /* no Lua code gets one */

static int holder_close(lua_State *L) {
  int *fd = luaL_checkudata(L, 1, HOLDER_TYPE);
  if (*fd >= 0) close(*fd);
  *fd = -1;
  return 0;
}

static int *push_holder(lua_State *L) {
  int *fd = lua_newuserdatauv(L, sizeof *fd, 0);
  *fd = -1;
  luaL_setmetatable(L, HOLDER_TYPE);
  return fd;
}

static ssize_t read_whole(int fd, char *bytes, size_t size) {
  size_t total = 0;
  while (total < size) {
    ssize_t got = read(fd, bytes + total, size - total);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    total += (size_t)got;
  }
  return (ssize_t)total;
}

/* The kind is looked at before the file is opened too: opening a device may do something. */
static int open_regular(lua_State *L, const char *path, int *fd, struct stat *info) {
  if (stat(path, info) != 0) return push_system_failure(L, path, errno);
  if (S_ISREG(info->st_mode)) {
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0 || fstat(*fd, info) != 0) return push_system_failure(L, path, errno);
  }
  if (S_ISREG(info->st_mode)) return 0;
  return reel_job_push_failure(L, REEL_INVALID, lua_pushfstring(L, "%s: not a regular file", path));
}

static int push_too_large(lua_State *L, const char *path, lua_Integer max) {
  const char *message = lua_pushfstring(L, "%s: larger than %I bytes", path, (LUAI_UACINT)max);
  return reel_job_push_failure(L, REEL_TOO_LARGE, message);
}

/* owned.read(path, max_bytes) -> content, facts | nil, word, message. A link is followed; the facts
 * are those of the file at its end, read from the descriptor that the content is read from. */
static int owned_read(lua_State *L) {
  const char *path = check_path(L, 1);
  lua_Integer max = luaL_checkinteger(L, 2);
  luaL_argcheck(L, max >= 0 && max <= MAX_BYTES, 2, "a count of bytes up to 16 MiB expected");
  int *fd = push_holder(L);
  struct stat info;
  int failed = open_regular(L, path, fd, &info);
  if (failed) return failed;

  if (info.st_size > max) return push_too_large(L, path, max);
  luaL_Buffer buffer;
  size_t space = (size_t)info.st_size + 1; /* one more, to see that a file grows */
  ssize_t size = read_whole(*fd, luaL_buffinitsize(L, &buffer, space), space);
  int error = errno;
  close(*fd);
  *fd = -1;
  if (size < 0) return push_system_failure(L, path, error);
  if ((size_t)size == space) return push_too_large(L, path, max);
  luaL_pushresultsize(&buffer, (size_t)size);
  push_facts(L, &info);
  return 2;
}

/* Finds the real path of the longest part of `path` that exists. Puts the rest of the path, which
 * may be empty, into *rest. */
static bool resolve_existing(char *path, char *real, const char **rest, char *tail) {
  *rest = "";
  for (;;) {
    if (realpath(*path ? path : "/", real)) return true;
    char *slash = strrchr(path, '/');
    if (errno != ENOENT || !slash) return false;
    if (strcmp(slash, "/..") == 0 || strcmp(slash, "/.") == 0) return false;
    char longer[PATH_MAX];
    int length = snprintf(longer, sizeof longer, "%s%s", slash, *rest);
    if (length < 0 || (size_t)length >= sizeof longer) return false;
    *rest = strcpy(tail, longer);
    *slash = '\0';
  }
}

/* owned.resolve(path) -> path | nil, word, message: absolute and without links. What does not exist
 * yet at its end stays as it is. */
static int owned_resolve(lua_State *L) {
  const char *path = check_path(L, 1), *rest;
  char given[PATH_MAX], real[PATH_MAX], tail[PATH_MAX];
  int length = snprintf(given, sizeof given, "%s%s", *path == '/' ? "" : "./", path);
  if (length < 0 || (size_t)length >= sizeof given)
    return push_system_failure(L, path, ENAMETOOLONG);
  if (!resolve_existing(given, real, &rest, tail)) return push_system_failure(L, path, errno);
  lua_pushfstring(L, "%s%s", strcmp(real, "/") == 0 && *rest ? "" : real, rest);
  return 1;
}

static const luaL_Reg functions[] = {
    {"look", owned_look}, {"read", owned_read}, {"resolve", owned_resolve}, {NULL, NULL}};

static const luaL_Reg holder_metamethods[] = {{"__gc", holder_close}, {NULL, NULL}};

int luaopen_reel_core_owned(lua_State *L) {
  luaL_newmetatable(L, HOLDER_TYPE);
  luaL_setfuncs(L, holder_metamethods, 0);
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}

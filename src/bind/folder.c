/* reel.core.folder: folders that reel keeps files in, and the files there by their names. */
#include "bind/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "bind/core.h"
#include "bind/digest.h"
#include "bind/job/job.h"
#include "system/digest.h"

#define FOLDER_TYPE "reel.core.Folder"
#define MAX_READ_BYTES (1 << 30)

struct reel_folder *reel_check_folder(lua_State *L, int arg) {
  struct reel_folder *folder = luaL_checkudata(L, arg, FOLDER_TYPE);
  luaL_argcheck(L, folder->fd >= 0, arg, "the folder is closed");
  return folder;
}

const char *reel_check_folder_name(lua_State *L, int arg) {
  size_t size;
  const char *name = luaL_checklstring(L, arg, &size);
  luaL_argcheck(L, reel_folder_is_name(name, size), arg,
                "a name expected, of one part and without control characters");
  return name;
}

static struct reel_folder *push_closed(lua_State *L) {
  struct reel_folder *folder = lua_newuserdatauv(L, sizeof *folder, 0);
  *folder = REEL_FOLDER_CLOSED;
  luaL_setmetatable(L, FOLDER_TYPE);
  return folder;
}

/* The message of a failure names the file, if there is one, and what is wrong. */
static int push_failure(lua_State *L, const struct reel_folder *folder, const char *name,
                        int status) {
  const char *reason = folder->reason         ? folder->reason
                       : folder->system_error ? strerror(folder->system_error)
                                              : reel_strerror(status);
  if (!folder->path) return reel_job_push_failure(L, status, reason);
  const char *message = name ? lua_pushfstring(L, "%s/%s: %s", folder->path, name, reason)
                             : lua_pushfstring(L, "%s: %s", folder->path, reason);
  return reel_job_push_failure(L, status, message);
}

static void forget_failure(struct reel_folder *folder) {
  folder->system_error = 0;
  folder->reason = NULL;
}

/* Opening */

/* Returns the folder on top of the stack, or the failure. */
static int finish_open(lua_State *L, struct reel_folder *folder, int status) {
  if (status == REEL_OK) return 1;
  int count = push_failure(L, folder, NULL, status);
  reel_folder_close(folder);
  return count;
}

static int open_path(lua_State *L, enum reel_folder_kind kind, bool make) {
  size_t size;
  const char *path = luaL_checklstring(L, 1, &size);
  luaL_argcheck(L, size > 0 && strlen(path) == size, 1,
                "a path expected, not empty and without zero bytes");
  struct reel_folder *folder = push_closed(L);
  return finish_open(L, folder, reel_folder_open(folder, path, kind, make));
}

static int folder_open(lua_State *L) {
  return open_path(L, REEL_FOLDER_OWN, false);
}

static int folder_make(lua_State *L) {
  return open_path(L, REEL_FOLDER_OWN, true);
}

static int folder_open_any(lua_State *L) {
  return open_path(L, REEL_FOLDER_ANY, false);
}

static int folder_temporary(lua_State *L) {
  struct reel_folder *folder = push_closed(L);
  return finish_open(L, folder, reel_folder_make_temporary(folder));
}

static int open_sub(lua_State *L, bool make) {
  const struct reel_folder *parent = reel_check_folder(L, 1);
  const char *name = reel_check_folder_name(L, 2);
  struct reel_folder *folder = push_closed(L);
  return finish_open(L, folder, reel_folder_open_sub(parent, name, make, folder));
}

/* folder:open([name]): without a name, opens the folder itself once more */
static int folder_open_sub(lua_State *L) {
  if (!lua_isnoneornil(L, 2)) return open_sub(L, false);
  const struct reel_folder *opened = reel_check_folder(L, 1);
  struct reel_folder *folder = push_closed(L);
  return finish_open(L, folder, reel_folder_open_again(opened, folder));
}

static int folder_make_sub(lua_State *L) {
  return open_sub(L, true);
}

static int folder_close(lua_State *L) {
  reel_folder_close(luaL_checkudata(L, 1, FOLDER_TYPE));
  return 0;
}

/* Listing */

/* Opens the folder a second time, since a duplicate would share its position with other
 * listings. */
static DIR *open_listing(struct reel_folder *folder) {
  int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = fd >= 0 ? fdopendir(fd) : NULL;
  if (!listing) folder->system_error = errno;
  if (!listing && fd >= 0) close(fd);
  return listing;
}

static int close_listing(lua_State *L) {
  DIR **listing = lua_touserdata(L, 1);
  if (*listing) closedir(*listing);
  *listing = NULL;
  return 0;
}

/* Pushes a place for a listing, which the collector closes if an error comes in between. */
static DIR **push_listing(lua_State *L) {
  DIR **listing = lua_newuserdatauv(L, sizeof *listing, 0);
  *listing = NULL;
  if (luaL_newmetatable(L, "listing of reel.core.folder")) {
    lua_pushcfunction(L, close_listing);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return listing;
}

/* Adds names to the table on top of the stack. Returns whether these are all; errno is 0 then, and
 * when there are more than max. */
static bool add_names(lua_State *L, DIR *listing, lua_Integer max) {
  const struct dirent *entry;
  lua_Integer count = 0;
  while (errno = 0, (entry = readdir(listing))) {
    if (!reel_folder_is_name(entry->d_name, strlen(entry->d_name))) continue;
    if (count == max) break;
    lua_pushstring(L, entry->d_name);
    lua_rawseti(L, -2, ++count);
  }
  return !entry && errno == 0;
}

/* folder:list(max) -> names, is_whole | nil, word, message */
static int folder_list(lua_State *L) {
  struct reel_folder *folder = reel_check_folder(L, 1);
  lua_Integer max = luaL_checkinteger(L, 2);
  luaL_argcheck(L, max >= 0, 2, "a count of 0 or more expected");
  forget_failure(folder);
  DIR **listing = push_listing(L);
  *listing = open_listing(folder);
  if (!*listing) return push_failure(L, folder, NULL, REEL_SYSTEM);
  lua_newtable(L);
  bool is_whole = add_names(L, *listing, max);
  folder->system_error = errno;
  closedir(*listing);
  *listing = NULL;
  if (folder->system_error) return push_failure(L, folder, NULL, REEL_SYSTEM);
  lua_pushboolean(L, is_whole);
  return 2;
}

/* Files */

static int free_content(lua_State *L) {
  reel_buffer_deinit(lua_touserdata(L, 1));
  return 0;
}

/* Pushes a buffer, which the collector frees if an error comes in between. */
static struct reel_buffer *push_content(lua_State *L, size_t max_bytes) {
  struct reel_buffer *content = lua_newuserdatauv(L, sizeof *content, 0);
  reel_buffer_init(content, max_bytes);
  if (luaL_newmetatable(L, "content of reel.core.folder")) {
    lua_pushcfunction(L, free_content);
    lua_setfield(L, -2, "__gc");
  }
  lua_setmetatable(L, -2);
  return content;
}

/* folder:read(name, max_bytes) -> content, is_whole | nil, word, message */
static int folder_read(lua_State *L) {
  struct reel_folder *folder = reel_check_folder(L, 1);
  const char *name = reel_check_folder_name(L, 2);
  lua_Integer max = luaL_checkinteger(L, 3);
  luaL_argcheck(L, max > 0 && max <= MAX_READ_BYTES, 3, "1 to 2^30 bytes expected");
  bool is_whole;
  forget_failure(folder);
  struct reel_buffer *content = push_content(L, (size_t)max);
  int status = reel_folder_read(folder, name, content, &is_whole);
  if (status != REEL_OK) return push_failure(L, folder, name, status);
  lua_pushlstring(L, content->data ? content->data : "", content->size);
  reel_buffer_deinit(content);
  lua_pushboolean(L, is_whole);
  return 2;
}

static int push_done(lua_State *L, const struct reel_folder *folder, const char *name, int status) {
  if (status != REEL_OK) return push_failure(L, folder, name, status);
  lua_pushboolean(L, true);
  return 1;
}

static int folder_write(lua_State *L) {
  size_t size;
  struct reel_folder *folder = reel_check_folder(L, 1);
  const char *name = reel_check_folder_name(L, 2), *bytes = luaL_checklstring(L, 3, &size);
  forget_failure(folder);
  return push_done(L, folder, name, reel_folder_write(folder, name, bytes, size));
}

static int folder_rename(lua_State *L) {
  struct reel_folder *folder = reel_check_folder(L, 1);
  const char *from = reel_check_folder_name(L, 2), *to = reel_check_folder_name(L, 3);
  forget_failure(folder);
  return push_done(L, folder, to, reel_folder_rename(folder, from, to));
}

static int folder_remove(lua_State *L) {
  struct reel_folder *folder = reel_check_folder(L, 1);
  const char *name = reel_check_folder_name(L, 2);
  forget_failure(folder);
  return push_done(L, folder, name, reel_folder_remove(folder, name));
}

static const char *kind_of(mode_t mode) {
  return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "directory" : S_ISLNK(mode) ? "link" : "other";
}

/* folder:attributes(name) -> { mode, size, modification } | nil, word, message */
static int folder_attributes(lua_State *L) {
  struct reel_folder *folder = reel_check_folder(L, 1);
  const char *name = reel_check_folder_name(L, 2);
  struct stat info;
  forget_failure(folder);
  int status = reel_folder_stat(folder, name, &info);
  if (status != REEL_OK) return push_failure(L, folder, name, status);
  lua_createtable(L, 0, 3);
  lua_pushstring(L, kind_of(info.st_mode));
  lua_setfield(L, -2, "mode");
  lua_pushinteger(L, (lua_Integer)info.st_size);
  lua_setfield(L, -2, "size");
  lua_pushinteger(L, (lua_Integer)info.st_mtime);
  lua_setfield(L, -2, "modification");
  return 1;
}

static int folder_sha256(lua_State *L) {
  struct reel_folder *folder = reel_check_folder(L, 1);
  const char *name = reel_check_folder_name(L, 2);
  struct reel_digest_file *file;
  forget_failure(folder);
  const char *path = lua_pushfstring(L, "%s/%s", folder->path, name);
  int fd, status = reel_folder_open_file(folder, name, &fd);
  if (status != REEL_OK) return push_failure(L, folder, name, status);
  status = reel_digest_file_new(path, fd, &file);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  return reel_job_await(L, &file->op, reel_push_file_hash);
}

/* folder:path([name]): the path of the folder, or of a file in it */
static int folder_path(lua_State *L) {
  const struct reel_folder *folder = reel_check_folder(L, 1);
  if (lua_isnoneornil(L, 2))
    lua_pushstring(L, folder->path);
  else
    lua_pushfstring(L, "%s/%s", folder->path, reel_check_folder_name(L, 2));
  return 1;
}

static const luaL_Reg functions[] = {{"make", folder_make},
                                     {"open", folder_open},
                                     {"open_any", folder_open_any},
                                     {"temporary", folder_temporary},
                                     {NULL, NULL}};

static const luaL_Reg methods[] = {{"attributes", folder_attributes},
                                   {"close", folder_close},
                                   {"list", folder_list},
                                   {"make", folder_make_sub},
                                   {"open", folder_open_sub},
                                   {"path", folder_path},
                                   {"read", folder_read},
                                   {"remove", folder_remove},
                                   {"rename", folder_rename},
                                   {"sha256", folder_sha256},
                                   {"write", folder_write},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", folder_close}, {"__close", folder_close}, {NULL, NULL}};

int luaopen_reel_core_folder(lua_State *L) {
  luaL_newmetatable(L, FOLDER_TYPE);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}

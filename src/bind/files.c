/* reel.core.files: what reel does with files besides fetching them. */
#include <errno.h>
#include <lauxlib.h>
#include <string.h>
#include <sys/stat.h>

#include "copy.h"
#include "core.h"
#include "job.h"
#include "read.h"
#include "status.h"

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
  luaL_argcheck(L, size > 0 && strlen(path) == size, arg, "not a path");
  return path;
}

static int files_copy(lua_State *L) {
  struct reel_copy *copy;
  const char *from = check_path(L, 1), *to = check_path(L, 2);
  int status = reel_copy_new(from, to, &copy);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  return reel_job_await(L, &copy->op, push_copy);
}

static int push_content(lua_State *L, struct reel_op *op) {
  const struct reel_read *read = (const struct reel_read *)op;
  const char *reason = read->system_error           ? strerror(read->system_error)
                       : op->status == REEL_INVALID ? "not a file"
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
  luaL_argcheck(L, max_bytes > 0, 2, "bytes above 0 expected");
  int status = reel_read_new(path, (size_t)max_bytes, &read);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  return reel_job_await(L, &read->op, push_content);
}

/* Makes a folder that is the owner's alone; one that is there already stays as it is. */
static int files_make_folder(lua_State *L) {
  const char *path = check_path(L, 1);
  if (mkdir(path, 0700) != 0 && errno != EEXIST)
    return reel_job_push_failure(L, REEL_SYSTEM,
                                 lua_pushfstring(L, "%s: %s", path, strerror(errno)));
  lua_pushboolean(L, true);
  return 1;
}

static const luaL_Reg functions[] = {
    {"copy", files_copy}, {"read", files_read}, {"make_folder", files_make_folder}, {NULL, NULL}};

int luaopen_reel_core_files(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}

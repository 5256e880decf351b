/* reel.core.http: requests, downloads and uploads. */
#include <lauxlib.h>
#include <string.h>

#include "http/address.h"
#include "bind/core.h"
#include "bind/folder.h"
#include "http/download.h"
#include "http/fetch.h"
#include "bind/http_options.h"
#include "http/settings.h"
#include "bind/job/job.h"
#include "base/status.h"

#define LOW_SPEED_S 30
#define MAX_DOWNLOAD_BYTES 1e15

static const char *check_required_text(lua_State *L, const char *name, int *status) {
  const char *text = reel_option_text(L, name, status);
  if (!text) luaL_argerror(L, 1, lua_pushfstring(L, "%s: string expected", name));
  return text;
}

static int push_fetch(lua_State *L, struct reel_op *op) {
  const struct reel_http_transfer *transfer = &((struct reel_http_fetch *)op)->transfer;
  if (op->status != REEL_OK) return reel_job_push_failure(L, op->status, transfer->message);
  lua_newtable(L);
  reel_set_response(L, &transfer->response);
  return 1;
}

static int await_fetch(lua_State *L, const struct reel_http_request *request, int status) {
  struct reel_http_fetch *fetch;
  if (status == REEL_OK) status = reel_http_fetch_new(request, &fetch);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  return reel_job_await(L, &fetch->op, push_fetch);
}

static int http_request(lua_State *L) {
  struct reel_http_request request;
  int status = reel_option_request(L, 30, &request);
  request.method = reel_option_text(L, "method", &status);
  request.public_only = reel_option_flag(L, "public_only");
  return await_fetch(L, &request, status);
}

/* Copies pointers to the strings of the pair { name, value } on top of the stack. Its table keeps
 * the strings alive. */
static void check_pair(lua_State *L, const char **pair, int *status) {
  luaL_argcheck(L, lua_istable(L, -1), 1, "fields: pairs { name, value } expected");
  for (int i = 0; i < 2; i++) {
    size_t size;
    if (lua_rawgeti(L, -1, i + 1) != LUA_TSTRING)
      luaL_argerror(L, 1, "fields: names and values must be strings");
    pair[i] = lua_tolstring(L, -1, &size);
    if (strlen(pair[i]) != size) *status = REEL_INVALID;
    lua_pop(L, 1);
  }
}

static void check_fields(lua_State *L, struct reel_http_form *form, int *status) {
  luaL_checkstack(L, 4, NULL);
  int type = lua_getfield(L, 1, "fields");
  if (type == LUA_TNIL) return;
  luaL_argcheck(L, type == LUA_TTABLE, 1, "fields: table expected");

  size_t pairs = lua_rawlen(L, -1);
  const char **list = lua_newuserdatauv(L, (2 * pairs + 1) * sizeof *list, 0);  // fields list
  for (size_t i = 0; i < pairs; i++) {
    lua_rawgeti(L, -2, (lua_Integer)i + 1);  // fields list pair
    check_pair(L, list + 2 * i, status);
    lua_pop(L, 1);
  }
  form->fields = list;
  form->field_count = 2 * pairs;
}

static int http_upload(lua_State *L) {
  struct reel_http_request request;
  int status = reel_option_request(L, 0, &request);
  struct reel_http_form form = {.file = check_required_text(L, "file", &status),
                                .field = reel_option_text(L, "field", &status),
                                .filename = reel_option_text(L, "filename", &status),
                                .content_type = reel_option_text(L, "content_type", &status)};
  check_fields(L, &form, &status);
  if (!form.field) form.field = "file";
  request.form = &form;
  request.low_speed_s = (long)reel_option_number(L, "low_speed", LOW_SPEED_S, 0, 3600);
  return await_fetch(L, &request, status);
}

static const char *download_reason(lua_State *L, const struct reel_http_download *download) {
  if (download->op.status == REEL_SYSTEM && download->part.system_error)
    return lua_pushfstring(L, "%s: %s", download->part.path, strerror(download->part.system_error));
  return download->reason ? download->reason : download->transfer.message;
}

static int push_download(lua_State *L, struct reel_op *op) {
  const struct reel_http_download *download = (const struct reel_http_download *)op;
  if (op->status != REEL_OK) {
    reel_job_push_failure(L, op->status, download_reason(L, download));
    lua_pushinteger(L, (lua_Integer)download->bytes);
    return 4;
  }
  lua_newtable(L);
  reel_set_response(L, &download->transfer.response);
  lua_pushinteger(L, (lua_Integer)download->bytes);
  lua_setfield(L, -2, "bytes");
  return 1;
}

/* With a folder, the path is a name in it. */
static const struct reel_folder *check_folder_option(lua_State *L, const char *path) {
  if (lua_getfield(L, 1, "folder") == LUA_TNIL) return NULL;
  const struct reel_folder *folder = reel_check_folder(L, -1);
  luaL_argcheck(L, reel_folder_is_name(path, strlen(path)), 1, "path: a name expected");
  return folder;
}

static int http_download(lua_State *L) {
  struct reel_http_request request;
  struct reel_http_download *download;
  int status = reel_option_request(L, 0, &request);
  const char *path = check_required_text(L, "path", &status);
  const struct reel_folder *folder = check_folder_option(L, path);
  struct reel_http_download_limits limits = {
      .max_bytes = (uint64_t)reel_option_number(L, "max_bytes", 4e9, 1, MAX_DOWNLOAD_BYTES),
      .min_free_bytes = (uint64_t)reel_option_number(L, "min_free", 0, 0, MAX_DOWNLOAD_BYTES),
      .patience_ms = reel_option_ms(L, "patience", 0),
      .min_bytes_per_s = (uint64_t)reel_option_number(L, "min_speed", 0, 0, 1e9)};
  bool resume = reel_option_flag(L, "resume");
  request.public_only = reel_option_flag(L, "public_only");
  request.low_speed_s = (long)reel_option_number(L, "low_speed", LOW_SPEED_S, 0, 3600);

  if (status == REEL_OK)
    status = reel_http_download_new(&request, folder, path, &limits, resume, &download);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  return reel_job_await(L, &download->op, push_download);
}

static int http_configure(lua_State *L) {
  int status = REEL_OK;
  luaL_checktype(L, 1, LUA_TTABLE);
  const char *ca_file = reel_option_text(L, "ca_file", &status);
  const char *proxy = reel_option_text(L, "proxy", &status);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  reel_job_scheduler(L); /* it may raise, so it comes before anything is allocated */

  struct reel_op *op = reel_http_settings_new(ca_file, proxy);
  if (!op) return reel_job_push_failure(L, REEL_NOMEM, NULL);
  reel_job_post(L, op);
  lua_pushboolean(L, true);
  return 1;
}

static int http_is_public(lua_State *L) {
  lua_pushboolean(L, reel_host_is_public(luaL_checkstring(L, 1)));
  return 1;
}

static const luaL_Reg functions[] = {{"configure", http_configure}, {"download", http_download},
                                     {"is_public", http_is_public}, {"request", http_request},
                                     {"upload", http_upload},       {NULL, NULL}};

int luaopen_reel_core_http(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}

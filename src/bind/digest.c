/* reel.core.digest: hashes, base64 and random bytes. */
#include "bind/digest.h"

#include <lauxlib.h>
#include <string.h>

#include "bind/core.h"
#include "bind/job/job.h"
#include "system/digest.h"
#include "base/status.h"

#define MAX_RANDOM_BYTES (1 << 20)

static void check_status(lua_State *L, int status) {
  if (status != REEL_OK) luaL_error(L, "libcrypto failed");
}

static int push_hex(lua_State *L, const unsigned char *sum) {
  char hex[2 * REEL_SHA256_SIZE + 1];
  reel_digest_hex(sum, REEL_SHA256_SIZE, hex);
  lua_pushstring(L, hex);
  return 1;
}

static int digest_sha256(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  unsigned char sum[REEL_SHA256_SIZE];
  check_status(L, reel_digest_sha256(bytes, size, sum));
  return push_hex(L, sum);
}

static int digest_hmac_sha256(lua_State *L) {
  size_t key_size, size;
  const char *key = luaL_checklstring(L, 1, &key_size);
  const char *bytes = luaL_checklstring(L, 2, &size);
  unsigned char sum[REEL_SHA256_SIZE];
  check_status(L, reel_digest_hmac_sha256(key, key_size, bytes, size, sum));
  lua_pushlstring(L, (const char *)sum, sizeof sum);
  return 1;
}

static int digest_base64(lua_State *L) {
  size_t size;
  luaL_Buffer buffer;
  const char *bytes = luaL_checklstring(L, 1, &size);
  size_t text_size = reel_digest_base64_size(size);
  reel_digest_base64(bytes, size, luaL_buffinitsize(L, &buffer, text_size + 1));
  luaL_pushresultsize(&buffer, text_size);
  return 1;
}

static int digest_unbase64(lua_State *L) {
  size_t size;
  luaL_Buffer buffer;
  const char *text = luaL_checklstring(L, 1, &size);
  char *bytes = luaL_buffinitsize(L, &buffer, size / 4 * 3 + 1);
  if (reel_digest_unbase64(text, size, (unsigned char *)bytes, &size) == REEL_OK)
    luaL_pushresultsize(&buffer, size);
  else
    lua_pushnil(L);
  return 1;
}

static int digest_random(lua_State *L) {
  lua_Integer size = luaL_checkinteger(L, 1);
  luaL_argcheck(L, size >= 0 && size <= MAX_RANDOM_BYTES, 1, "a count from 0 to 1048576 expected");
  luaL_Buffer buffer;
  char *bytes = luaL_buffinitsize(L, &buffer, (size_t)size);
  check_status(L, reel_digest_random(bytes, (size_t)size));
  luaL_pushresultsize(&buffer, (size_t)size);
  return 1;
}

static int digest_equal(lua_State *L) {
  size_t a_size, b_size;
  const char *a = luaL_checklstring(L, 1, &a_size);
  const char *b = luaL_checklstring(L, 2, &b_size);
  lua_pushboolean(L, reel_digest_equal(a, a_size, b, b_size));
  return 1;
}

int reel_push_file_hash(lua_State *L, struct reel_op *op) {
  const struct reel_digest_file *file = (const struct reel_digest_file *)op;
  if (op->status == REEL_OK) return push_hex(L, file->sum);
  const char *reason =
      file->system_error ? strerror(file->system_error) : reel_strerror(op->status);
  return reel_job_push_failure(L, op->status, lua_pushfstring(L, "%s: %s", file->path, reason));
}

static int digest_sha256_file(lua_State *L) {
  struct reel_digest_file *file;
  const char *path = luaL_checkstring(L, 1);
  int status = reel_digest_file_new(path, -1, &file);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  return reel_job_await(L, &file->op, reel_push_file_hash);
}

static const luaL_Reg functions[] = {
    {"base64", digest_base64},           {"equal", digest_equal},
    {"hmac_sha256", digest_hmac_sha256}, {"random", digest_random},
    {"sha256", digest_sha256},           {"sha256_file", digest_sha256_file},
    {"unbase64", digest_unbase64},       {NULL, NULL}};

int luaopen_reel_core_digest(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}

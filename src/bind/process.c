/* reel.core.process: runs programs to their end. */
#include <lauxlib.h>
#include <unistd.h>

#include "bind/core.h"
#include "bind/http_options.h"
#include "loop/io.h"
#include "bind/job/job.h"
#include "system/process.h"
#include "base/status.h"

#define MAX_OUTPUT_BYTES (1 << 30)

static void set_bytes(lua_State *L, const char *name, const struct reel_buffer *buffer) {
  lua_pushlstring(L, buffer->data ? buffer->data : "", buffer->size);
  lua_setfield(L, -2, name);
}

static int push_result(lua_State *L, struct reel_op *op) {
  const struct reel_process_result *result = reel_process_result(op);
  if (op->status != REEL_OK)
    return reel_job_push_failure(L, op->status, *result->message ? result->message : NULL);

  lua_createtable(L, 0, 3);
  lua_pushinteger(L, result->signal ? result->signal : result->code);
  lua_setfield(L, -2, result->signal ? "signal" : "code");
  set_bytes(L, "stdout", &result->out);
  set_bytes(L, "stderr", &result->err);
  return 1;
}

static int process_run(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  int status = REEL_OK;
  struct reel_process_options options = {
      .cwd = reel_option_text(L, "cwd", &status),
      .timeout_ms = reel_option_ms(L, "timeout", 0),
      .max_output_bytes = (size_t)reel_option_number(L, "max_output", 1 << 20, 0, MAX_OUTPUT_BYTES),
      .nice = (int)reel_option_number(L, "nice", 0, 0, 19),
      .is_confined = reel_option_flag(L, "confined")};
  options.input = reel_option_bytes(L, "stdin", &options.input_bytes);
  options.arguments = reel_option_list(L, "argv", &options.argument_count, &status);
  luaL_argcheck(L, options.argument_count > 0, 1, "argv: a list of strings expected");

  struct reel_op *op;
  if (status == REEL_OK) status = reel_process_new(&options, &op);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  return reel_job_await(L, op, push_result);
}

static int process_pid(lua_State *L) {
  lua_pushinteger(L, getpid());
  return 1;
}

static int process_thread(lua_State *L) {
  lua_pushinteger(L, reel_io_thread_id(reel_job_io(L)));
  return 1;
}

static const luaL_Reg functions[] = {
    {"run", process_run}, {"pid", process_pid}, {"thread", process_thread}, {NULL, NULL}};

int luaopen_reel_core_process(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}

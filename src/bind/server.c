/* reel.core.server: an HTTP listener whose requests are answered in Lua. */
#include "server/server.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "server/accept.h"
#include "bind/core.h"
#include "bind/http_options.h"
#include "loop/io.h"
#include "bind/job/job.h"
#include "server/request.h"
#include "base/status.h"

#define SERVER_TYPE "reel.core.server"
#define REQUEST_TYPE "reel.core.request"
#define MAX_BODY_BYTES 1e15

struct server_box {
  struct reel_server *server; /* NULL: closed */
};

struct request_box {
  struct reel_request *request; /* NULL: answered */
};

/* Looks a name up among the fields, a table that is the object's user value, and then among the
 * methods. */
static int object_index(lua_State *L) {
  lua_settop(L, 2);
  lua_getiuservalue(L, 1, 1);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  lua_settop(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  return 1;
}

/* Requests. */

static void set_text(lua_State *L, const char *name, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, name);
}

static void set_pairs(lua_State *L, const char *name, const struct reel_pair *pair) {
  lua_newtable(L);
  for (; pair; pair = pair->next) {
    lua_pushlstring(L, pair->value, pair->value_bytes);
    lua_setfield(L, -2, pair->name);
  }
  lua_setfield(L, -2, name);
}

/* Sets `fields`, whose values are texts, and `files`, whose values are tables. */
static void set_form(lua_State *L, const struct reel_form_part *part) {
  lua_newtable(L);
  lua_newtable(L);  // request fields files
  for (; part; part = part->next) {
    if (part->filename) {
      lua_createtable(L, 0, 2);
      set_text(L, "filename", part->filename);
      set_text(L, "path", part->path);
      lua_setfield(L, -2, part->name);
    } else {
      lua_pushlstring(L, part->value.data ? part->value.data : "", part->value.size);
      lua_setfield(L, -3, part->name);
    }
  }
  lua_setfield(L, -3, "files");
  lua_setfield(L, -2, "fields");
}

static void push_fields(lua_State *L, const struct reel_request *request) {
  lua_createtable(L, 0, 6);
  set_text(L, "method", request->method);
  set_text(L, "path", request->path);
  set_pairs(L, "headers", request->headers);
  set_pairs(L, "query", request->query);
  if (request->is_form) {
    set_form(L, request->parts);
  } else if (request->body_file) {
    set_text(L, "body_file", request->body_file);
  } else {
    lua_pushlstring(L, request->body.data ? request->body.data : "", request->body.size);
    lua_setfield(L, -2, "body");
  }
}

static int push_accepted(lua_State *L, struct reel_op *op) {
  if (op->status != REEL_OK) return reel_job_push_failure(L, op->status, NULL);

  struct request_box *box = lua_newuserdatauv(L, sizeof *box, 1);
  box->request = NULL;
  luaL_setmetatable(L, REQUEST_TYPE);
  struct reel_request *request = reel_accept_take(op);
  box->request = request;
  push_fields(L, request);
  lua_setiuservalue(L, -2, 1);
  return 1;
}

static void send_answer(lua_State *L, struct request_box *box) {
  struct reel_op *op = &box->request->op;
  box->request = NULL;
  reel_job_post(L, op);
}

static int request_gc(lua_State *L) {
  struct request_box *box = luaL_checkudata(L, 1, REQUEST_TYPE);
  if (box->request) send_answer(L, box);
  return 0;
}

static bool is_token(const char *text) {
  return *text && text[strspn(text,
                              "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

static bool is_field_value(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++)
    if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f) return false;
  return true;
}

/* Checks the header whose value is on top of the stack and whose name is below it. */
static void check_header(lua_State *L) {
  size_t name_bytes, value_bytes;
  if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "headers: a table of strings expected");
  const char *name = lua_tolstring(L, -2, &name_bytes);
  const char *value = lua_tolstring(L, -1, &value_bytes);
  if (strlen(name) != name_bytes || !is_token(name) || !is_field_value(value, value_bytes))
    luaL_error(L, "headers: the name or the value of %s is not allowed", name);
}

/* Leaves headers, body and file on the stack above the options. */
static void check_answer(lua_State *L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  if (lua_getfield(L, 2, "headers") == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
  }
  luaL_argcheck(L, lua_istable(L, 3), 2, "headers: table expected");
  for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) check_header(L);
  int type = lua_getfield(L, 2, "body");
  luaL_argcheck(L, type == LUA_TNIL || type == LUA_TSTRING, 2, "body: string expected");
  type = lua_getfield(L, 2, "file");
  luaL_argcheck(L, type == LUA_TNIL || type == LUA_TSTRING, 2, "file: string expected");
}

static unsigned check_status(lua_State *L) {
  int is_integer = 1;
  lua_Integer status = 200;
  if (lua_getfield(L, 2, "status") != LUA_TNIL) status = lua_tointegerx(L, -1, &is_integer);
  luaL_argcheck(L, is_integer && status >= 200 && status <= 599, 2, "status: 200 to 599 expected");
  lua_pop(L, 1);
  return (unsigned)status;
}

static char *copy_string(lua_State *L, int index, size_t *size) {
  const char *text = lua_tolstring(L, index, size);
  char *copy = malloc(*size + 1);
  if (copy) memcpy(copy, text, *size + 1);
  return copy;
}

/* Never raises. The request owns what this allocates, also after a failure. */
static int fill_answer(lua_State *L, struct reel_server_answer *answer) {
  size_t size;
  for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
    const char *value = lua_tolstring(L, -1, &size);
    int status = reel_pair_add(&answer->headers, lua_tostring(L, -2), value, size);
    if (status != REEL_OK) return status;
  }
  if (lua_isstring(L, 4) && !(answer->body = copy_string(L, 4, &answer->body_bytes)))
    return REEL_NOMEM;
  if (lua_isstring(L, 5) && !(answer->file = copy_string(L, 5, &size))) return REEL_NOMEM;
  return REEL_OK;
}

static int request_respond(lua_State *L) {
  struct request_box *box = luaL_checkudata(L, 1, REQUEST_TYPE);
  check_answer(L);  // request options headers body file
  unsigned answer_status = check_status(L);
  if (!box->request) return reel_job_push_failure(L, REEL_STATE, "the request is answered already");

  int status = fill_answer(L, &box->request->answer);
  if (status == REEL_OK) box->request->answer.status = answer_status;
  send_answer(L, box);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  lua_pushboolean(L, true);
  return 1;
}

/* Servers. */

static int server_accept(lua_State *L) {
  const struct server_box *box = luaL_checkudata(L, 1, SERVER_TYPE);
  if (!box->server) return reel_job_push_failure(L, REEL_CLOSED, NULL);
  struct reel_op *op = reel_server_accept_new(box->server);
  if (!op) return reel_job_push_failure(L, REEL_NOMEM, NULL);
  return reel_job_await(L, op, push_accepted);
}

/* When the I/O thread has ended already, that has closed and freed the server. */
static int server_close(lua_State *L) {
  struct server_box *box = luaL_checkudata(L, 1, SERVER_TYPE);
  if (box->server && reel_job_io(L)) reel_job_post(L, reel_server_close_op(box->server));
  box->server = NULL;
  return 0;
}

static struct reel_server_options check_options(lua_State *L, int *status) {
  luaL_checktype(L, 1, LUA_TTABLE);
  struct reel_server_options options = {
      .host = reel_option_text(L, "host", status),
      .port = (uint16_t)reel_option_number(L, "port", 0, 0, UINT16_MAX),
      .max_header_bytes = (size_t)reel_option_number(L, "max_header", 16 << 10, 1024, 1 << 20),
      .max_body_bytes = (size_t)reel_option_number(L, "max_body", 1 << 20, 0, MAX_BODY_BYTES),
      .max_connections = (unsigned)reel_option_number(L, "max_connections", 64, 1, 10000),
      .body_folder = reel_option_text(L, "body_folder", status),
      .header_timeout_ms = reel_option_ms(L, "header_timeout", 10),
      .body_timeout_ms = reel_option_ms(L, "body_timeout", 10)};
  if (!options.host) options.host = "127.0.0.1";
  return options;
}

static int server_listen(lua_State *L) {
  int status = REEL_OK;
  struct reel_server_options options = check_options(L, &status);
  reel_job_io(L); /* it may raise, so it comes before anything is allocated */
  struct server_box *box = lua_newuserdatauv(L, sizeof *box, 1);
  box->server = NULL;
  luaL_setmetatable(L, SERVER_TYPE);
  lua_createtable(L, 0, 1);  // ... server fields

  if (status == REEL_OK) status = reel_server_new(&options, &box->server);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  reel_job_post(L, reel_server_op(box->server));
  lua_pushinteger(L, reel_server_port(box->server));
  lua_setfield(L, -2, "port");
  lua_setiuservalue(L, -2, 1);
  return 1;
}

static const luaL_Reg functions[] = {{"listen", server_listen}, {NULL, NULL}};

static const luaL_Reg server_methods[] = {
    {"accept", server_accept}, {"close", server_close}, {NULL, NULL}};
static const luaL_Reg server_metamethods[] = {
    {"__gc", server_close}, {"__close", server_close}, {NULL, NULL}};

static const luaL_Reg request_methods[] = {{"respond", request_respond}, {NULL, NULL}};
static const luaL_Reg request_metamethods[] = {
    {"__gc", request_gc}, {"__close", request_gc}, {NULL, NULL}};

static void make_type(lua_State *L, const char *name, const luaL_Reg *methods,
                      const luaL_Reg *metamethods) {
  luaL_newmetatable(L, name);
  luaL_setfuncs(L, metamethods, 0);
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_pushcclosure(L, object_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

int luaopen_reel_core_server(lua_State *L) {
  make_type(L, SERVER_TYPE, server_methods, server_metamethods);
  make_type(L, REQUEST_TYPE, request_methods, request_metamethods);
  luaL_newlib(L, functions);
  return 1;
}

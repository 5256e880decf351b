/* reel.core.data: evaluates files that are data in Lua's syntax, like reel.conf.lua. Such a file
 * may come from anybody, so it runs in a state of its own, which has no library at all and limits
 * on memory, instructions and time. What it returns is copied; what it says when it fails is not
 * quoted, since the file may hold a key. */
#include <lauxlib.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bind/core.h"

#define DATA_TYPE "state of reel.core.data" /* no Lua code gets one */

enum {
  MAX_MEMORY_BYTES = 16 << 20, /* also of the strings that are copied out */
  MAX_INSTRUCTIONS = 1000000,
  MAX_CPU_MS = 300, /* one instruction can compare strings of megabytes */
  MAX_DEPTH = 16,
  MAX_VALUES = 100000,
  STEP = 100,         /* instructions between two checks */
  PIECE_BYTES = 1024, /* source between two checks; Lua's parser is quadratic in places */
  MAX_MESSAGE = 256
};

/* The memory that is still free is counted down. Once it is used up, nothing is given any more: the
 * state collects no garbage, so that it cannot spend its time with collecting. */
struct evaluation {
  lua_State *data;
  const char *source; /* what is left of it */
  size_t source_size, memory_left;
  long instructions_left;
  struct timespec began;
  const char *limit;              /* the limit that ended it, or NULL */
  size_t values_left, bytes_left; /* for copying */
};

static const char too_much_memory[] = "it needs more than 16 MiB of memory";
static const char too_long[] = "it runs for too long";

/* Limits */

static void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
  struct evaluation *evaluation = context;
  if (!block) old_size = 0;
  if (new_size > old_size && new_size - old_size > evaluation->memory_left) {
    evaluation->limit = too_much_memory;
    evaluation->memory_left = 0;
    return NULL;
  }
  if (new_size == 0) {
    free(block);
    evaluation->memory_left += evaluation->limit ? 0 : old_size;
    return NULL;
  }
  void *result = realloc(block, new_size);
  if (result && !evaluation->limit) evaluation->memory_left += old_size - new_size;
  return result;
}

static long elapsed_ms(const struct timespec *began) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (long)(now.tv_sec - began->tv_sec) * 1000 + (now.tv_nsec - began->tv_nsec) / 1000000;
}

static struct evaluation *evaluation_of(lua_State *data) {
  void *context;
  lua_getallocf(data, &context);
  return context;
}

static void check_limits(lua_State *data) {
  struct evaluation *evaluation = evaluation_of(data);
  bool is_over = evaluation->instructions_left <= 0 || elapsed_ms(&evaluation->began) > MAX_CPU_MS;
  if (!is_over) return;
  evaluation->limit = too_long;
  lua_pushnil(data);
  lua_error(data);
}

static void on_count(lua_State *data, lua_Debug *activation) {
  (void)activation;
  evaluation_of(data)->instructions_left -= STEP;
  check_limits(data);
}

/* Running */

static const char *next_piece(lua_State *data, void *context, size_t *size) {
  struct evaluation *evaluation = context;
  const char *piece = evaluation->source;
  check_limits(data);
  *size = evaluation->source_size < PIECE_BYTES ? evaluation->source_size : PIECE_BYTES;
  evaluation->source += *size;
  evaluation->source_size -= *size;
  return piece;
}

/* As luaL_loadfile does, it passes over a mark of the byte order and a first line with "#". */
static void skip_beginning(struct evaluation *evaluation) {
  const char *text = evaluation->source, *end = text + evaluation->source_size;
  if (end - text >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3;
  if (text < end && *text == '#')
    while (text < end && *text != '\n') text++;
  evaluation->source = text;
  evaluation->source_size = (size_t)(end - text);
}

static int run(struct evaluation *evaluation) {
  lua_State *data = evaluation->data;
  skip_beginning(evaluation);
  lua_sethook(data, on_count, LUA_MASKCOUNT, STEP);
  int status = lua_load(data, next_piece, evaluation, "=?", "t");
  return status == LUA_OK ? lua_pcall(data, 0, 1, 0) : status;
}

/* Messages. Lua's own quote names and texts of the file; what is left when those are gone tells the
 * mistake well enough. */

static bool is_syntax(const char *word, size_t size) {
  static const char *const words[] = {"end", "then",     "do",     "until", "in",
                                      "for", "function", "<name>", "<eof>"};
  size_t symbols = 0;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strlen(words[i]) == size && memcmp(word, words[i], size) == 0) return true;
  while (symbols < size && strchr("=(){}[];:,.<>", word[symbols])) symbols++;
  return symbols == size;
}

struct message {
  char text[MAX_MESSAGE];
  size_t size;
};

static void add_text(struct message *message, const char *text, size_t size) {
  size_t space = sizeof message->text - 1 - message->size;
  if (size > space) size = space;
  memcpy(message->text + message->size, text, size);
  message->size += size;
  message->text[message->size] = '\0';
}

/* Adds one piece of Lua's message, and returns the rest; NULL at its end. */
static const char *add_piece(struct message *message, const char *text) {
  const char *quote = strchr(text, '\''), *near = strstr(text, " near ");
  const char *bracket = strstr(text, " (");
  size_t size = strlen(text);
  if (near && near < text + size) size = (size_t)(near - text);
  if (bracket && bracket < text + size) size = (size_t)(bracket - text);
  if (!quote || quote >= text + size) {
    add_text(message, text, size);
    return NULL;
  }
  add_text(message, text, (size_t)(quote - text));
  const char *end = strchr(quote + 1, '\'');
  if (!end) return NULL;
  if (is_syntax(quote + 1, (size_t)(end - quote) - 1))
    add_text(message, quote, (size_t)(end - quote) + 1);
  else
    add_text(message, "'...'", 5);
  return end + 1;
}

/* text is Lua's message, "?:LINE: what is wrong". */
static void clean(struct message *message, const char *text) {
  int line_end = 0;
  message->size = 0;
  message->text[0] = '\0';
  if (sscanf(text, "?:%*d:%n", &line_end) == 0 && line_end > 0) {
    add_text(message, "line ", 5);
    add_text(message, text + 2, (size_t)line_end - 2);
    text += line_end;
  }
  while (text && message->size < sizeof message->text - 1) text = add_piece(message, text);
}

/* Copying */

static void raise_unfit(lua_State *L, const char *what) {
  lua_pushstring(L, what);
  lua_error(L);
}

static void push_text(lua_State *L, struct evaluation *evaluation, int index) {
  size_t size;
  const char *text = lua_tolstring(evaluation->data, index, &size);
  if (size > evaluation->bytes_left) raise_unfit(L, too_much_memory);
  evaluation->bytes_left -= size;
  lua_pushlstring(L, text, size);
}

static void push_number(lua_State *L, lua_State *data, int index) {
  if (lua_isinteger(data, index)) {
    lua_pushinteger(L, lua_tointeger(data, index));
    return;
  }
  lua_Number number = lua_tonumber(data, index);
  if (!isfinite(number)) raise_unfit(L, "it holds a number that is not finite");
  lua_pushnumber(L, number);
}

static void push_key(lua_State *L, struct evaluation *evaluation, int index) {
  int type = lua_type(evaluation->data, index);
  if (type == LUA_TSTRING)
    push_text(L, evaluation, index);
  else if (type == LUA_TNUMBER)
    push_number(L, evaluation->data, index);
  else
    raise_unfit(L, "it holds a table with a key that is neither a string nor a number");
}

static void push_copy(lua_State *L, struct evaluation *evaluation, int depth);

static void push_table(lua_State *L, struct evaluation *evaluation, int depth) {
  lua_State *data = evaluation->data;
  if (depth >= MAX_DEPTH) raise_unfit(L, "it nests tables more than 16 deep");
  luaL_checkstack(L, 4, "nested too deeply");
  if (!lua_checkstack(data, 4)) raise_unfit(L, too_much_memory);
  lua_newtable(L);
  for (lua_pushnil(data); lua_next(data, -2); lua_pop(data, 1)) {
    push_key(L, evaluation, -2);
    push_copy(L, evaluation, depth + 1);
    lua_rawset(L, -3);
  }
}

/* Pushes a copy of the value on top of the stack of `data`. */
static void push_copy(lua_State *L, struct evaluation *evaluation, int depth) {
  static const char expected[] = "expected strings, numbers, true, false and tables";
  lua_State *data = evaluation->data;
  if (evaluation->values_left-- == 0) raise_unfit(L, "it holds more than 100000 values");
  switch (lua_type(data, -1)) {
    case LUA_TSTRING:
      push_text(L, evaluation, -1);
      return;
    case LUA_TNUMBER:
      push_number(L, data, -1);
      return;
    case LUA_TBOOLEAN:
      lua_pushboolean(L, lua_toboolean(data, -1));
      return;
    case LUA_TTABLE:
      push_table(L, evaluation, depth);
      return;
    default:
      lua_pushfstring(L, "it holds a %s: %s", luaL_typename(data, -1), expected);
      lua_error(L);
  }
}

/* copy(evaluation) -> table; raises a string for what cannot be copied. */
static int copy(lua_State *L) {
  struct evaluation *evaluation = lua_touserdata(L, 1);
  if (!lua_istable(evaluation->data, -1)) {
    lua_pushfstring(L, "it must return a table, but returns a %s",
                    luaL_typename(evaluation->data, -1));
    return lua_error(L);
  }
  push_copy(L, evaluation, 0);
  return 1;
}

/* The module */

static void close_state(struct evaluation *evaluation) {
  if (evaluation->data) lua_close(evaluation->data);
  evaluation->data = NULL;
}

static int evaluation_close(lua_State *L) {
  close_state(luaL_checkudata(L, 1, DATA_TYPE));
  return 0;
}

static struct evaluation *push_evaluation(lua_State *L, int source) {
  struct evaluation *evaluation = lua_newuserdatauv(L, sizeof *evaluation, 0);
  *evaluation = (struct evaluation){.memory_left = MAX_MEMORY_BYTES,
                                    .bytes_left = MAX_MEMORY_BYTES,
                                    .values_left = MAX_VALUES,
                                    .instructions_left = MAX_INSTRUCTIONS};
  luaL_setmetatable(L, DATA_TYPE);
  evaluation->source = luaL_checklstring(L, source, &evaluation->source_size);
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &evaluation->began);
  evaluation->data = lua_newstate(allocate, evaluation);
  if (evaluation->data) lua_gc(evaluation->data, LUA_GCSTOP);
  return evaluation;
}

static int push_failure(lua_State *L, const char *message) {
  lua_pushnil(L);
  lua_pushstring(L, message);
  return 2;
}

/* data.evaluate(text) -> table | nil, message */
static int data_evaluate(lua_State *L) {
  luaL_checktype(L, 1, LUA_TSTRING);
  lua_settop(L, 1);
  struct evaluation *evaluation = push_evaluation(L, 1);
  if (!evaluation->data) return push_failure(L, "there is no memory for reading it");

  if (run(evaluation) != LUA_OK) {
    struct message message;
    const char *text = lua_tostring(evaluation->data, -1);
    if (!evaluation->limit) clean(&message, text ? text : "it fails");
    close_state(evaluation); /* up to 16 MiB, which the host's collector does not see */
    return push_failure(L, evaluation->limit ? evaluation->limit : message.text);
  }
  lua_pushcfunction(L, copy);
  lua_pushlightuserdata(L, evaluation);
  int status = lua_pcall(L, 1, 1, 0);
  close_state(evaluation);
  return status == LUA_OK ? 1 : push_failure(L, lua_tostring(L, -1));
}

static const luaL_Reg functions[] = {{"evaluate", data_evaluate}, {NULL, NULL}};
static const luaL_Reg metamethods[] = {{"__gc", evaluation_close}, {NULL, NULL}};

int luaopen_reel_core_data(lua_State *L) {
  luaL_newmetatable(L, DATA_TYPE);
  luaL_setfuncs(L, metamethods, 0);
  lua_pop(L, 1);
  luaL_newlib(L, functions);
  return 1;
}

/* The queue of events: each is one block of memory, the struct and its strings behind it. */
#include "reel_event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/job.h"

enum { MAX_WAITING = 10000 };

struct reel_event_node {
  struct reel_event event;
  struct reel_event_node *next;
  char strings[];
};

static const char *const types[] = {[REEL_EVENT_PROGRESS] = "progress",
                                    [REEL_EVENT_DONE] = "done",
                                    [REEL_EVENT_FAILED] = "failed",
                                    [REEL_EVENT_PRINT] = "print",
                                    [REEL_EVENT_LOG] = "log"};

enum { TYPE_COUNT = sizeof types / sizeof *types };

static const struct {
  const char *name;
  size_t offset;
} strings[] = {
    {"text", offsetof(struct reel_event, text)},
    {"kind", offsetof(struct reel_event, kind)},
    {"traceback", offsetof(struct reel_event, traceback)},
    {"level", offsetof(struct reel_event, level)},
    {"change", offsetof(struct reel_event, change)},
    {"task_id", offsetof(struct reel_event, task_id)},
    {"model", offsetof(struct reel_event, model)},
    {"state", offsetof(struct reel_event, state)},
    {"prompt", offsetof(struct reel_event, prompt)},
    {"path", offsetof(struct reel_event, path)},
};

enum { STRING_COUNT = sizeof strings / sizeof *strings };

/* The queue. */

static void append(struct reel_events *events, struct reel_event_node *node) {
  if (events->last)
    events->last->next = node;
  else
    events->first = node;
  events->last = node;
  events->count++;
}

static struct reel_event_node *pop(struct reel_events *events) {
  struct reel_event_node *node = events->first;
  if (!node) return NULL;
  events->first = node->next;
  if (!events->first) events->last = NULL;
  events->count--;
  return node;
}

bool reel_events_take(struct reel_events *events, struct reel_event *out) {
  free(events->taken);
  events->taken = pop(events);
  if (events->taken) *out = events->taken->event;
  return events->taken;
}

void reel_events_clear(struct reel_events *events) {
  free(events->taken);
  events->taken = NULL;
  for (struct reel_event_node *node; (node = pop(events));) free(node);
}

static bool is_end(enum reel_event_type type) {
  return type == REEL_EVENT_DONE || type == REEL_EVENT_FAILED;
}

/* The ends of jobs are never dropped: there are no more of them than starts. */
static void put(struct reel_events *events, struct reel_event_node *node) {
  if (events->count >= MAX_WAITING && !is_end(node->event.type)) {
    events->dropped++;
    free(node);
    return;
  }
  node->event.dropped = events->dropped;
  events->dropped = 0;
  append(events, node);
}

/* From Lua. The event's table is at index 1, its strings above it, in their order. */

static enum reel_event_type check_type(lua_State *L) {
  lua_settop(L, 1);
  lua_getfield(L, 1, "type");
  const char *name = luaL_checkstring(L, -1);
  for (int i = REEL_EVENT_PROGRESS; i < TYPE_COUNT; i++)
    if (strcmp(types[i], name) == 0) return i;
  return luaL_error(L, "unknown type of event: %s", name);
}

static double read_number(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  double number = lua_isnumber(L, -1) ? lua_tonumber(L, -1) : -1;
  lua_pop(L, 1);
  return number;
}

static size_t push_strings(lua_State *L) {
  size_t total = 0;
  for (int i = 0; i < STRING_COUNT; i++) {
    size_t size = 0;
    lua_getfield(L, 1, strings[i].name);
    if (lua_tolstring(L, -1, &size)) total += size + 1;
  }
  return total;
}

static void copy_strings(lua_State *L, int base, struct reel_event_node *node) {
  char *room = node->strings;
  for (int i = 0; i < STRING_COUNT; i++) {
    size_t size;
    const char *text = lua_tolstring(L, base + i, &size);
    if (!text) continue;
    memcpy(room, text, size + 1);
    *(const char **)((char *)&node->event + strings[i].offset) = room;
    if (i == 0) node->event.text_size = size;
    room += size + 1;
  }
}

/* NULL: no memory. */
static struct reel_event_node *make_node(lua_State *L, enum reel_event_type type) {
  struct reel_event event = {.type = type,
                             .progress = read_number(L, "progress"),
                             .elapsed_s = read_number(L, "elapsed_s")};
  lua_getfield(L, 1, "job");
  event.job = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : reel_job_origin(L);
  lua_getfield(L, 1, "integer");
  event.integer = lua_tointeger(L, -1);
  lua_settop(L, 1);

  size_t size = push_strings(L);
  struct reel_event_node *node = malloc(sizeof *node + size);
  if (!node) return NULL;
  node->event = event;
  node->next = NULL;
  copy_strings(L, 2, node);
  return node;
}

static void note_end(lua_State *L, struct reel_events *events, enum reel_event_type type) {
  events->jobs--;
  if (type == REEL_EVENT_DONE) return;
  events->failed = true;
  lua_getfield(L, 1, "text");
  const char *text = lua_tostring(L, -1);
  snprintf(events->message, sizeof events->message, "%s", text ? text : "the job failed");
  lua_pop(L, 1);
}

/* Whether a hook took it. */
static bool call_hook(const struct reel_events *events, const struct reel_event *event) {
  const char *text = event->text ? event->text : "";
  if (event->type == REEL_EVENT_PRINT && events->print)
    events->print(events->data, text, event->text_size);
  else if (event->type == REEL_EVENT_LOG && events->log)
    events->log(events->data, event->level ? event->level : "info", text);
  else
    return false;
  return true;
}

static int emit(lua_State *L) {
  struct reel_events *events = *(struct reel_events **)lua_touserdata(L, lua_upvalueindex(1));
  if (!events) return 0;
  enum reel_event_type type = check_type(L);
  lua_pop(L, 1);
  if (is_end(type)) note_end(L, events, type);
  struct reel_event_node *node = make_node(L, type);
  if (!node) return luaL_error(L, "out of memory");
  if (call_hook(events, &node->event))
    free(node);
  else
    put(events, node);
  return 0;
}

void reel_events_push_emit(lua_State *L) {
  lua_pushcclosure(L, emit, 1);
}

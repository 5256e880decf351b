/* The queue of events. Each event is one block of memory: the struct, and after it its strings. */
#include "host/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/job/job.h"

enum { MAX_WAITING = 10000 };

struct reel_event_node {
  struct reel_event event;
  struct reel_event_node *next;
  char strings[];
};

#define FIELD(name) (offsetof(struct reel_event, name) + 1)

/* The arguments that Lua code passes for each type: first the strings in this order, then numbers.
 */
static const struct shape {
  const char *name;
  size_t strings[8]; /* for each string the offset of its field + 1; 0 ends the list */
} shapes[] = {
    [REEL_EVENT_PROGRESS] = {"progress",
                             {FIELD(change), FIELD(task_id), FIELD(model), FIELD(state),
                              FIELD(prompt), FIELD(path), FIELD(text)}},
    [REEL_EVENT_DONE] = {"done", {FIELD(text)}},
    [REEL_EVENT_FAILED] = {"failed", {FIELD(text), FIELD(kind), FIELD(traceback), FIELD(task_id)}},
    [REEL_EVENT_PRINT] = {"print", {FIELD(text)}},
    [REEL_EVENT_LOG] = {"log", {FIELD(text), FIELD(level)}},
};

enum {
  SHAPE_COUNT = sizeof shapes / sizeof *shapes,
  FIRST_STRING = 2,
  TEXT = FIRST_STRING,
  MOST_ARGUMENTS = 10
};

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

/* Adds an event, or drops it if too many wait. The ends of jobs are never dropped: there are no
 * more of them than started jobs. */
static void add_or_drop(struct reel_events *events, struct reel_event_node *node) {
  if (events->count >= MAX_WAITING && !is_end(node->event.type)) {
    events->dropped++;
    free(node);
    return;
  }
  node->event.dropped = events->dropped;
  events->dropped = 0;
  append(events, node);
}

/* Reading an event from the Lua stack: the type's name is at index 1, then come the strings and
 * numbers of its shape. */

static enum reel_event_type check_type(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  for (int i = REEL_EVENT_PROGRESS; i < SHAPE_COUNT; i++)
    if (strcmp(shapes[i].name, name) == 0) return i;
  return luaL_error(L, "unknown type of event: %s", name);
}

/* Returns the size of all strings, and sets *count to the number of string arguments. */
static size_t measure_strings(lua_State *L, const struct shape *shape, int *count) {
  size_t total = 0;
  for (*count = 0; shape->strings[*count]; ++*count) {
    size_t size = 0;
    if (lua_tolstring(L, FIRST_STRING + *count, &size)) total += size + 1;
  }
  return total;
}

static void copy_strings(lua_State *L, const struct shape *shape, struct reel_event_node *node) {
  char *next = node->strings;
  for (int i = 0; shape->strings[i]; i++) {
    size_t size;
    const char *text = lua_tolstring(L, FIRST_STRING + i, &size);
    if (!text) continue;
    memcpy(next, text, size + 1);
    *(const char **)((char *)&node->event + shape->strings[i] - 1) = next;
    if (shape->strings[i] == FIELD(text)) node->event.text_size = size;
    next += size + 1;
  }
}

static void read_numbers(lua_State *L, int first, struct reel_event *event) {
  bool has_end = is_end(event->type);
  bool has_progress = event->type == REEL_EVENT_PROGRESS;
  event->job = has_end ? lua_tointeger(L, first) : reel_job_ancestor(L);
  event->integer = has_end ? lua_tointeger(L, first + 1) : 0;
  event->progress = has_progress ? luaL_optnumber(L, first, -1) : -1;
  event->elapsed_s = has_progress ? luaL_optnumber(L, first + 1, -1) : -1;
}

/* Returns NULL if memory is out. */
static struct reel_event_node *make_node(lua_State *L, enum reel_event_type type) {
  const struct shape *shape = &shapes[type];
  struct reel_event event = {.type = type};
  int count;
  size_t size = measure_strings(L, shape, &count);
  read_numbers(L, FIRST_STRING + count, &event);

  struct reel_event_node *node = malloc(sizeof *node + size);
  if (!node) return NULL;
  node->event = event;
  node->next = NULL;
  copy_strings(L, shape, node);
  return node;
}

static void note_end(lua_State *L, struct reel_events *events, enum reel_event_type type) {
  events->jobs--;
  if (type == REEL_EVENT_DONE) return;
  events->failed = true;
  const char *text = lua_tostring(L, TEXT);
  snprintf(events->message, sizeof events->message, "%s", text ? text : "the job failed");
}

/* Passes the event to its hook. Returns false if there is no hook for it. */
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
  lua_settop(L, MOST_ARGUMENTS);
  if (is_end(type)) note_end(L, events, type);
  struct reel_event_node *node = make_node(L, type);
  if (!node) return luaL_error(L, "out of memory");
  if (call_hook(events, &node->event))
    free(node);
  else
    add_or_drop(events, node);
  return 0;
}

void reel_events_push_emit(lua_State *L) {
  lua_pushcclosure(L, emit, 1);
}

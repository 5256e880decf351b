/* Events on their way from Lua to the host, and the hooks that take some of them at once. All of
 * it runs on the runtime's thread. */
#ifndef REEL_EVENT_H
#define REEL_EVENT_H

#include <stdbool.h>

#include "reel.h"

struct reel_event_node;

struct reel_events {
  struct reel_event_node *first, *last;
  struct reel_event_node *taken; /* whose strings the host may still read */
  size_t count, dropped;
  void (*print)(void *data, const char *text, size_t size);
  void (*log)(void *data, const char *level, const char *text);
  void *data;
  size_t jobs;        /* that were started and have not ended */
  bool failed;        /* one of those that ended */
  char message[1024]; /* its error */
};

/* Drops all events. */
void reel_events_clear(struct reel_events *events);

/* As reel_next_event(). */
bool reel_events_take(struct reel_events *events, struct reel_event *out);

/* Replaces the userdata on top of the stack, a struct reel_events *, by a function that takes an
 * event: its type in lower case, then its fields as host/embed.lua gives them. Once the pointer is NULL,
 * the function does nothing. */
void reel_events_push_emit(lua_State *L);

#endif

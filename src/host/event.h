/* The queue of events that Lua code reports to the host. Print and log events go to the host's
 * hooks instead of the queue if hooks are set. All functions run on the runtime's thread. */
#ifndef REEL_EVENT_H
#define REEL_EVENT_H

#include <stdbool.h>

#include "reel.h"

struct reel_event_node;

struct reel_events {
  struct reel_event_node *first, *last;
  struct reel_event_node *taken; /* the event taken last; the host may still read its strings */
  size_t count;                  /* of events in the queue */
  size_t dropped;                /* events that were dropped since the last one was added */
  void (*print)(void *data, const char *text, size_t size);
  void (*log)(void *data, const char *level, const char *text);
  void *data;
  size_t jobs;        /* jobs that were started and have not ended */
  bool failed;        /* a job has failed since reel_wait() began */
  char message[1024]; /* the error of the last job that failed */
};

/* Frees all events. */
void reel_events_clear(struct reel_events *events);

/* Takes the oldest event, as reel_next_event() does. Returns false if there is none. */
bool reel_events_take(struct reel_events *events, struct reel_event *out);

/* Replaces the userdata on top of the stack, which holds a struct reel_events *, by a Lua function
 * that adds an event. Its arguments are the type in lower case and then the fields, in the order
 * that lua/reel/embed.lua passes them. When the pointer is NULL, the function does nothing. */
void reel_events_push_emit(lua_State *L);

#endif

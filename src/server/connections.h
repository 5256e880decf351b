/* The connections of a listener. Each has a deadline, which a client cannot postpone by sending a
 * few bytes at a time. The connection that has been quiet longest can be cut, so that a new client
 * gets its place.
 *
 * A connection is cut by shutting its socket down; libmicrohttpd notices that and closes it. All
 * functions here are [io]. */
#ifndef REEL_CONNECTIONS_H
#define REEL_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "loop/io.h"

struct reel_connection {
  struct reel_timer deadline;
  struct reel_io *io;
  int fd;
  bool is_quiet;     /* no whole request of it waits for an answer */
  uint64_t since_ms; /* when it was opened, or its last request was answered */
  struct list by_age;
};

/* The struct is part of its owner's struct. */
struct reel_connections {
  struct list by_age; /* the least since_ms first */
  unsigned count;
};

void reel_connections_init(struct reel_connections *all);

/* Adds a connection, which is quiet. *Given*: _close frees it. deadline_ms counts from now, here
 * and below. NULL: out of memory. */
struct reel_connection *reel_connection_open(struct reel_connections *all, struct reel_io *io,
                                             int fd, uint64_t deadline_ms);
void reel_connection_close(struct reel_connections *all, struct reel_connection *connection);

/* Sets the deadline, in place of an earlier one. Without memory for it the connection is cut at
 * once. */
void reel_connection_limit(struct reel_connection *connection, uint64_t deadline_ms);

/* Says that its request is whole. Its deadline ends, since the host may take any time to answer. */
void reel_connection_is_served(struct reel_connection *connection);

/* Says that its request was answered. The client may send another one before the deadline. */
void reel_connection_is_answered(struct reel_connections *all, struct reel_connection *connection,
                                 uint64_t deadline_ms);

/* The connection that has been quiet longest; NULL: none is quiet. */
struct reel_connection *reel_connections_quietest(const struct reel_connections *all);

void reel_connection_cut(struct reel_connection *connection);

#endif

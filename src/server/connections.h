/* The connections of a listener: each has a deadline, which no trickle of bytes can push away, and
 * the one that has kept the listener waiting longest can be made to give its place to another.
 *
 * A connection is cut by shutting its socket, which libmicrohttpd then notices. All of it [io]. */
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
  bool is_quiet;     /* has sent no whole request that waits for an answer */
  uint64_t since_ms; /* when it came, or was last answered */
  struct list by_age;
};

/* Lives in its owner's struct. */
struct reel_connections {
  struct list by_age; /* the least since_ms first */
  unsigned count;
};

void reel_connections_init(struct reel_connections *all);

/* A new connection, quiet, with a deadline. *Given*: goes back to _close. NULL: out of memory. */
struct reel_connection *reel_connection_open(struct reel_connections *all, struct reel_io *io,
                                             int fd, uint64_t deadline_ms);
void reel_connection_close(struct reel_connections *all, struct reel_connection *connection);

/* Sets, or moves, its deadline. Without memory for it the connection is cut at once. */
void reel_connection_limit(struct reel_connection *connection, uint64_t deadline_ms);

/* Its request is whole: the host may think as long as it likes. */
void reel_connection_is_served(struct reel_connection *connection);

/* It was answered, and may ask again. */
void reel_connection_is_answered(struct reel_connections *all, struct reel_connection *connection,
                                 uint64_t deadline_ms);

/* The one that has been quiet longest; NULL: none is quiet. */
struct reel_connection *reel_connections_quietest(const struct reel_connections *all);

void reel_connection_cut(struct reel_connection *connection);

#endif

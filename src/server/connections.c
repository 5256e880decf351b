#include "server/connections.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/status.h"

void reel_connections_init(struct reel_connections *all) {
  list_init(&all->by_age);
  all->count = 0;
}

static void add_newest(struct reel_connections *all, struct reel_connection *connection) {
  connection->since_ms = reel_io_now_ms();
  list_append(&all->by_age, &connection->by_age);
}

void reel_connection_cut(struct reel_connection *connection) {
  shutdown(connection->fd, SHUT_RDWR);
}

static void on_deadline(struct reel_timer *deadline) {
  reel_connection_cut(CONTAINER_OF(deadline, struct reel_connection, deadline));
}

struct reel_connection *reel_connection_open(struct reel_connections *all, struct reel_io *io,
                                             int fd, uint64_t deadline_ms) {
  struct reel_connection *connection = calloc(1, sizeof *connection);
  if (!connection) return NULL;
  connection->io = io;
  connection->fd = fd;
  connection->deadline.fire = on_deadline;
  connection->is_quiet = true;
  add_newest(all, connection);
  all->count++;
  reel_connection_limit(connection, deadline_ms);
  return connection;
}

void reel_connection_close(struct reel_connections *all, struct reel_connection *connection) {
  reel_io_timer_clear(connection->io, &connection->deadline);
  list_remove(&connection->by_age);
  all->count--;
  free(connection);
}

void reel_connection_limit(struct reel_connection *connection, uint64_t deadline_ms) {
  int status = reel_io_timer_set(connection->io, &connection->deadline, deadline_ms);
  if (status != REEL_OK) reel_connection_cut(connection);
}

void reel_connection_is_served(struct reel_connection *connection) {
  reel_io_timer_clear(connection->io, &connection->deadline);
  connection->is_quiet = false;
}

void reel_connection_is_answered(struct reel_connections *all, struct reel_connection *connection,
                                 uint64_t deadline_ms) {
  connection->is_quiet = true;
  list_remove(&connection->by_age);
  add_newest(all, connection);
  reel_connection_limit(connection, deadline_ms);
}

struct reel_connection *reel_connections_quietest(const struct reel_connections *all) {
  for (struct list *link = all->by_age.next; link != &all->by_age; link = link->next) {
    struct reel_connection *connection = CONTAINER_OF(link, struct reel_connection, by_age);
    if (connection->is_quiet) return connection;
  }
  return NULL;
}

#include "server/connections.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/status.h"

#define OWNER(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static void add_newest(struct reel_connections *all, struct reel_connection *connection) {
  connection->since_ms = reel_io_now_ms();
  connection->newer = NULL;
  connection->older = all->newest;
  *(all->newest ? &all->newest->newer : &all->oldest) = connection;
  all->newest = connection;
  all->count++;
}

static void take_out(struct reel_connections *all, struct reel_connection *connection) {
  struct reel_connection *older = connection->older, *newer = connection->newer;
  *(older ? &older->newer : &all->oldest) = newer;
  *(newer ? &newer->older : &all->newest) = older;
  all->count--;
}

void reel_connection_cut(struct reel_connection *connection) {
  shutdown(connection->fd, SHUT_RDWR);
}

static void on_deadline(struct reel_timer *deadline) {
  reel_connection_cut(OWNER(deadline, struct reel_connection, deadline));
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
  reel_connection_limit(connection, deadline_ms);
  return connection;
}

void reel_connection_close(struct reel_connections *all, struct reel_connection *connection) {
  reel_io_timer_clear(connection->io, &connection->deadline);
  take_out(all, connection);
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
  take_out(all, connection);
  add_newest(all, connection);
  reel_connection_limit(connection, deadline_ms);
}

struct reel_connection *reel_connections_quietest(const struct reel_connections *all) {
  struct reel_connection *connection = all->oldest;
  while (connection && !connection->is_quiet) connection = connection->newer;
  return connection;
}

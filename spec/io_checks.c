/* usage: io_checks NAME; runs one check of an I/O thread whose driver cannot wait. Exit code 0: it
 * holds. */
#include <curl/curl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "http/client.h"
#include "http/fetch.h"
#include "loop/io.h"
#include "server/accept.h"
#include "server/request.h"
#include "server/server.h"

#define CHECK(condition)                                                           \
  do {                                                                             \
    if (condition) break;                                                          \
    fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
    exit(1);                                                                       \
  } while (0)

enum {
  WAIT_MS = 20000, /* for what takes no time unless it is broken */
  IDLE_MS = 500,
  MOST_WAITS = 200 /* a loop that spins waits many thousand times in half a second */
};

/* A driver that fails each time it is asked to wait, and counts how often that is. */

static atomic_uint waits;

static int open_failing(struct reel_io *io, void **out) {
  (void)io;
  *out = NULL;
  return REEL_OK;
}

static void close_failing(void *driver) {
  (void)driver;
}

static int wait_failing(void *driver, struct pollfd *fds, unsigned count, int timeout_ms) {
  (void)driver, (void)fds, (void)count, (void)timeout_ms;
  waits++;
  return REEL_NOMEM;
}

static const struct reel_io_driver failing = {
    .open = open_failing, .close = close_failing, .wait = wait_failing, .wakeup = close_failing};

/* An operation that ends when a descriptor is readable. It cannot be cancelled before the grace. */

struct reading {
  struct reel_op op;
  struct reel_io *io;
  struct reel_watch watch;
  char byte;
};

static void on_readable(struct reel_watch *watch, short revents) {
  struct reading *reading = CONTAINER_OF(watch, struct reading, watch);
  CHECK(revents & POLLIN);
  CHECK(read(watch->fd, &reading->byte, 1) == 1);
  reel_io_unwatch(reading->io, watch);
  reel_io_finish(reading->io, &reading->op, REEL_OK);
}

static void reading_start(struct reel_io *io, struct reel_op *op) {
  struct reading *reading = (struct reading *)op;
  reading->io = io;
  reel_io_watch(io, &reading->watch);
}

static void reading_cancel(struct reel_io *io, struct reel_op *op) {
  reel_io_unwatch(io, &((struct reading *)op)->watch);
  reel_io_finish(io, op, REEL_CANCELLED);
}

static void reading_free(struct reel_op *op) {
  (void)op;
}

static const struct reel_op_type reading_type = {.name = "reading",
                                                 .start = reading_start,
                                                 .cancel = reading_cancel,
                                                 .free = reading_free,
                                                 .keeps_running = true};

static struct reading reading_of(int fd) {
  return (struct reading){.op.type = &reading_type,
                          .watch = {.fd = fd, .events = POLLIN, .ready = on_readable}};
}

/* The next operation that comes back; those behind it are kept for the next call. */
static struct reel_op *await(struct reel_io *io) {
  static struct list taken = {&taken, &taken};
  struct pollfd notified = {.fd = reel_io_fd(io), .events = POLLIN};
  while (list_is_empty(&taken)) {
    CHECK(poll(&notified, 1, WAIT_MS) == 1);
    reel_io_take(io, &taken);
  }
  return CONTAINER_OF(list_pop(&taken), struct reel_op, queue);
}

/* The thread is idle for a while, then a timer and a descriptor are served. */
static void check_works_on(void) {
  struct reel_io *io;
  int ends[2];
  CHECK(pipe(ends) == 0);
  CHECK(reel_io_new(&failing, &io) == REEL_OK);
  struct reading reading = reading_of(ends[0]);
  reel_io_post(io, &reading.op);
  struct reel_op *sleep = reel_io_sleep_new(IDLE_MS);
  CHECK(sleep);
  reel_io_post(io, sleep);

  CHECK(await(io) == sleep && sleep->status == REEL_OK);
  sleep->type->free(sleep);
  CHECK(waits < MOST_WAITS);
  CHECK(write(ends[1], "x", 1) == 1);
  CHECK(await(io) == &reading.op && reading.op.status == REEL_OK && reading.byte == 'x');
  reel_io_free(io, 0);
}

/* The same while it ends, within its grace. */
static void check_ends(void) {
  struct reel_io *io;
  int ends[2];
  CHECK(pipe(ends) == 0);
  CHECK(reel_io_new(&failing, &io) == REEL_OK);
  struct reading reading = reading_of(ends[0]);
  reel_io_post(io, &reading.op);
  reel_io_free(io, IDLE_MS);
  CHECK(reading.op.status == REEL_CANCELLED);
  CHECK(waits < MOST_WAITS);
}

/* libcurl's own wait, in this program: it fails. */
CURLMcode curl_multi_poll(CURLM *multi, struct curl_waitfd *fds, unsigned count, int timeout_ms,
                          int *ready) {
  (void)multi, (void)fds, (void)count, (void)timeout_ms, (void)ready;
  waits++;
  return CURLM_OUT_OF_MEMORY;
}

/* The HTTP client is served by the listener of the same thread. */
static void check_transfers(void) {
  struct reel_io *io;
  struct reel_server *server;
  struct reel_server_options options = {.host = "127.0.0.1",
                                        .max_header_bytes = 16384,
                                        .max_body_bytes = 16384,
                                        .max_connections = 4,
                                        .header_timeout_ms = WAIT_MS,
                                        .body_timeout_ms = WAIT_MS};
  CHECK(reel_io_new(&reel_http_driver, &io) == REEL_OK);
  CHECK(reel_server_new(&options, &server) == REEL_OK);
  reel_io_post(io, reel_server_op(server));
  struct reel_op *accept = reel_server_accept_new(server);
  CHECK(accept);
  reel_io_post(io, accept);

  char url[64];
  snprintf(url, sizeof url, "http://127.0.0.1:%u/", (unsigned)reel_server_port(server));
  struct reel_http_request request = {.url = url, .max_body_bytes = 16384};
  struct reel_http_fetch *fetch;
  CHECK(reel_http_fetch_new(&request, &fetch) == REEL_OK);
  reel_io_post(io, &fetch->op);

  CHECK(await(io) == accept && accept->status == REEL_OK);
  struct reel_request *taken = reel_accept_take(accept);
  accept->type->free(accept);
  taken->answer.status = 204;
  reel_io_post(io, &taken->op);
  struct reel_op *answered = await(io);
  CHECK(answered == &taken->op);
  answered->type->free(answered);
  CHECK(await(io) == &fetch->op && fetch->op.status == REEL_OK);
  CHECK(fetch->transfer.response.status == 204);
  fetch->op.type->free(&fetch->op);
  CHECK(waits < MOST_WAITS);
  reel_io_free(io, 0);
}

static const struct {
  const char *name;
  void (*run)(void);
} checks[] = {{"works_on", check_works_on}, {"ends", check_ends}, {"transfers", check_transfers}};

int main(int argc, char **argv) {
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
    if (argc != 2 || strcmp(argv[1], checks[i].name) != 0) continue;
    checks[i].run();
    return 0;
  }
  return fputs("usage: io_checks NAME\n", stderr), 2;
}

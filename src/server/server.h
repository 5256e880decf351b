/* An HTTP listener inside the I/O thread.
 *
 * Whole requests are handed out one at a time, each to one accept operation; the connection sleeps
 * until the request comes back with its answer. Slow, oversized and vanished clients are dealt
 * with here: each connection has deadlines that no trickle of bytes can push away. */
#ifndef REEL_SERVER_H
#define REEL_SERVER_H

#include <stddef.h>
#include <stdint.h>

struct reel_op;
struct reel_server;

/* All *copied*. */
struct reel_server_options {
  const char *host;        /* a numeric address, v4 or v6 */
  uint16_t port;           /* 0: any free one */
  size_t max_header_bytes; /* what a connection may use for its header and what is read of it */
  size_t max_body_bytes;
  /* With one more, the client that has been quiet longest is cut; while all have sent a request and
   * wait for its answer, more wait in the kernel's queue. */
  unsigned max_connections;
  /* Takes bodies above 64 KiB as files, and the files of forms, which are taken apart as they come
   * (multipart.h has the bounds). NULL: every body stays in memory, as it was sent. */
  const char *body_folder;
  uint64_t header_timeout_ms; /* for a whole header; also how long an idle connection stays */
  uint64_t body_timeout_ms;   /* for a whole body */
};

/* Starts to listen. [host] No client is served before reel_server_op(server) was posted. Errors:
 * REEL_NOMEM, REEL_INVALID (the address), REEL_BUSY (the port is in use), REEL_SYSTEM. */
int reel_server_new(const struct reel_server_options *options, struct reel_server **out);

/* The operation that serves until the server is closed. Its free frees the server. [host] */
struct reel_op *reel_server_op(struct reel_server *server);

/* The operation that closes: connections are cut, accepts end with REEL_CLOSED. The host must not
 * use the server once it has posted it; requests may still be answered, to nobody. [host] */
struct reel_op *reel_server_close_op(struct reel_server *server);

/* [host] */
uint16_t reel_server_port(const struct reel_server *server);

/* An operation that ends with the next request, or with REEL_CLOSED; reel_accept_take() has the
 * request. One that goes back unanswered is answered with 500. [host] NULL: out of memory. */
struct reel_op *reel_server_accept_new(struct reel_server *server);

#endif

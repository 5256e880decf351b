/* An HTTP listener inside the I/O thread.
 *
 * Each accept operation ends with one whole request. The connection is suspended until the host has
 * posted the request back with its answer. The host never sees a slow client, a body above the
 * limit or a client that has gone: every connection has deadlines, which a client cannot postpone
 * by sending a few bytes at a time. */
#ifndef REEL_SERVER_H
#define REEL_SERVER_H

#include <stddef.h>
#include <stdint.h>

struct reel_op;
struct reel_server;

/* Everything is *copied*. */
struct reel_server_options {
  const char *host;        /* a numeric address, v4 or v6 */
  uint16_t port;           /* 0: any free one */
  size_t max_header_bytes; /* of memory for a connection: its header, and reading its body */
  size_t max_body_bytes;
  /* When one more client comes, the connection that has been quiet longest is cut. While every
   * client waits for an answer, new ones wait in the kernel's queue. */
  unsigned max_connections;
  /* Takes bodies above 64 KiB as files. Forms are taken apart as they arrive, and their files go
   * here, too (multipart.h has the bounds). NULL: every body stays in memory, as it was sent. */
  const char *body_folder;
  uint64_t header_timeout_ms; /* until a header is whole; an idle connection ends after it, too */
  uint64_t body_timeout_ms;   /* until a body is whole */
};

/* Starts to listen. Clients are served from when reel_server_op(server) was posted. [host]
 * Errors: REEL_NOMEM, REEL_INVALID (the address), REEL_BUSY (the port is in use), REEL_SYSTEM. */
int reel_server_new(const struct reel_server_options *options, struct reel_server **out);

/* The operation that serves until the server is closed. Freeing the operation frees the server.
 * [host] */
struct reel_op *reel_server_op(struct reel_server *server);

/* The operation that closes the server: connections are cut and accepts end with REEL_CLOSED. The
 * host must not use the server after it has posted this operation. It may still post requests that
 * it has; their answers are dropped. [host] */
struct reel_op *reel_server_close_op(struct reel_server *server);

/* The port that the server listens on. [host] */
uint16_t reel_server_port(const struct reel_server *server);

/* Makes an operation that ends with the next request, which reel_accept_take() gives, or with
 * REEL_CLOSED. A request that is posted back without an answer is answered with 500. [host]
 * NULL: out of memory. */
struct reel_op *reel_server_accept_new(struct reel_server *server);

#endif

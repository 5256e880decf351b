/* An HTTP listener inside the I/O thread.
 *
 * Whole requests are handed out one at a time, to one accept operation each; the connection sleeps
 * until the request comes back with its answer. Slow, oversized and vanished clients are dealt
 * with here: each connection has deadlines that no trickle of bytes can push away. */
#ifndef REEL_SERVER_H
#define REEL_SERVER_H

#include <stddef.h>
#include <stdint.h>

struct reel_io;
struct reel_op;
struct reel_server;

struct reel_server_options {
  const char *host; /* a numeric address, v4 or v6 */
  uint16_t port;    /* 0: any free one */
  size_t max_body_bytes;
  unsigned max_connections;   /* more wait in the kernel's queue */
  const char *body_folder;    /* takes bodies above 64 KiB as files; NULL: all stay in memory */
  uint64_t header_timeout_ms; /* for a whole header; also how long an idle connection stays */
  uint64_t body_timeout_ms;   /* for a whole body */
};

/* A text that has a name: a header or an argument of the query. */
struct reel_pair {
  struct reel_pair *next;
  const char *value;
  size_t value_bytes;
  char name[];
};

/* *Copies* both; name ends with NUL. NULL: out of memory. Freed with free(). [any] */
struct reel_pair *reel_pair_new(const char *name, const char *value, size_t value_bytes);
void reel_pairs_free(struct reel_pair *first);

/* What came, and what is answered. The host reads the first part and writes the second. */
struct reel_request {
  const char *method;
  const char *path; /* decoded, without the query */
  struct reel_pair *headers; /* names in lower case */
  struct reel_pair *query;   /* decoded */
  const char *body;
  size_t body_bytes;
  const char *body_file; /* holds the body instead; removed with the request if still there */

  struct {
    unsigned status;
    struct reel_pair *headers; /* *given* */
    char *body;                /* *given*: malloc */
    size_t body_bytes;
    char *file; /* *given*: malloc; sent instead of body. No regular file there: 404 */
  } answer;
};

/* Starts to listen. [host] No client is served before reel_server_op(server) was posted. Errors:
 * REEL_NOMEM, REEL_INVALID (the address), REEL_BUSY (the port is in use), REEL_SYSTEM. */
int reel_server_new(const struct reel_server_options *options, struct reel_server **out);

/* The operation that serves until the server is closed. Its free frees the server. */
struct reel_op *reel_server_op(struct reel_server *server);

/* [host] */
uint16_t reel_server_port(const struct reel_server *server);

/* An operation that ends with the next request, or with REEL_CLOSED. [host] NULL: out of memory. */
struct reel_op *reel_server_accept_new(struct reel_server *server);

/* Takes the request out of a finished accept. *Given*: back through reel_request_op(). A request
 * nobody takes is answered with 500. [host] */
struct reel_request *reel_server_accepted(struct reel_op *op);

/* The operation that answers the request and frees it. A client that has gone, and a closed
 * server, are no errors. [host] */
struct reel_op *reel_request_op(struct reel_request *request);

/* Posts the end: connections are cut, accepts end with REEL_CLOSED. Nothing but requests may be
 * posted for this server after it. [host] */
struct reel_op *reel_server_close_op(struct reel_server *server);

#endif

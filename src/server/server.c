/* libmicrohttpd runs without threads of its own: this file watches its epoll descriptor and keeps
 * its timeout as one timer of the loop. Its own limits only count idle time, so this file gives
 * every connection a deadline. At its connection limit libmicrohttpd does not look for new clients,
 * so this file watches the listening socket then. */
#include "server/server.h"

#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/accept.h"
#include "server/connections.h"
#include "server/file_answer.h"
#include "loop/io.h"
#include "server/listen.h"
#include "server/multipart.h"
#include "server/request.h"
#include "base/list.h"
#include "base/status.h"

enum {
  ANSWER_TIMEOUT_MS = 30000, /* until the client has taken the answer; a long one gets more */
  ANSWER_BYTES_PER_MS = 10,  /* the slowest pace that the extra time allows */
  PATIENCE_MS = 250,         /* how long a quiet client keeps its place while others wait for one */
  MAX_RUNS = 4               /* of libmicrohttpd, before the loop's other work has its chance */
};

/* A request on its connection, from its whole header to the last byte of its answer. */
struct exchange {
  struct reel_server *server;
  struct MHD_Connection *connection;
  struct reel_request *request; /* belongs to the host once handed out; NULL once answered */
  struct reel_multipart *form;  /* set while the body arrives and is a form */
  struct MHD_Response *response;
  unsigned status; /* of the response; before there is one, of a refusal that is due, or 0 */
  uint64_t response_bytes;
  bool is_suspended;
  struct list link; /* in the server's exchanges */
};

struct reel_server {
  struct reel_op op, close_op;
  struct MHD_Daemon *daemon;
  char *body_folder;
  size_t max_body_bytes;
  unsigned max_connections;
  uint64_t header_timeout_ms, body_timeout_ms;
  uint16_t port;

  /* The rest is for the I/O thread alone. */
  struct reel_io *io;
  struct reel_watch watch;
  struct reel_watch queue;    /* the listening socket; see watch_queue */
  struct reel_timer patience; /* until the quietest client may be cut */
  struct reel_timer timer;    /* the timeout of libmicrohttpd */
  bool has_room;              /* a connection has ended in this run of libmicrohttpd */
  struct reel_connections connections;
  struct list exchanges;
  struct reel_accepts accepts;
};

/* Running libmicrohttpd. */

/* While all places are taken, a new client gets the place of one that has been quiet for
 * PATIENCE_MS. The queue is watched only while there is such a one: it stays readable as long as a
 * client waits. */
static void watch_queue(struct reel_server *server) {
  reel_io_unwatch(server->io, &server->queue);
  reel_io_timer_clear(server->io, &server->patience);
  if (server->connections.count < server->max_connections) return;
  const struct reel_connection *quietest = reel_connections_quietest(&server->connections);
  if (!quietest) return;

  uint64_t quiet_ms = reel_io_now_ms() - quietest->since_ms;
  if (quiet_ms >= PATIENCE_MS)
    reel_io_watch(server->io, &server->queue);
  else
    reel_io_timer_set(server->io, &server->patience, PATIENCE_MS - quiet_ms);
}

static void on_patience(struct reel_timer *patience) {
  watch_queue(CONTAINER_OF(patience, struct reel_server, patience));
}

/* Runs libmicrohttpd until it has nothing more to do at once, at most MAX_RUNS times. After a run
 * that ended a connection it needs another one, in which it looks for new clients again. */
static void run_daemon(struct reel_server *server) {
  MHD_UNSIGNED_LONG_LONG wait_ms = 0;
  bool has_timeout = true;
  for (int i = 0; i < MAX_RUNS && has_timeout && wait_ms == 0; i++) {
    server->has_room = false;
    MHD_run(server->daemon);
    wait_ms = 0;
    has_timeout = server->has_room || MHD_get_timeout(server->daemon, &wait_ms) == MHD_YES;
  }
  /* When there is no memory for the timer, the next event on any connection runs it instead. */
  if (has_timeout)
    reel_io_timer_set(server->io, &server->timer, wait_ms ? wait_ms : 1);
  else
    reel_io_timer_clear(server->io, &server->timer);
  watch_queue(server);
}

static void on_ready(struct reel_watch *watch, short revents) {
  (void)revents;
  run_daemon(CONTAINER_OF(watch, struct reel_server, watch));
}

static void on_timer(struct reel_timer *timer) {
  run_daemon(CONTAINER_OF(timer, struct reel_server, timer));
}

static void on_queue(struct reel_watch *watch, short revents) {
  (void)revents;
  struct reel_server *server = CONTAINER_OF(watch, struct reel_server, queue);
  struct reel_connection *quietest = reel_connections_quietest(&server->connections);
  if (quietest) reel_connection_cut(quietest);
  run_daemon(server);
}

/* Connections. */

static struct reel_connection *connection_of(struct MHD_Connection *connection) {
  return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code) {
  struct reel_server *server = context;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    *socket_context =
        reel_connection_open(&server->connections, server->io, fd, server->header_timeout_ms);
    if (!*socket_context) shutdown(fd, SHUT_RDWR);
  } else {
    server->has_room = true;
    if (*socket_context) reel_connection_close(&server->connections, *socket_context);
  }
}

/* Requests that arrive. */

struct pairs {
  struct reel_pair **first;
  bool lower_case;
  bool failed;
};

static enum MHD_Result add_pair(void *context, enum MHD_ValueKind kind, const char *name,
                                size_t name_bytes, const char *value, size_t value_bytes) {
  (void)kind, (void)name_bytes;
  struct pairs *pairs = context;
  pairs->failed = reel_pair_add(pairs->first, name, value, value_bytes) != REEL_OK;
  if (pairs->failed) return MHD_NO;
  if (!pairs->lower_case) return MHD_YES;
  for (char *c = (*pairs->first)->name; *c; c++)
    if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
  return MHD_YES;
}

static bool copy_pairs(struct MHD_Connection *connection, struct reel_request *request) {
  struct pairs headers = {.first = &request->headers, .lower_case = true};
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, add_pair, &headers);
  struct pairs query = {.first = &request->query};
  MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, add_pair, &query);
  return !headers.failed && !query.failed;
}

static const struct reel_op_type request_type;

static struct exchange *exchange_new(struct reel_server *server, struct MHD_Connection *connection,
                                     const char *method, const char *path) {
  struct exchange *exchange = calloc(1, sizeof *exchange);
  if (!exchange) return NULL;
  exchange->server = server;
  exchange->connection = connection;
  if (reel_request_new(method, path, server->max_body_bytes, &exchange->request) != REEL_OK)
    goto fail;
  exchange->request->op.type = &request_type;
  exchange->request->io = server->io;
  exchange->request->exchange = exchange;
  if (!copy_pairs(connection, exchange->request)) goto fail;

  list_append(&server->exchanges, &exchange->link);
  return exchange;
fail:
  reel_request_free(exchange->request);
  free(exchange);
  return NULL;
}

/* Also frees the request, unless it belongs to the host: then it only loses its exchange. */
static void exchange_free(struct exchange *exchange) {
  list_remove(&exchange->link);
  if (exchange->response) MHD_destroy_response(exchange->response);
  reel_multipart_free(exchange->form);
  struct reel_request *request = exchange->request;
  if (request && request->is_handed_out)
    request->exchange = NULL;
  else
    reel_request_free(request);
  free(exchange);
}

static enum MHD_Result queue_response(struct exchange *exchange) {
  struct reel_connection *connection = connection_of(exchange->connection);
  uint64_t deadline_ms = ANSWER_TIMEOUT_MS + exchange->response_bytes / ANSWER_BYTES_PER_MS;
  if (connection) reel_connection_limit(connection, deadline_ms);
  return MHD_queue_response(exchange->connection, exchange->status, exchange->response);
}

static struct MHD_Response *empty_response(void) {
  return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result refuse(struct exchange *exchange) {
  exchange->response = empty_response();
  if (!exchange->response) return MHD_NO;
  MHD_add_response_header(exchange->response, MHD_HTTP_HEADER_CONNECTION, "close");
  return queue_response(exchange);
}

static bool is_declared_too_large(const struct exchange *exchange) {
  const char *length = reel_pair_find(exchange->request->headers, "content-length");
  return length && strtoull(length, NULL, 10) > exchange->server->max_body_bytes;
}

/* A listener without a folder does not take forms apart. */
static enum MHD_Result begin_form(struct exchange *exchange) {
  struct reel_server *server = exchange->server;
  if (!server->body_folder || !reel_multipart_is_form(exchange->connection)) return MHD_YES;
  int status = reel_multipart_new(exchange->connection, exchange->request, server->body_folder,
                                  server->max_body_bytes, &exchange->form);
  return status == REEL_OK ? MHD_YES : MHD_NO;
}

/* A client that sends Expect is refused at once. Others are refused when they have sent the whole
 * body: if the connection were closed with bytes unread, the kernel would reset it, and the client
 * could lose the answer. */
static enum MHD_Result begin(struct exchange *exchange) {
  struct reel_connection *connection = connection_of(exchange->connection);
  if (connection) reel_connection_limit(connection, exchange->server->body_timeout_ms);
  if (!is_declared_too_large(exchange)) return begin_form(exchange);
  exchange->status = MHD_HTTP_CONTENT_TOO_LARGE;
  return reel_pair_find(exchange->request->headers, "expect") ? refuse(exchange) : MHD_YES;
}

/* The HTTP status that a request is refused with for a status of its body; 0: it is not refused. */
static unsigned refusal_of(int status) {
  switch (status) {
    case REEL_OK:
      return 0;
    case REEL_INVALID:
      return MHD_HTTP_BAD_REQUEST;
    case REEL_TOO_LARGE:
      return MHD_HTTP_CONTENT_TOO_LARGE;
    default:
      return MHD_HTTP_INTERNAL_SERVER_ERROR;
  }
}

static void receive(struct exchange *exchange, const char *bytes, size_t size) {
  if (exchange->status) return;
  const char *folder = exchange->server->body_folder;
  int status = exchange->form ? reel_multipart_receive(exchange->form, bytes, size)
                              : reel_request_receive(exchange->request, folder, bytes, size);
  exchange->status = refusal_of(status);
}

/* libmicrohttpd leaves a suspended connection alone until it is resumed, even if the client goes.
 * So the request that is queued here stays valid. The connection has no deadline meanwhile, since
 * the host may take any time to answer. */
static enum MHD_Result complete(struct exchange *exchange) {
  struct reel_server *server = exchange->server;
  if (!exchange->status)
    exchange->status = refusal_of(exchange->form ? reel_multipart_complete(exchange->form)
                                                 : reel_request_complete(exchange->request));
  if (exchange->status) return refuse(exchange);
  reel_multipart_free(exchange->form);
  exchange->form = NULL;

  struct reel_connection *connection = connection_of(exchange->connection);
  if (connection) reel_connection_is_served(connection);
  MHD_suspend_connection(exchange->connection);
  exchange->is_suspended = true;
  reel_accepts_put(&server->accepts, exchange->request);
  return MHD_YES;
}

/* libmicrohttpd calls this for the header, for each piece of the body, at the end of the body, and
 * after the connection was resumed. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *bytes, size_t *size, void **state) {
  (void)version;
  struct exchange *exchange = *state;
  if (!exchange) {
    *state = exchange = exchange_new(context, connection, method, path);
    return exchange ? begin(exchange) : MHD_NO;
  }
  if (exchange->response) return queue_response(exchange);
  if (!*size) return exchange->request ? complete(exchange) : MHD_NO;
  receive(exchange, bytes, *size);
  *size = 0;
  return MHD_YES;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code) {
  (void)code;
  struct reel_server *server = context;
  struct reel_connection *ours = connection_of(connection);
  if (ours) reel_connection_is_answered(&server->connections, ours, server->header_timeout_ms);
  if (*state) exchange_free(*state);
  *state = NULL;
}

/* Answers. */

static struct MHD_Response *text_response(struct exchange *exchange,
                                          struct reel_server_answer *answer) {
  struct MHD_Response *response =
      MHD_create_response_from_buffer(answer->body_bytes, answer->body, MHD_RESPMEM_MUST_FREE);
  if (response) answer->body = NULL;
  exchange->status = answer->status;
  exchange->response_bytes = answer->body_bytes;
  return response;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value) {
  if (*value) MHD_add_response_header(response, name, value);
}

static struct MHD_Response *file_response(struct exchange *exchange, const char *path) {
  const struct reel_pair *headers = exchange->request->headers;
  struct reel_file_wish wish = {.is_get = strcmp(exchange->request->method, "GET") == 0,
                                .range = reel_pair_find(headers, "range"),
                                .if_range = reel_pair_find(headers, "if-range"),
                                .if_none_match = reel_pair_find(headers, "if-none-match")};
  struct reel_file_answer file;
  reel_file_answer(path, &wish, &file);
  struct MHD_Response *response =
      file.fd < 0 ? empty_response()
                  : MHD_create_response_from_fd_at_offset64(file.length, file.fd, file.offset);
  if (!response) {
    if (file.fd >= 0) close(file.fd);
    return NULL;
  }
  add_header(response, MHD_HTTP_HEADER_ETAG, file.etag);
  add_header(response, MHD_HTTP_HEADER_LAST_MODIFIED, file.last_modified);
  add_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, file.content_range);
  if (file.status != MHD_HTTP_NOT_FOUND) add_header(response, "Accept-Ranges", "bytes");
  exchange->status = file.status;
  exchange->response_bytes = file.length;
  return response;
}

/* Resumes the connection, also when no response could be made: then the next call of on_request
 * fails, which closes the connection. */
static void answer(struct exchange *exchange) {
  struct reel_server_answer *given = &exchange->request->answer;
  if (given->status == 0) given->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
  exchange->response =
      given->file ? file_response(exchange, given->file) : text_response(exchange, given);
  for (struct reel_pair *header = given->headers; header && exchange->response;
       header = header->next)
    MHD_add_response_header(exchange->response, header->name, header->value);
  exchange->request->exchange = NULL;
  exchange->request = NULL;
  exchange->is_suspended = false;
  MHD_resume_connection(exchange->connection);
  run_daemon(exchange->server);
}

static void request_start(struct reel_io *io, struct reel_op *op) {
  struct reel_request *request = (struct reel_request *)op;
  if (request->exchange) answer(request->exchange);
  reel_io_finish(io, op, REEL_OK);
}

/* The cancel function of operations that are finished as soon as they are started. */
static void never_cancelled(struct reel_io *io, struct reel_op *op) {
  reel_io_finish(io, op, REEL_CANCELLED);
}

static void request_free(struct reel_op *op) {
  reel_request_free((struct reel_request *)op);
}

static const struct reel_op_type request_type = {
    .name = "answer", .start = request_start, .cancel = never_cancelled, .free = request_free};

struct reel_op *reel_server_accept_new(struct reel_server *server) {
  return reel_accept_new(&server->accepts);
}

/* Serving and closing. */

static void server_start(struct reel_io *io, struct reel_op *op) {
  struct reel_server *server = CONTAINER_OF(op, struct reel_server, op);
  server->io = io;
  server->watch.fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  server->watch.events = POLLIN;
  server->watch.ready = on_ready;
  server->timer.fire = on_timer;
  server->queue.fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_LISTEN_FD)->listen_fd;
  server->queue.events = POLLIN;
  server->queue.ready = on_queue;
  server->patience.fire = on_patience;
  reel_io_watch(io, &server->watch);
  run_daemon(server);
}

/* MHD_stop_daemon reports every request as completed, which frees its exchange. It demands that no
 * connection is suspended. */
static void stop(struct reel_server *server) {
  reel_io_unwatch(server->io, &server->watch);
  reel_io_unwatch(server->io, &server->queue);
  reel_io_timer_clear(server->io, &server->timer);
  reel_io_timer_clear(server->io, &server->patience);
  for (struct list *link = server->exchanges.next; link != &server->exchanges; link = link->next) {
    struct exchange *exchange = CONTAINER_OF(link, struct exchange, link);
    if (exchange->is_suspended) MHD_resume_connection(exchange->connection);
  }
  MHD_stop_daemon(server->daemon);
  server->daemon = NULL;
}

/* The I/O thread calls this when it ends; it cancels the accepts that wait, too. */
static void server_cancel(struct reel_io *io, struct reel_op *op) {
  stop(CONTAINER_OF(op, struct reel_server, op));
  reel_io_finish(io, op, REEL_CANCELLED);
}

/* The daemon still runs if the operation was never posted. */
static void server_free(struct reel_op *op) {
  struct reel_server *server = CONTAINER_OF(op, struct reel_server, op);
  if (server->daemon) MHD_stop_daemon(server->daemon);
  free(server->body_folder);
  free(server);
}

static const struct reel_op_type server_type = {
    .name = "serve", .start = server_start, .cancel = server_cancel, .free = server_free};

/* The server's own operation is finished last: its free also frees the memory of this one. */
static void close_start(struct reel_io *io, struct reel_op *op) {
  struct reel_server *server = CONTAINER_OF(op, struct reel_server, close_op);
  stop(server);
  reel_accepts_close(io, &server->accepts);
  reel_io_finish(io, op, REEL_OK);
  reel_io_finish(io, &server->op, REEL_OK);
}

static void close_free(struct reel_op *op) {
  (void)op;
}

static const struct reel_op_type close_type = {
    .name = "close", .start = close_start, .cancel = never_cancelled, .free = close_free};

struct reel_op *reel_server_op(struct reel_server *server) {
  return &server->op;
}

struct reel_op *reel_server_close_op(struct reel_server *server) {
  return &server->close_op;
}

uint16_t reel_server_port(const struct reel_server *server) {
  return server->port;
}

/* Listening. */

static int start_daemon(struct reel_server *server, int fd, size_t max_header_bytes) {
  /* The I/O thread blocks all signals. */
  server->daemon = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
      MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, server->max_connections,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, max_header_bytes, MHD_OPTION_NOTIFY_CONNECTION,
      on_connection, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
      MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
  return server->daemon ? REEL_OK : REEL_SYSTEM;
}

int reel_server_new(const struct reel_server_options *options, struct reel_server **out) {
  struct reel_server *server = calloc(1, sizeof *server);
  if (!server) return REEL_NOMEM;

  server->op.type = &server_type;
  server->close_op.type = &close_type;
  server->max_body_bytes = options->max_body_bytes;
  server->max_connections = options->max_connections;
  server->header_timeout_ms = options->header_timeout_ms;
  server->body_timeout_ms = options->body_timeout_ms;
  list_init(&server->exchanges);
  reel_connections_init(&server->connections);
  reel_accepts_init(&server->accepts);
  int status = REEL_NOMEM;
  if (options->body_folder && !(server->body_folder = strdup(options->body_folder))) goto fail;
  int fd;
  status = reel_listen(options->host, options->port, &fd, &server->port);
  if (status != REEL_OK) goto fail;
  status = start_daemon(server, fd, options->max_header_bytes);
  if (status != REEL_OK) goto fail;

  *out = server;
  return REEL_OK;
fail:
  server_free(&server->op);
  return status;
}

#include "journal/sender.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "base/container_of.h"
#include "base/status.h"

#define TIMEOUT_MS (120 * 1000L)
#define CONNECT_TIMEOUT_MS (15 * 1000L)
#define MAX_ANSWER_BYTES ((size_t)1 << 20)

_Static_assert(sizeof((struct reel_send *)0)->error >= CURL_ERROR_SIZE,
               "space for libcurl's message");

static struct reel_send *of_slot(struct reel_http_slot *slot) {
  return CONTAINER_OF(slot, struct reel_send, slot);
}

/* Runs after connect and TLS, before every send. The first byte is sent after this returns OK. */
static int on_send(void *data, char *peer, char *local, int peer_port, int local_port) {
  struct reel_send *send = data;
  (void)peer, (void)local, (void)peer_port, (void)local_port;

  if (send->sent) {
    send->sends++;
    return CURL_PREREQFUNC_ABORT;
  }
  if (send->latch) send->latch_status = send->latch(send->hook_data);
  if (send->latch_status != REEL_OK) return CURL_PREREQFUNC_ABORT;
  send->sent = true;
  send->sends = 1;
  return CURL_PREREQFUNC_OK;
}

static CURLcode set_options(struct reel_send *send) {
  const struct reel_http_request *request = send->request;
  CURL *easy = send->easy;

  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, send);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, send->error);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &send->response);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &send->response);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, request->timeout_ms);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, request->connect_timeout_ms);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, send->headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
  return curl_easy_setopt(easy, CURLOPT_URL, request->url);
}

static void *begin_send(struct reel_http *http, struct reel_http_slot *slot) {
  struct reel_send *send = of_slot(slot);
  send->easy = curl_easy_init();
  if (!send->easy) return NULL;
  reel_http_prepare(http, send->easy);
  return set_options(send) == CURLE_OK ? send->easy : NULL;
}

static int send_status(const struct reel_send *send) {
  if (send->latch_status != REEL_OK) return send->latch_status;
  if (send->response.failure) return send->response.failure;
  if (send->curl_code == CURLE_OK && !send->response.headers_end) return REEL_TRANSFER;
  return reel_http_status(send->curl_code, send->sent);
}

static void end_send(struct reel_http *http, struct reel_http_slot *slot, int curl_code) {
  struct reel_send *send = of_slot(slot);

  if (send->easy) send->response.retry_after_s = reel_http_retry_after_s(send->easy);
  curl_easy_cleanup(send->easy);
  send->easy = NULL;
  send->curl_code = curl_code;
  reel_http_mask(http, send->error);
  if (curl_code != CURLE_OK)
    send->message = send->error[0] ? send->error : curl_easy_strerror((CURLcode)curl_code);
  reel_http_response_mask(&send->response, send->request->headers, send->request->header_count);
  int status = send_status(send);
  send->op.status = status; /* the answered hook reads it; reel_io_finish sets it again */
  if (send->answered) send->answered(send->hook_data, send);
  reel_io_finish(send->io, &send->op, status);
}

static void send_start(struct reel_io *io, struct reel_op *op) {
  struct reel_send *send = (struct reel_send *)op;
  send->io = io;
  reel_http_slot_enqueue(reel_http_of(io), &send->slot);
}

/* Called only at the end of the I/O thread. answered is not called, so a send that had begun stays
 * latched in the journal, and the next run finds it ambiguous. */
static void send_cancel(struct reel_io *io, struct reel_op *op) {
  struct reel_send *send = (struct reel_send *)op;
  reel_http_slot_release(reel_http_of(io), &send->slot);
  curl_easy_cleanup(send->easy);
  send->easy = NULL;
  reel_io_finish(io, op, REEL_CANCELLED);
}

static void send_free(struct reel_op *op) {
  struct reel_send *send = (struct reel_send *)op;
  if (send->hook_free) send->hook_free(send->hook_data);
  reel_http_response_deinit(&send->response);
  curl_slist_free_all(send->headers);
  free(send->request);
  free(send);
}

static const struct reel_op_type send_type = {.name = "send",
                                              .start = send_start,
                                              .cancel = send_cancel,
                                              .free = send_free,
                                              .keeps_running = true};

static int copy_request(struct reel_send *send, const struct reel_http_request *request) {
  struct reel_http_request post = *request;
  post.method = NULL;
  post.form = NULL;
  if (!post.body) post.body = "";
  if (!post.timeout_ms) post.timeout_ms = TIMEOUT_MS;
  if (!post.connect_timeout_ms) post.connect_timeout_ms = CONNECT_TIMEOUT_MS;
  int status = reel_http_request_copy(&post, &send->request);
  if (status == REEL_OK) status = reel_http_headers(send->request, &send->headers);
  return status;
}

int reel_send_new(const struct reel_http_request *request, struct reel_send **out) {
  struct reel_send *send = calloc(1, sizeof *send);
  if (!send) return REEL_NOMEM;

  send->op.type = &send_type;
  send->slot.lane = REEL_LANE_SENDS;
  send->slot.begin = begin_send;
  send->slot.end = end_send;
  size_t max_bytes = request->max_body_bytes;
  reel_http_response_init(&send->response,
                          max_bytes < MAX_ANSWER_BYTES ? max_bytes : MAX_ANSWER_BYTES);
  int status = copy_request(send, request);
  if (status != REEL_OK) {
    send_free(&send->op);
    return status;
  }
  *out = send;
  return REEL_OK;
}

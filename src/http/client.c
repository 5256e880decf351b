/* The curl multi handle of the I/O thread: its loop, its lanes, and transfers on pooled handles. */
#include "http/client.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/address.h"
#include "http/proxy.h"
#include "http/url.h"
#include "base/list.h"
#include "base/status.h"
#include "loop/io.h"

#define LONGEST_WAIT_MS (3600 * 1000) /* curl_multi_poll refuses a negative timeout */
#define LOW_SPEED_BYTES 1024L
#define LONGEST_RETRY_AFTER_S 3600

/* With both this file and Debian's default CAPATH, every connection parses all certificates of the
 * folder again, 25 ms each time. */
static const char default_ca_file[] = "/etc/ssl/certs/ca-certificates.crt";

/* A send may wait two minutes for the vendor's answer; at most four may be on the way at once. */
static const unsigned lane_limits[REEL_LANE_COUNT] = {
    [REEL_LANE_TRANSFERS] = 64, [REEL_LANE_SENDS] = 4};

struct lane {
  struct list waiting; /* struct reel_http_slot */
  unsigned under_way;
};

struct reel_http_handle {
  CURL *easy;
  struct reel_http_handle *next; /* in the pool */
  char error[CURL_ERROR_SIZE];
};

struct reel_http {
  struct reel_io *io;
  CURLM *multi;
  CURLSH *share; /* TLS sessions, so that a new connection to a known host resumes one */
  struct lane lanes[REEL_LANE_COUNT];
  struct reel_http_handle *pool;
  struct curl_waitfd *extra;
  unsigned extra_capacity;
  char *ca_file, *proxy; /* as configured */
  char *no_proxy;        /* which hosts get no proxy of the environment */
};

static void handle_free(struct reel_http_handle *handle) {
  curl_easy_cleanup(handle->easy);
  free(handle);
}

static void empty_pool(struct reel_http *http) {
  while (http->pool) {
    struct reel_http_handle *handle = http->pool;
    http->pool = handle->next;
    handle_free(handle);
  }
}

static void http_close(void *driver) {
  struct reel_http *http = driver;
  if (!http) return;
  empty_pool(http);
  curl_multi_cleanup(http->multi);
  curl_share_cleanup(http->share);
  free(http->extra);
  free(http->ca_file);
  free(http->proxy);
  free(http->no_proxy);
  free(http);
  curl_global_cleanup();
}

static int http_open(struct reel_io *io, void **out) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return REEL_SYSTEM;
  struct reel_http *http = calloc(1, sizeof *http);
  if (!http) goto fail;

  http->io = io;
  for (int i = 0; i < REEL_LANE_COUNT; i++) list_init(&http->lanes[i].waiting);
  http->multi = curl_multi_init();
  http->share = curl_share_init();
  http->no_proxy = reel_proxy_exceptions();
  if (!http->multi || !http->share || !http->no_proxy) goto fail;
  curl_share_setopt(http->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)lane_limits[REEL_LANE_TRANSFERS]);

  *out = http;
  return REEL_OK;
fail:
  if (http)
    http_close(http);
  else
    curl_global_cleanup();
  return REEL_NOMEM;
}

static int replace_text(char **text, const char *with) {
  char *copy = with ? strdup(with) : NULL;
  if (with && !copy) return REEL_NOMEM;
  free(*text);
  *text = copy;
  return REEL_OK;
}

int reel_http_configure(struct reel_http *http, const char *ca_file, const char *proxy) {
  empty_pool(http);
  int status = replace_text(&http->ca_file, ca_file);
  if (status == REEL_OK) status = replace_text(&http->proxy, proxy);
  return status;
}

/* Lanes and slots */

void reel_http_slot_enqueue(struct reel_http *http, struct reel_http_slot *slot) {
  list_append(&http->lanes[slot->lane].waiting, &slot->queue);
}

void reel_http_slot_release(struct reel_http *http, struct reel_http_slot *slot) {
  list_remove(&slot->queue);
  if (!slot->easy) return;

  curl_multi_remove_handle(http->multi, slot->easy);
  slot->easy = NULL;
  http->lanes[slot->lane].under_way--;
}

static void end_slot(struct reel_http *http, struct reel_http_slot *slot, CURLcode code) {
  reel_http_slot_release(http, slot);
  slot->end(http, slot, (int)code);
}

static void begin_slot(struct reel_http *http, struct reel_http_slot *slot) {
  void *easy = slot->begin(http, slot);
  if (!easy || curl_easy_setopt(easy, CURLOPT_PRIVATE, slot) != CURLE_OK ||
      curl_multi_add_handle(http->multi, easy) != CURLM_OK) {
    end_slot(http, slot, CURLE_OUT_OF_MEMORY);
    return;
  }
  list_remove(&slot->queue);
  slot->easy = easy;
  http->lanes[slot->lane].under_way++;
}

static void begin_slots(struct reel_http *http) {
  for (int i = 0; i < REEL_LANE_COUNT; i++) {
    struct lane *lane = &http->lanes[i];
    while (!list_is_empty(&lane->waiting) && lane->under_way < lane_limits[i])
      begin_slot(http, CONTAINER_OF(lane->waiting.next, struct reel_http_slot, queue));
  }
}

static void end_slots(struct reel_http *http) {
  CURLMsg *message;
  int left;
  while ((message = curl_multi_info_read(http->multi, &left))) {
    if (message->msg != CURLMSG_DONE) continue;
    CURLcode code = message->data.result; /* message is gone once the handle is removed */
    struct reel_http_slot *slot = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
    end_slot(http, slot, code);
  }
}

/* The loop */

static void http_wakeup(void *driver) {
  struct reel_http *http = driver;
  curl_multi_wakeup(http->multi);
}

static int multi_status(CURLMcode code) {
  if (code == CURLM_OK) return REEL_OK;
  return code == CURLM_OUT_OF_MEMORY ? REEL_NOMEM : REEL_SYSTEM;
}

static int reserve_waitfds(struct reel_http *http, unsigned count) {
  if (count <= http->extra_capacity) return REEL_OK;
  struct curl_waitfd *extra = realloc(http->extra, 2 * count * sizeof *extra);
  if (!extra) return REEL_NOMEM;
  http->extra = extra;
  http->extra_capacity = 2 * count;
  return REEL_OK;
}

/* libcurl's own report drops POLLHUP and POLLERR, so the bits come from a second, instant poll. */
static int wait_for_events(struct reel_http *http, struct pollfd *fds, unsigned count,
                           int timeout_ms) {
  int ready = 0;
  int status = reserve_waitfds(http, count);
  if (status != REEL_OK) return status;

  for (unsigned i = 0; i < count; i++) {
    http->extra[i] = (struct curl_waitfd){.fd = fds[i].fd, .events = fds[i].events};
    fds[i].revents = 0;
  }
  status = multi_status(curl_multi_poll(http->multi, http->extra, count, timeout_ms, &ready));
  if (status != REEL_OK) return status;
  if (ready > 0 && count > 0 && poll(fds, count, 0) < 0) return REEL_SYSTEM;
  return REEL_OK;
}

static int http_wait(void *driver, struct pollfd *fds, unsigned count, int timeout_ms) {
  struct reel_http *http = driver;
  if (timeout_ms < 0 || timeout_ms > LONGEST_WAIT_MS) timeout_ms = LONGEST_WAIT_MS;

  begin_slots(http);
  int status = wait_for_events(http, fds, count, timeout_ms);
  int running;
  CURLMcode code = curl_multi_perform(http->multi, &running);
  end_slots(http);
  return status == REEL_OK ? multi_status(code) : status;
}

/* Options */

static const char *ca_file(const struct reel_http *http) {
  if (http->ca_file) return http->ca_file;
  return access(default_ca_file, R_OK) == 0 ? default_ca_file : NULL;
}

/* A proxy that was configured serves this machine's own addresses, too, and not the hosts that
 * libcurl finds in no_proxy. */
static CURLcode set_proxy(const struct reel_http *http, CURL *easy) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_PROXY, http->proxy);
  if (code != CURLE_OK) return code;
  return curl_easy_setopt(easy, CURLOPT_NOPROXY, http->proxy ? NULL : http->no_proxy);
}

void reel_http_mask(const struct reel_http *http, char *message) {
  reel_proxy_mask(http->proxy, message);
}

void reel_http_prepare(struct reel_http *http, void *easy) {
  const char *certificates = ca_file(http);
  if (certificates) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, certificates);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
  }
  set_proxy(http, easy);
  curl_easy_setopt(easy, CURLOPT_SHARE, http->share);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "reel/" REEL_VERSION);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, reel_http_response_on_header);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, reel_http_response_on_body);
}

/* libcurl uses some codes for wrong arguments and for bad answers (as one in HTTP/0.9), so it
 * counts whether the request was sent. */
int reel_http_status(int curl_code, bool sent) {
  if (curl_code == CURLE_OK) return REEL_OK;
  if (curl_code == CURLE_OUT_OF_MEMORY) return REEL_NOMEM;
  if (sent) return curl_code == CURLE_OPERATION_TIMEDOUT ? REEL_TIMEOUT : REEL_TRANSFER;
  switch (curl_code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return REEL_INVALID;
    default:
      return REEL_UNREACHABLE;
  }
}

long reel_http_retry_after_s(void *easy) {
  curl_off_t wait_s = 0;
  if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait_s) != CURLE_OK) return 0;
  return wait_s >= 1 && wait_s <= LONGEST_RETRY_AFTER_S ? (long)wait_s : 0;
}

/* Transfers */

static int add_header(struct curl_slist **headers, const char *line) {
  struct curl_slist *longer = curl_slist_append(*headers, line);
  if (!longer) return REEL_NOMEM;
  *headers = longer;
  return REEL_OK;
}

int reel_http_headers(const struct reel_http_request *request, struct curl_slist **out) {
  struct curl_slist *headers = NULL;
  int status = REEL_OK;

  for (size_t i = 0; i < request->header_count && status == REEL_OK; i++)
    status = add_header(&headers, request->headers[i]);
  if (status == REEL_OK && (request->body || request->form))
    status = add_header(&headers, "Expect:"); /* not sent: after a 417 libcurl would send again */
  if (status == REEL_OK && request->body)
    status = add_header(&headers, "Content-Type:"); /* only the caller's is sent */
  if (status == REEL_OK)
    *out = headers;
  else
    curl_slist_free_all(headers);
  return status;
}

/* libcurl calls this when it has a connection and is about to send. The peer is checked here too,
 * since open_public is not called for a kept connection. */
static int on_connected(void *data, char *peer, char *local, int peer_port, int local_port) {
  struct reel_http_transfer *transfer = data;
  (void)local, (void)peer_port, (void)local_port;
  if (transfer->checks_peer && !reel_host_is_public(peer)) transfer->forbidden = true;
  if (transfer->forbidden) return CURL_PREREQFUNC_ABORT;
  transfer->sent = true;
  return CURL_PREREQFUNC_OK;
}

static curl_socket_t open_public(void *data, curlsocktype purpose, struct curl_sockaddr *address) {
  struct reel_http_transfer *transfer = data;
  (void)purpose;
  if (transfer->checks_peer && !reel_address_is_public(&address->addr)) transfer->forbidden = true;
  if (transfer->forbidden) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* With a proxy, we connect to the proxy's address and the proxy resolves the host's name, so a host
 * can only be checked if it is an address or localhost. */
static CURLcode set_public_route(struct reel_http *http, struct reel_http_transfer *transfer) {
  CURL *easy = transfer->handle->easy;
  struct reel_url url = {0};
  bool is_url = reel_url_parse(transfer->request->url, &url) == REEL_OK;
  const char *proxy = is_url ? reel_proxy_for(http->proxy, url.scheme, url.host) : NULL;

  transfer->checks_peer = !proxy;
  transfer->forbidden = proxy && !reel_host_is_public(url.host);
  CURLcode code = curl_easy_setopt(easy, CURLOPT_PROXY, proxy ? proxy : "");
  if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_public);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
  reel_url_deinit(&url);
  return code;
}

/* Sets both options in any case: a handle from the pool may still have those of its last
 * transfer. */
static CURLcode set_route(struct reel_http *http, struct reel_http_transfer *transfer) {
  CURL *easy = transfer->handle->easy;
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, NULL);
  if (transfer->request->public_only) return set_public_route(http, transfer);

  return set_proxy(http, easy);
}

static struct reel_http_handle *take_handle(struct reel_http *http) {
  struct reel_http_handle *handle = http->pool;
  if (handle) {
    http->pool = handle->next;
    return handle;
  }
  handle = calloc(1, sizeof *handle);
  if (!handle) return NULL;
  handle->easy = curl_easy_init();
  if (!handle->easy) {
    free(handle);
    return NULL;
  }
  reel_http_prepare(http, handle->easy);
  curl_easy_setopt(handle->easy, CURLOPT_ERRORBUFFER, handle->error);
  curl_easy_setopt(handle->easy, CURLOPT_PREREQFUNCTION, on_connected);
  curl_easy_setopt(handle->easy, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES);
  return handle;
}

static bool is_plain_get(const struct reel_http_request *request) {
  return !request->body && !request->form && (!request->method || !strcmp(request->method, "GET"));
}

/* Only handles of plain GETs go back into the pool, so that no method or body is left in the next
 * request. */
static void return_handle(struct reel_http *http, struct reel_http_transfer *transfer) {
  struct reel_http_handle *handle = transfer->handle;
  transfer->handle = NULL;
  if (handle && is_plain_get(transfer->request)) {
    handle->next = http->pool;
    http->pool = handle;
  } else if (handle) {
    handle_free(handle);
  }
  curl_mime_free(transfer->mime);
  transfer->mime = NULL;
}

static CURLcode set_part(curl_mimepart *part, const struct reel_http_form *form) {
  CURLcode code = curl_mime_name(part, form->field);
  if (code == CURLE_OK) code = curl_mime_filedata(part, form->file);
  if (code == CURLE_OK) code = curl_mime_filename(part, form->filename);
  if (code == CURLE_OK) code = curl_mime_type(part, form->content_type);
  return code;
}

static CURLcode set_form(CURL *easy, struct reel_http_transfer *transfer) {
  const struct reel_http_form *form = transfer->request->form;
  CURLcode code = CURLE_OK;

  transfer->mime = curl_mime_init(easy);
  if (!transfer->mime) return CURLE_OUT_OF_MEMORY;
  for (size_t i = 0; i + 1 < form->field_count && code == CURLE_OK; i += 2) {
    curl_mimepart *part = curl_mime_addpart(transfer->mime);
    code = curl_mime_name(part, form->fields[i]);
    if (code == CURLE_OK) code = curl_mime_data(part, form->fields[i + 1], CURL_ZERO_TERMINATED);
  }
  if (code == CURLE_OK) code = set_part(curl_mime_addpart(transfer->mime), form);
  if (code == CURLE_OK) code = curl_easy_setopt(easy, CURLOPT_MIMEPOST, transfer->mime);
  return code;
}

static CURLcode set_method(CURL *easy, struct reel_http_transfer *transfer) {
  const struct reel_http_request *request = transfer->request;
  if (request->form) return set_form(easy, transfer);
  if (is_plain_get(request)) return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  if (request->method && !strcmp(request->method, "HEAD"))
    return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);

  CURLcode code = CURLE_OK;
  if (request->body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
    code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
  }
  if (code == CURLE_OK && request->method)
    code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
  return code;
}

static void *begin_transfer(struct reel_http *http, struct reel_http_slot *slot) {
  struct reel_http_transfer *transfer = (struct reel_http_transfer *)slot;
  const struct reel_http_request *request = transfer->request;
  transfer->handle = take_handle(http);
  if (!transfer->handle) return NULL;

  CURL *easy = transfer->handle->easy;
  transfer->handle->error[0] = '\0';
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, request->timeout_ms);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, request->connect_timeout_ms);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, request->low_speed_s);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer->response);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer->response);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
  CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, request->url);
  if (code == CURLE_OK) code = set_method(easy, transfer);
  if (code == CURLE_OK) code = set_route(http, transfer);
  return code == CURLE_OK ? easy : NULL;
}

/* CURLE_OK does not prove that the answer is whole: libcurl also returns it when the headers were
 * cut off. */
static int transfer_status(const struct reel_http_transfer *transfer, int code) {
  if (transfer->forbidden && code != CURLE_OK) return REEL_FORBIDDEN;
  if (transfer->response.failure) return transfer->response.failure;
  if (code == CURLE_OK && !transfer->response.headers_end) return REEL_TRANSFER;
  return reel_http_status(code, transfer->sent);
}

static void end_transfer(struct reel_http *http, struct reel_http_slot *slot, int code) {
  struct reel_http_transfer *transfer = (struct reel_http_transfer *)slot;
  int status = transfer_status(transfer, code);

  if (code != CURLE_OK && status != REEL_FORBIDDEN && !transfer->response.failure &&
      transfer->handle) {
    const char *error = transfer->handle->error;
    transfer->message = strdup(error[0] ? error : curl_easy_strerror((CURLcode)code));
    if (transfer->message) reel_http_mask(http, transfer->message);
  }
  if (transfer->handle)
    transfer->response.retry_after_s = reel_http_retry_after_s(transfer->handle->easy);
  return_handle(http, transfer);
  const struct reel_http_request *request = transfer->request;
  reel_http_response_mask(&transfer->response, request->headers, request->header_count);
  transfer->done(transfer, status);
}

int reel_http_transfer_init(struct reel_http_transfer *transfer,
                            const struct reel_http_request *request, reel_http_done *done) {
  transfer->slot.lane = REEL_LANE_TRANSFERS;
  transfer->slot.begin = begin_transfer;
  transfer->slot.end = end_transfer;
  transfer->done = done;
  reel_http_response_init(&transfer->response, request->max_body_bytes);
  int status = reel_http_request_copy(request, &transfer->request);
  if (status == REEL_OK) status = reel_http_headers(transfer->request, &transfer->headers);
  return status;
}

void reel_http_transfer_deinit(struct reel_http_transfer *transfer) {
  reel_http_response_deinit(&transfer->response);
  curl_slist_free_all(transfer->headers);
  free(transfer->request);
  free(transfer->message);
}

int reel_http_transfer_add_header(struct reel_http_transfer *transfer, const char *line) {
  return add_header(&transfer->headers, line);
}

void reel_http_transfer_start(struct reel_http *http, struct reel_http_transfer *transfer) {
  reel_http_response_clear(&transfer->response);
  free(transfer->message);
  transfer->message = NULL;
  transfer->sent = transfer->forbidden = transfer->checks_peer = false;
  reel_http_slot_enqueue(http, &transfer->slot);
}

void reel_http_transfer_stop(struct reel_http *http, struct reel_http_transfer *transfer) {
  reel_http_slot_release(http, &transfer->slot);
  return_handle(http, transfer);
}

const struct reel_io_driver reel_http_driver = {
    .open = http_open, .close = http_close, .wait = http_wait, .wakeup = http_wakeup};

struct reel_http *reel_http_of(const struct reel_io *io) {
  return reel_io_driver_state(io);
}

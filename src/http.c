/* The curl multi handle of the I/O thread and its loop. */
#include "http.h"

#include <curl/curl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>

#include "status.h"

/* curl_multi_poll refuses a negative timeout; waking up once an hour costs nothing. */
#define LONGEST_WAIT_MS (3600 * 1000)
#define MAX_FDS 256

struct reel_http {
  struct reel_io *io;
  CURLM *multi;
};

int reel_http_new(struct reel_io *io, struct reel_http **out) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return REEL_SYSTEM;
  struct reel_http *http = calloc(1, sizeof *http);
  if (!http) goto fail_http;

  http->io = io;
  http->multi = curl_multi_init();
  if (!http->multi) goto fail_multi;

  *out = http;
  return REEL_OK;
fail_multi:
  free(http);
fail_http:
  curl_global_cleanup();
  return REEL_NOMEM;
}

void reel_http_free(struct reel_http *http) {
  if (!http) return;
  curl_multi_cleanup(http->multi);
  free(http);
  curl_global_cleanup();
}

void reel_http_wakeup(struct reel_http *http) {
  curl_multi_wakeup(http->multi);
}

/* libcurl's own report drops POLLHUP and POLLERR, so the bits come from a second, instant poll. */
static int wait_for_events(struct reel_http *http, struct pollfd *fds, unsigned count,
                           int timeout_ms) {
  struct curl_waitfd extra[MAX_FDS];
  int ready = 0;

  if (count > MAX_FDS) return REEL_SYSTEM;
  if (timeout_ms < 0 || timeout_ms > LONGEST_WAIT_MS) timeout_ms = LONGEST_WAIT_MS;
  for (unsigned i = 0; i < count; i++) {
    extra[i] = (struct curl_waitfd){.fd = fds[i].fd, .events = fds[i].events};
    fds[i].revents = 0;
  }
  if (curl_multi_poll(http->multi, extra, count, timeout_ms, &ready) != CURLM_OK)
    return REEL_SYSTEM;
  if (ready > 0 && count > 0 && poll(fds, count, 0) < 0) return REEL_SYSTEM;
  return REEL_OK;
}

int reel_http_wait(struct reel_http *http, struct pollfd *fds, unsigned count, int timeout_ms) {
  int running;
  int status = wait_for_events(http, fds, count, timeout_ms);
  if (status != REEL_OK) return status;
  if (curl_multi_perform(http->multi, &running) != CURLM_OK) return REEL_SYSTEM;
  return REEL_OK;
}

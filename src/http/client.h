/* HTTP on the I/O thread: one curl multi handle, which is also what the loop waits with.
 *
 * Three layers, each on the one before: the loop's own functions; *slots*, by which anything with
 * an easy handle gets its place in the multi handle; *transfers*, ordinary requests on pooled
 * handles, from which the operations are made (http/fetch.h, http/poll.h, http/download.h).
 *
 * For all transfers: no redirect is followed, no body decompressed, no netrc read, only http and
 * https spoken, and nothing sent but the headers given, besides Host, Accept, User-Agent and
 * those that describe the body (http/request.h). */
#ifndef REEL_HTTP_H
#define REEL_HTTP_H

#include <stdbool.h>

#include "base/list.h"
#include "http/request.h"
#include "http/response.h"

struct curl_slist;
struct pollfd;
struct reel_http;
struct reel_io;

/* The client as the driver of an I/O thread, for reel_io_new(). */
extern const struct reel_io_driver reel_http_driver;

/* The client of an I/O thread that it drives. [io] */
struct reel_http *reel_http_of(const struct reel_io *io);

/* From now on: the file of certificates to trust, and the proxy; NULL means the default (Debian's
 * bundle if it is there, the proxy of the environment), "" means none. *Copied*. [io]
 * Errors: REEL_NOMEM. */
int reel_http_configure(struct reel_http *http, const char *ca_file, const char *proxy);

/* --- Slots. [io] --- */

/* The multi handle has two lanes, each first in, first out, with a limit of what is under way. */
enum reel_http_lane { REEL_LANE_TRANSFERS, REEL_LANE_SENDS, REEL_LANE_COUNT };

/* A slot waits in the queue of its lane, then it is under way with an easy handle. It lives in its
 * owner's struct; one that is zeroed is neither queued nor under way. */
struct reel_http_slot {
  enum reel_http_lane lane;
  /* The lane has a place for it: returns a CURL * made ready, or NULL when memory is out. */
  void *(*begin)(struct reel_http *http, struct reel_http_slot *slot);
  /* Over, with a CURLcode. What begin returned has left the multi handle. */
  void (*end)(struct reel_http *http, struct reel_http_slot *slot, int curl_code);
  void *easy;        /* what begin returned, while under way */
  struct list queue; /* place in the lane, while it waits */
};

/* Queues the slot: begin and then end will be called, later, while the driver waits. */
void reel_http_slot_enqueue(struct reel_http *http, struct reel_http_slot *slot);

/* Gives the slot up, whether it waits or is under way; end will not be called. Safe on a slot that
 * is in no lane. */
void reel_http_slot_release(struct reel_http *http, struct reel_http_slot *slot);

/* Sets the options that hold for every transfer on a fresh CURL *. */
void reel_http_prepare(struct reel_http *http, void *easy);

/* The headers of a request as libcurl wants them: those given, minus what libcurl would add for a
 * body. *Given*: freed with curl_slist_free_all. Errors: REEL_NOMEM. [any] */
int reel_http_headers(const struct reel_http_request *request, struct curl_slist **out);

/* What a CURLcode means, given that bytes may have left (sent) or certainly have not. */
int reel_http_status(int curl_code, bool sent);

/* The seconds that the answer's Retry-After (RFC 9110, section 10.2.3) asks for, as a number or as a
 * date, when they are 1 to 3600: more is a mistake of the server. Else 0. easy: a CURL * that is
 * done. */
long reel_http_retry_after_s(void *easy);

/* --- Transfers. --- */

struct reel_http_transfer;
typedef void reel_http_done(struct reel_http_transfer *transfer, int status);

/* Lives in its operation. Read it there; only http/client.c writes it. */
struct reel_http_transfer {
  struct reel_http_slot slot;
  struct reel_http_request *request;  /* a copy */
  struct reel_http_response response; /* of the last run */
  reel_http_done *done;               /* set by the owner */
  char *message;                      /* libcurl's words on a failure, or NULL */
  bool sent;                          /* a connection was there and bytes may have left */
  bool checks_peer, forbidden;        /* for request.public_only: see there */
  struct reel_http_handle *handle;
  struct curl_slist *headers;
  struct curl_mime *mime;
};

/* *Copies* the request; transfer is zeroed. Errors: those of reel_http_request_copy. [host] */
int reel_http_transfer_init(struct reel_http_transfer *transfer,
                            const struct reel_http_request *request, reel_http_done *done);

/* Not while it runs. NULL-safe and safe on a zeroed transfer. [any] */
void reel_http_transfer_deinit(struct reel_http_transfer *transfer);

/* One header more, "Name: value", *copied*; not while the transfer runs. Errors: REEL_NOMEM. [io]
 */
int reel_http_transfer_add_header(struct reel_http_transfer *transfer, const char *line);

/* Runs the request, also a second time: done is called once, later, with REEL_OK for a whole
 * answer of whatever HTTP status, else REEL_UNREACHABLE (nothing was sent), REEL_TIMEOUT,
 * REEL_TRANSFER, REEL_TOO_LARGE, REEL_INVALID (no such URL), REEL_FORBIDDEN (request.public_only),
 * REEL_NOMEM or what response.sink said. libcurl may repeat a request when a kept connection turns
 * out dead: what must be sent once at most belongs to journal/sender.h. [io] */
void reel_http_transfer_start(struct reel_http *http, struct reel_http_transfer *transfer);

/* Stops it; done will not be called. Safe when it does not run. [io] */
void reel_http_transfer_stop(struct reel_http *http, struct reel_http_transfer *transfer);

#endif

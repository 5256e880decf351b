/* HTTP on the I/O thread: one curl multi handle, with which the loop also waits.
 *
 * There are three layers, each built on the one before: the loop's driver; *slots*, which bring
 * easy handles into the multi handle; *transfers*, which are ordinary requests on pooled easy
 * handles. The operations (http/fetch.h, http/poll.h, http/download.h) are made from transfers.
 *
 * For all transfers: no redirect is followed, no body is decompressed, no netrc is read, and the
 * scheme is http or https. The only headers that a request has besides those it was given are Host,
 * Accept, User-Agent and those that describe its body (http/request.h). */
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

/* Sets, for transfers from now on, the file of trusted certificates and the proxy. NULL means the
 * default (Debian's bundle if it is there; the proxy of the environment), "" means none. *Copied*.
 * [io] Errors: REEL_NOMEM. */
int reel_http_configure(struct reel_http *http, const char *ca_file, const char *proxy);

/* --- Slots. [io] --- */

/* The multi handle has two lanes. Each is a queue, first in, first out, and has a limit on how many
 * of its slots are under way at once: 64 transfers, 4 sends. */
enum reel_http_lane { REEL_LANE_TRANSFERS, REEL_LANE_SENDS, REEL_LANE_COUNT };

/* A slot waits in the queue of its lane, then it is under way with an easy handle. It is part of
 * its owner's struct; a zeroed slot is neither queued nor under way. */
struct reel_http_slot {
  enum reel_http_lane lane;
  /* Called when the lane's limit allows one more: returns a CURL * with all its options set, or
   * NULL when it cannot be made. */
  void *(*begin)(struct reel_http *http, struct reel_http_slot *slot);
  /* Called when the transfer is over, with a CURLcode. The easy handle has left the multi
   * handle. */
  void (*end)(struct reel_http *http, struct reel_http_slot *slot, int curl_code);
  void *easy;        /* what begin returned, while under way */
  struct list queue; /* its link in the lane's queue, while it waits */
};

/* Queues the slot: begin and then end will be called, later, while the driver waits. *Borrowed*
 * until end is called or the slot is released. */
void reel_http_slot_enqueue(struct reel_http *http, struct reel_http_slot *slot);

/* Takes the slot out of its lane, whether it waits or is under way; end will not be called. Safe on
 * a slot that is in no lane. */
void reel_http_slot_release(struct reel_http *http, struct reel_http_slot *slot);

/* Sets the options that hold for every transfer on a fresh CURL *. */
void reel_http_prepare(struct reel_http *http, void *easy);

/* Hides the user and the password of a proxy in a message of libcurl (http/proxy.h). */
void reel_http_mask(const struct reel_http *http, char *message);

/* Makes libcurl's list of a request's headers; the list also turns off the headers that libcurl
 * would add for a body. *Given*: freed with curl_slist_free_all. Errors: REEL_NOMEM. [any] */
int reel_http_headers(const struct reel_http_request *request, struct curl_slist **out);

/* The status for a CURLcode. sent: whether bytes of the request may have been sent. */
int reel_http_status(int curl_code, bool sent);

/* The seconds, 1 to 3600, that the answer's Retry-After (RFC 9110, section 10.2.3) asks for by a
 * number or a date. 0 if there is no such header or it says anything else: more than an hour is
 * taken for a mistake of the server. easy: a CURL * whose transfer is over. */
long reel_http_retry_after_s(void *easy);

/* --- Transfers. --- */

struct reel_http_transfer;
typedef void reel_http_done(struct reel_http_transfer *transfer, int status);

/* Part of its operation's struct. Only http/client.c writes it; the operation may read it. */
struct reel_http_transfer {
  struct reel_http_slot slot;
  struct reel_http_request *request;  /* a copy */
  struct reel_http_response response; /* of the last run */
  reel_http_done *done;               /* called at the end of each run */
  char *message;                      /* libcurl's message for a failure, or NULL */
  bool sent;                          /* connected, so bytes of the request may have been sent */
  bool checks_peer, forbidden;        /* for request.public_only (http/request.h) */
  struct reel_http_handle *handle;
  struct curl_slist *headers;
  struct curl_mime *mime;
};

/* The transfer must be zeroed. *Copies* the request. After an error only deinit may follow. [host]
 * Errors: those of reel_http_request_copy. */
int reel_http_transfer_init(struct reel_http_transfer *transfer,
                            const struct reel_http_request *request, reel_http_done *done);

/* Frees what the transfer holds; it must not run. Safe on a zeroed transfer. [any] */
void reel_http_transfer_deinit(struct reel_http_transfer *transfer);

/* Adds a header, "Name: value", *copied*. The transfer must not run. [io] Errors: REEL_NOMEM. */
int reel_http_transfer_add_header(struct reel_http_transfer *transfer, const char *line);

/* Runs the request; it may run again after its end. For each run done is called once, later, with
 * REEL_OK for a whole answer of any HTTP status, or with REEL_UNREACHABLE (nothing was sent),
 * REEL_TIMEOUT, REEL_TRANSFER, REEL_TOO_LARGE, REEL_INVALID (the URL), REEL_FORBIDDEN
 * (request.public_only), REEL_NOMEM or the status that response.sink returned.
 *
 * libcurl may send a request again when a kept connection turns out to be dead. A request that must
 * be sent at most once belongs to journal/sender.h. [io] */
void reel_http_transfer_start(struct reel_http *http, struct reel_http_transfer *transfer);

/* Stops it; done will not be called. Safe when it does not run. [io] */
void reel_http_transfer_stop(struct reel_http *http, struct reel_http_transfer *transfer);

#endif

/* The one POST that costs money: at most one of it reaches the wire, whatever happens.
 *
 * libcurl repeats a POST by itself when a kept connection dies before the first byte of the answer,
 * after 307 and 308 if told to follow, and after 417; it then reports one clean success. So every
 * send has a fresh connection that nobody re-uses, no redirects, no Expect header, and this:
 *
 *   1. Name lookup, connect and TLS. A failure up to here is provably unsent (`sent` is false).
 *   2. CURLOPT_PREREQFUNCTION runs: the connection stands, no byte of the request has left.
 *      It calls the *latch*. Only what the latch has put on record by now may be sent: any other
 *      result than REEL_OK ends the operation with that status, unsent.
 *   3. The request goes out; from here on `sent` is true, whatever libcurl's counters say (after an
 *      abort it reports 0 bytes for a POST that arrived).
 *   4. If libcurl is about to send again, PREREQ runs a second time and aborts.
 *   5. The operation is over, with an answer or with a failure: *answered* is called, so that what
 *      came is on record even if the host never takes it back. Then the host gets it.
 *
 * The latch and answered run on the I/O thread and may block it for a write to the disk. The
 * journal's are set here (reel_send.latch, .answered, .hook_free, .hook_data) between new and
 * post. */
#ifndef REEL_SENDER_H
#define REEL_SENDER_H

#include "http/client.h"
#include "loop/io.h"

struct reel_send;

struct reel_send {
  struct reel_op op;

  /* Set by the maker, each may stay NULL. [io] */
  int (*latch)(void *hook_data);
  void (*answered)(void *hook_data, const struct reel_send *send);
  void (*hook_free)(void *hook_data); /* with the operation, on whatever thread frees it */
  void *hook_data;

  /* The result. op.status is REEL_OK for a whole answer of whatever HTTP status; a failure with
   * `sent` leaves open whether the vendor took the request. */
  bool sent;      /* the latch was passed */
  unsigned sends; /* how often libcurl began to send; only the first was let through */
  int curl_code;
  struct reel_http_response response; /* what arrived of it, also after a failure */
  const char *message;                /* libcurl's words on a failure, or NULL */

  /* The sender's own. */
  struct reel_io *io;
  struct reel_http_slot slot;
  struct reel_http_request *request;
  struct curl_slist *headers;
  void *easy;
  int latch_status;
  char error[256]; /* CURL_ERROR_SIZE */
};

/* *Copies* the request, of which the form and the low speed are ignored; a body is expected, the
 * method is POST. A timeout of 0 means 120 s in whole, 15 s to connect: impatience makes ambiguity.
 * *Given*: post it, or free it with op.type->free. At most 4 are under way at once, first in, first
 * out; reel_io_cancel() leaves them alone. [host]
 * Errors: REEL_NOMEM, REEL_INVALID (see reel_http_request_copy). */
int reel_send_new(const struct reel_http_request *request, struct reel_send **out);

#endif

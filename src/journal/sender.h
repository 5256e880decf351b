/* The POST that costs money. Whatever happens, it is sent at most once.
 *
 * libcurl repeats a POST by itself when a kept connection dies before the first byte of the answer,
 * after 307 and 308 if told to follow, and after 417; it then reports a single success. So every
 * send uses a new connection that is not used again, no redirects, no Expect header, and these
 * steps:
 *
 *   1. Name lookup, connect and TLS. After a failure up to here, the request is certainly unsent
 *      (`sent` is false).
 *   2. CURLOPT_PREREQFUNCTION runs when the connection is made and no byte of the request was sent.
 *      It calls the *latch*, which records the attempt as sent. If the latch returns another status
 *      than REEL_OK, the operation ends with that status, unsent.
 *   3. The request is sent. From here on `sent` is true, whatever libcurl's counters say: after an
 *      abort they show 0 bytes for a POST that arrived.
 *   4. If libcurl is about to send again, CURLOPT_PREREQFUNCTION runs a second time and aborts.
 *   5. The transfer ends with an answer or a failure, and *answered* is called, so that the answer
 *      is stored even if the host never takes the operation back. Then the host gets the operation.
 *
 * latch and answered run on the I/O thread and may block it for a write to the disk. The maker sets
 * these hooks (reel_send.latch, .answered, .hook_free, .hook_data) after reel_send_new() and before
 * the operation is posted. */
#ifndef REEL_SENDER_H
#define REEL_SENDER_H

#include "http/client.h"
#include "loop/io.h"

struct reel_send;

struct reel_send {
  struct reel_op op;

  /* Set by the maker; each may stay NULL. */
  int (*latch)(void *hook_data);                                   /* [io] */
  void (*answered)(void *hook_data, const struct reel_send *send); /* [io] */
  void (*hook_free)(void *hook_data); /* called by the thread that frees the operation */
  void *hook_data;

  /* The result. op.status is REEL_OK for a complete answer, whatever its HTTP status. After a
   * failure with `sent`, nobody knows whether the vendor took the request. */
  bool sent;      /* the latch was passed */
  unsigned sends; /* how often libcurl began to send; only the first time was allowed */
  int curl_code;
  struct reel_http_response response; /* what arrived, also after a failure */
  const char *message;                /* libcurl's message about a failure, or NULL */

  /* Private to journal/sender.c. */
  struct reel_io *io;
  struct reel_http_slot slot;
  struct reel_http_request *request;
  struct curl_slist *headers;
  void *easy;
  int latch_status;
  char error[256]; /* CURL_ERROR_SIZE */
};

/* Makes a send. The request is *copied*; its form and low speed are ignored, and its method is
 * POST. A timeout of 0 means 120 s for the whole request and 15 s to connect: these are long, since
 * giving up early makes an attempt ambiguous. At most 1 MiB of an answer is kept, whatever the
 * request allows: a longer one ends with REEL_TOO_LARGE. The caller owns *out: it posts it, or
 * frees it with op.type->free. At most 4 sends are under way at once, in the order of posting;
 * reel_io_cancel() does not cancel them. [host]
 * Errors: REEL_NOMEM, REEL_INVALID (see reel_http_request_copy). */
int reel_send_new(const struct reel_http_request *request, struct reel_send **out);

#endif

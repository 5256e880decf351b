/* A file fetched whole or not at all, as an operation. */
#ifndef REEL_HTTP_DOWNLOAD_H
#define REEL_HTTP_DOWNLOAD_H

#include "http/client.h"
#include "loop/io.h"
#include "system/part.h"

struct reel_http_download {
  struct reel_op op;
  struct reel_io *io;
  struct reel_http_transfer transfer; /* its response and message are the result */
  struct reel_part part;
  uint64_t max_bytes;
  uint64_t start;     /* where a former part is gone on with, or 0 */
  uint64_t total;     /* told by a 206, or 0 */
  uint64_t bytes;     /* on the disk: of the file, or of the part that stays */
  const char *reason; /* for a failure that is not libcurl's, or NULL */
  bool resume, begun, keeps_part;
};

/* Streams the body of a 200 answer to path + ".part" and, when that is whole and on the disk,
 * renames it to path. After any failure path is as it was. Any other answer writes nothing; the
 * first 64 KiB of its body are in the response. Of two downloads to one path the second ends with
 * REEL_BUSY.
 *
 * resume: what arrived before a failure stays, if the answer had a validator, beside a file of the
 * same name + ".meta" that holds it; the next download asks for the rest of the same
 * representation. A whole answer, or one that does not fit, means starting over. Without `resume`
 * a failure leaves nothing.
 *
 * *Copies* all. *Given*: post it, or free it with op.type->free. [host]
 * The operation ends with the transfer's status, REEL_TOO_LARGE above max_bytes, REEL_TRANSFER also
 * when an answer does not fit the part, REEL_BUSY, or REEL_SYSTEM.
 * Errors: those of reel_http_transfer_init. */
int reel_http_download_new(const struct reel_http_request *request, const char *path,
                           uint64_t max_bytes, bool resume, struct reel_http_download **out);

#endif

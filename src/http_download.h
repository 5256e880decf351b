/* A file fetched whole or not at all, as an operation. */
#ifndef REEL_HTTP_DOWNLOAD_H
#define REEL_HTTP_DOWNLOAD_H

#include "http.h"
#include "io.h"

struct reel_http_download {
  struct reel_op op;
  struct reel_io *io;
  struct reel_http_transfer transfer; /* its response and message are the result */
  char *path, *part_path;
  int fd; /* of part_path, or -1 */
  uint64_t max_bytes, bytes;
  int system_error; /* errno behind REEL_SYSTEM */
};

/* Streams the body of a 200 answer to path + ".part" and, when that is whole and on the disk,
 * renames it to path. After any failure path is as it was and the part is gone. Any other answer
 * than 200 writes nothing, and its body (64 KiB at most) is in the response. Two downloads of one
 * path at the same time are the caller's to prevent.
 * *Copies* all. *Given*: post it, or free it with op.type->free. [host]
 * The operation ends with the transfer's status, REEL_TOO_LARGE above max_bytes, or REEL_SYSTEM.
 * Errors: those of reel_http_transfer_init. */
int reel_http_download_new(const struct reel_http_request *request, const char *path,
                           uint64_t max_bytes, struct reel_http_download **out);

#endif

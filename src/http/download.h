/* The operation that downloads a file, whole or not at all. */
#ifndef REEL_HTTP_DOWNLOAD_H
#define REEL_HTTP_DOWNLOAD_H

#include "http/client.h"
#include "loop/io.h"
#include "system/part.h"

/* What a download may use at most; 0 stands for no limit. */
struct reel_http_download_limits {
  uint64_t max_bytes;       /* of the file */
  uint64_t min_free_bytes;  /* that stay free on the disk */
  uint64_t patience_ms;     /* the whole transfer may take this time ... */
  uint64_t min_bytes_per_s; /* ... and a second more for each so many bytes that have arrived */
};

struct reel_http_download {
  struct reel_op op;
  struct reel_io *io;
  struct reel_http_transfer transfer; /* its response and message are the result */
  struct reel_part part;
  struct reel_http_download_limits limits;
  uint64_t began_ms;
  uint64_t checked;   /* how much of the file was on the disk when its free space was read */
  uint64_t start;     /* size of the part that an earlier download left and this continues, or 0 */
  uint64_t total;     /* size of the file according to a 206 answer, or 0 */
  uint64_t bytes;     /* on the disk: of the file, or of the part that stays */
  const char *reason; /* message of a failure that libcurl did not report, or NULL */
  bool resume, begun, keeps_part;
};

/* Writes the body of a 200 answer to path + ".part" while it arrives, and renames that file to path
 * when it is whole and on the disk. After a failure path is as it was. Any other answer writes
 * nothing; the first 64 KiB of its body are in the response. If another download to the same path
 * is under way, this one ends with REEL_BUSY.
 *
 * resume: a failure leaves the part if the answer had a validator (RFC 9110, section 8.8), which is
 * kept in path + ".part.meta". The next download asks for the rest of the same representation, and
 * starts over if it gets a whole answer. An answer that does not fit the part ends the download and
 * removes the part. Without `resume` a failure leaves nothing.
 *
 * A file that the announced length makes too large for max_bytes or for the free space is refused
 * before its first byte. A download that is too slow ends with REEL_TIMEOUT, and one that would
 * fill the disk with REEL_SYSTEM.
 *
 * path is a name in `folder`, or a path where that is NULL; see reel_part_init.
 *
 * *Copies* everything. *Given*: post it, or free it with op.type->free. [host]
 * The operation ends with the transfer's status, REEL_TOO_LARGE (above max_bytes), REEL_TRANSFER
 * also when an answer does not fit the part, REEL_BUSY, or REEL_SYSTEM (the disk).
 * Errors: those of reel_http_transfer_init, and REEL_SYSTEM. */
int reel_http_download_new(const struct reel_http_request *request,
                           const struct reel_folder *folder, const char *path,
                           const struct reel_http_download_limits *limits, bool resume,
                           struct reel_http_download **out);

#endif

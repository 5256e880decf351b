#include "http/download.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "http/resume.h"
#include "base/container_of.h"
#include "base/status.h"

#define MAX_REFUSAL_BYTES 65536
#define CHECK_BYTES (16u << 20) /* written between two looks at the free space */

static struct reel_http_download *of_transfer(struct reel_http_transfer *transfer) {
  return CONTAINER_OF(transfer, struct reel_http_download, transfer);
}

/* What the answer says */

static const char *header(const struct reel_http_download *download, const char *name) {
  const char *found = NULL, *value, *last = NULL;
  while ((found = reel_http_response_header(&download->transfer.response, found, &value)))
    if (strcmp(found, name) == 0) last = value;
  return last;
}

/* A weak entity tag is not used: it does not promise the same bytes. */
static const char *validator_of(const struct reel_http_download *download) {
  const char *etag = header(download, "etag");
  const char *validator = etag && *etag == '"' ? etag : header(download, "last-modified");
  return validator && *validator && strlen(validator) < REEL_VALIDATOR_SIZE ? validator : NULL;
}

static bool is_rest(const struct reel_http_download *download) {
  return download->start > 0 && download->transfer.response.status == 206;
}

static bool is_file(const struct reel_http_download *download) {
  return download->transfer.response.status == 200 || is_rest(download);
}

/* Fails the download and gives up its part. */
static int fail_and_drop_part(struct reel_http_download *download, const char *reason) {
  download->keeps_part = false;
  download->reason = reason;
  return REEL_TRANSFER;
}

/* The body, from its first byte on */

static int begin_whole(struct reel_http_download *download) {
  uint64_t size;
  int status = REEL_OK;
  if (download->part.fd < 0) status = reel_part_open(&download->part, true, &size);
  if (status == REEL_OK) status = reel_part_restart(&download->part);
  if (status != REEL_OK || !download->resume) return status;

  const char *validator = validator_of(download);
  reel_resume_forget(&download->part);
  download->keeps_part = validator && reel_resume_write(&download->part, validator);
  return REEL_OK;
}

static int begin_rest(struct reel_http_download *download) {
  char known[REEL_VALIDATOR_SIZE];
  const char *validator = validator_of(download);
  if (!reel_resume_fits(header(download, "content-range"), download->start, &download->total))
    return fail_and_drop_part(download, "the server sent another range than the missing one");
  if (validator && reel_resume_read(&download->part, known) && strcmp(known, validator))
    return fail_and_drop_part(download, "the file has changed since its first part was fetched");
  download->bytes = download->start;
  return REEL_OK;
}

/* The length that the server announced for what it sends now, or 0. */
static uint64_t announced(const struct reel_http_download *download) {
  const char *length = header(download, "content-length");
  return length ? strtoull(length, NULL, 10) : 0;
}

/* Whether `more` bytes may be written. */
static int check_space(struct reel_http_download *download, uint64_t more) {
  struct statvfs disk;
  uint64_t floor = download->limits.min_free_bytes;
  download->checked = download->bytes;
  if (!floor || fstatvfs(download->part.fd, &disk) != 0) return REEL_OK;
  uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
  if (free_bytes >= floor && free_bytes - floor >= more) return REEL_OK;
  download->reason = "the disk would have too little free space left";
  return REEL_SYSTEM;
}

static bool is_too_large(const struct reel_http_download *download, uint64_t more) {
  uint64_t max = download->limits.max_bytes;
  return max && (download->bytes > max || more > max - download->bytes);
}

static int begin_body(struct reel_http_download *download) {
  if (download->begun) return REEL_OK;
  download->begun = true;
  download->bytes = 0;
  int status = is_rest(download) ? begin_rest(download) : begin_whole(download);
  if (status != REEL_OK) return status;
  uint64_t length = announced(download);
  if (is_too_large(download, length)) {
    download->keeps_part = false;
    return REEL_TOO_LARGE;
  }
  return check_space(download, length);
}

/* libcurl's limit of the speed ends a transfer that stands still; this one bounds the whole time of
 * a transfer that trickles. */
static bool is_too_slow(const struct reel_http_download *download) {
  const struct reel_http_download_limits *limits = &download->limits;
  if (!limits->min_bytes_per_s) return false;
  uint64_t allowed_ms =
      limits->patience_ms + (download->bytes - download->start) * 1000 / limits->min_bytes_per_s;
  return reel_io_now_ms() - download->began_ms > allowed_ms;
}

/* Called for each piece of the file, which has `more` bytes. */
static int check_limits(struct reel_http_download *download, uint64_t more) {
  if (is_too_large(download, more)) {
    download->keeps_part = false;
    return REEL_TOO_LARGE;
  }
  if (is_too_slow(download)) {
    download->reason = "the file arrives too slowly";
    return REEL_TIMEOUT;
  }
  bool is_due = download->bytes - download->checked >= CHECK_BYTES;
  return is_due ? check_space(download, more) : REEL_OK;
}

static int on_bytes(void *data, const char *bytes, size_t size) {
  struct reel_http_download *download = data;
  if (!is_file(download)) return reel_buffer_add(&download->transfer.response.body, bytes, size);

  int status = begin_body(download);
  if (status != REEL_OK) return status;
  status = check_limits(download, size);
  if (status != REEL_OK) return status;
  status = reel_part_write(&download->part, bytes, size);
  if (status == REEL_OK) download->bytes += size;
  return status;
}

/* The end */

static int finish_file(struct reel_http_download *download) {
  int status = begin_body(download); /* on_bytes was not called if the body is empty */
  if (status != REEL_OK) return status;
  if (download->total > 0 && download->bytes != download->total)
    return fail_and_drop_part(download, "the rest of the file differs from the announced length");

  status = reel_part_keep(&download->part);
  if (status == REEL_OK && download->resume) reel_resume_forget(&download->part);
  if (status != REEL_OK) download->keeps_part = false; /* the disk may lack some of its bytes */
  return status;
}

static void keep_or_drop_part(struct reel_http_download *download) {
  if (download->keeps_part) {
    reel_part_close(&download->part);
    return;
  }
  if (download->part.fd < 0) return;
  if (download->resume) reel_resume_forget(&download->part);
  reel_part_drop(&download->part);
  download->bytes = 0;
}

static int finish_answer(struct reel_http_download *download, int status) {
  /* The beginning of an answer that is not the file is enough. */
  if (status == REEL_TOO_LARGE && !is_file(download)) status = REEL_OK;
  if (status != REEL_OK) return status;
  if (is_file(download)) return finish_file(download);
  long answer = download->transfer.response.status;
  if (answer == 416 && download->start > 0)
    return fail_and_drop_part(download, "the server does not have the range that was asked for");
  if (answer == 206)
    return fail_and_drop_part(download, "the server sent a range that was not asked for");
  return REEL_OK;
}

static void download_done(struct reel_http_transfer *transfer, int status) {
  struct reel_http_download *download = of_transfer(transfer);
  status = finish_answer(download, status);
  keep_or_drop_part(download);
  reel_io_finish(download->io, &download->op, status);
}

/* The operation */

static int ask_for_rest(struct reel_http_download *download, const char *validator) {
  char line[REEL_VALIDATOR_SIZE + 16];
  snprintf(line, sizeof line, "Range: bytes=%" PRIu64 "-", download->start);
  int status = reel_http_transfer_add_header(&download->transfer, line);
  snprintf(line, sizeof line, "If-Range: %s", validator);
  if (status == REEL_OK) status = reel_http_transfer_add_header(&download->transfer, line);
  return status;
}

/* Continues the part that an earlier download left. A part without a validator will be
 * overwritten. */
static int continue_part(struct reel_http_download *download) {
  char validator[REEL_VALIDATOR_SIZE];
  uint64_t size;
  int status = reel_part_open(&download->part, false, &size);
  if (status == REEL_NOT_FOUND) return REEL_OK;
  if (status != REEL_OK) return status;
  if (size == 0 || !reel_resume_read(&download->part, validator)) return REEL_OK;

  download->start = download->bytes = size;
  download->keeps_part = true;
  return ask_for_rest(download, validator);
}

static void download_start(struct reel_io *io, struct reel_op *op) {
  struct reel_http_download *download = (struct reel_http_download *)op;
  download->io = io;
  download->began_ms = reel_io_now_ms();
  int status = download->resume ? continue_part(download) : REEL_OK;
  if (status != REEL_OK) {
    reel_io_finish(io, op, status);
    return;
  }
  reel_http_transfer_start(reel_http_of(io), &download->transfer);
}

static void download_cancel(struct reel_io *io, struct reel_op *op) {
  struct reel_http_download *download = (struct reel_http_download *)op;
  reel_http_transfer_stop(reel_http_of(io), &download->transfer);
  keep_or_drop_part(download);
  reel_io_finish(io, op, REEL_CANCELLED);
}

static void download_free(struct reel_op *op) {
  struct reel_http_download *download = (struct reel_http_download *)op;
  reel_part_deinit(&download->part);
  reel_http_transfer_deinit(&download->transfer);
  free(download);
}

static const struct reel_op_type download_type = {.name = "http.download",
                                                  .start = download_start,
                                                  .cancel = download_cancel,
                                                  .free = download_free};

static int fill(struct reel_http_download *download, const struct reel_http_request *request,
                const struct reel_folder *folder, const char *path) {
  struct reel_http_request limited = *request;
  limited.max_body_bytes = MAX_REFUSAL_BYTES;
  int status = reel_http_transfer_init(&download->transfer, &limited, download_done);
  if (status != REEL_OK) return status;

  download->transfer.response.sink = on_bytes;
  download->transfer.response.sink_data = download;
  return reel_part_init(&download->part, folder, path);
}

int reel_http_download_new(const struct reel_http_request *request,
                           const struct reel_folder *folder, const char *path,
                           const struct reel_http_download_limits *limits, bool resume,
                           struct reel_http_download **out) {
  struct reel_http_download *download = calloc(1, sizeof *download);
  if (!download) return REEL_NOMEM;

  download->op.type = &download_type;
  download->limits = *limits;
  download->resume = resume;
  int status = fill(download, request, folder, path);
  if (status != REEL_OK) {
    download_free(&download->op);
    return status;
  }
  *out = download;
  return REEL_OK;
}

#include "http_download.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "status.h"

#define MAX_REFUSAL_BYTES 65536

static struct reel_http_download *of_transfer(struct reel_http_transfer *transfer) {
  return (struct reel_http_download *)((char *)transfer -
                                       offsetof(struct reel_http_download, transfer));
}

static int fail_system(struct reel_http_download *download) {
  download->system_error = errno;
  return REEL_SYSTEM;
}

/* Opened with the first byte, so that downloads which wait for their turn hold no descriptor. */
static int open_part(struct reel_http_download *download) {
  if (download->fd >= 0) return REEL_OK;
  download->fd =
      open(download->part_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  return download->fd >= 0 ? REEL_OK : fail_system(download);
}

static int write_all(struct reel_http_download *download, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t written = write(download->fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_system(download);
    bytes += written;
    size -= (size_t)written;
  }
  return REEL_OK;
}

static int take_bytes(void *data, const char *bytes, size_t size) {
  struct reel_http_download *download = data;
  struct reel_http_response *response = &download->transfer.response;

  if (response->status != 200) return reel_buffer_add(&response->body, bytes, size);
  if (size > download->max_bytes - download->bytes) return REEL_TOO_LARGE;
  int status = open_part(download);
  if (status == REEL_OK) status = write_all(download, bytes, size);
  if (status == REEL_OK) download->bytes += size;
  return status;
}

/* A rename is on the disk once its folder is. */
static int sync_folder(struct reel_http_download *download) {
  char *slash = strrchr(download->part_path, '/');
  if (slash) slash[slash == download->part_path] = '\0';
  int fd = open(slash ? download->part_path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail_system(download);
  int status = fsync(fd) == 0 ? REEL_OK : fail_system(download);
  close(fd);
  return status;
}

static int keep_part(struct reel_http_download *download) {
  int status = open_part(download); /* an empty body has not opened it */
  if (status != REEL_OK) return status;
  if (fsync(download->fd) != 0) return fail_system(download);
  if (rename(download->part_path, download->path) != 0) return fail_system(download);
  close(download->fd);
  download->fd = -1;
  return sync_folder(download);
}

static void drop_part(struct reel_http_download *download) {
  if (download->fd < 0) return;
  close(download->fd);
  unlink(download->part_path);
  download->fd = -1;
}

static void download_done(struct reel_http_transfer *transfer, int status) {
  struct reel_http_download *download = of_transfer(transfer);
  if (status == REEL_OK && transfer->response.status == 200) status = keep_part(download);
  drop_part(download);
  reel_io_finish(download->io, &download->op, status);
}

static void download_start(struct reel_io *io, struct reel_op *op) {
  struct reel_http_download *download = (struct reel_http_download *)op;
  download->io = io;
  reel_http_transfer_start(reel_io_http(io), &download->transfer);
}

static void download_cancel(struct reel_io *io, struct reel_op *op) {
  struct reel_http_download *download = (struct reel_http_download *)op;
  reel_http_transfer_stop(reel_io_http(io), &download->transfer);
  drop_part(download);
  reel_io_finish(io, op, REEL_CANCELLED);
}

static void download_free(struct reel_op *op) {
  struct reel_http_download *download = (struct reel_http_download *)op;
  drop_part(download);
  reel_http_transfer_deinit(&download->transfer);
  free(download->path);
  free(download->part_path);
  free(download);
}

static const struct reel_op_type download_type = {.name = "http.download",
                                                  .start = download_start,
                                                  .cancel = download_cancel,
                                                  .free = download_free};

static int fill(struct reel_http_download *download, const struct reel_http_request *request,
                const char *path) {
  struct reel_http_request limited = *request;
  limited.max_body_bytes = MAX_REFUSAL_BYTES;
  int status = reel_http_transfer_init(&download->transfer, &limited, download_done);
  if (status != REEL_OK) return status;

  download->transfer.response.sink = take_bytes;
  download->transfer.response.sink_data = download;
  download->path = strdup(path);
  if (asprintf(&download->part_path, "%s.part", path) < 0) download->part_path = NULL;
  return download->path && download->part_path ? REEL_OK : REEL_NOMEM;
}

int reel_http_download_new(const struct reel_http_request *request, const char *path,
                           uint64_t max_bytes, struct reel_http_download **out) {
  struct reel_http_download *download = calloc(1, sizeof *download);
  if (!download) return REEL_NOMEM;

  download->op.type = &download_type;
  download->fd = -1;
  download->max_bytes = max_bytes;
  int status = fill(download, request, path);
  if (status != REEL_OK) {
    download_free(&download->op);
    return status;
  }
  *out = download;
  return REEL_OK;
}

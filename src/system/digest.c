#include "system/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/container_of.h"
#include "base/status.h"

#define BASE64_BYTES 3072
#define BASE64_CHARACTERS (BASE64_BYTES / 3 * 4)
#define CHUNK_BYTES 65536
#define PIECE_BYTES (4u << 20) /* a few milliseconds of the loop's time */

int reel_digest_sha256(const void *bytes, size_t size, unsigned char out[REEL_SHA256_SIZE]) {
  return EVP_Digest(bytes, size, out, NULL, EVP_sha256(), NULL) == 1 ? REEL_OK : REEL_SYSTEM;
}

int reel_digest_hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size,
                            unsigned char out[REEL_SHA256_SIZE]) {
  unsigned out_size;
  if (key_size > INT32_MAX) return REEL_SYSTEM;
  return HMAC(EVP_sha256(), key, (int)key_size, bytes, size, out, &out_size) ? REEL_OK
                                                                             : REEL_SYSTEM;
}

/* The numbers come from the kernel. OpenSSL's generator is seeded from the kernel too, and its
 * set-up takes a millisecond. */
int reel_digest_random(void *out, size_t size) {
  unsigned char *next = out;
  while (size > 0) {
    ssize_t count = getrandom(next, size, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return REEL_SYSTEM;
    next += count;
    size -= (size_t)count;
  }
  return REEL_OK;
}

bool reel_digest_equal(const void *a, size_t a_size, const void *b, size_t b_size) {
  return a_size == b_size && CRYPTO_memcmp(a, b, a_size) == 0;
}

void reel_digest_hex(const unsigned char *bytes, size_t size, char *out) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < size; i++) {
    *out++ = digits[bytes[i] >> 4];
    *out++ = digits[bytes[i] & 15];
  }
  *out = '\0';
}

size_t reel_digest_base64_size(size_t size) {
  return (size + 2) / 3 * 4;
}

/* Encodes one piece at a time, since libcrypto takes an int for the size. */
void reel_digest_base64(const void *bytes, size_t size, char *out) {
  const unsigned char *in = bytes;
  *out = '\0';
  for (size_t done = 0; done < size; done += BASE64_BYTES) {
    size_t piece = size - done < BASE64_BYTES ? size - done : BASE64_BYTES;
    EVP_EncodeBlock((unsigned char *)out + done / 3 * 4, in + done, (int)piece);
  }
}

/* libcrypto is lenient: it skips blanks at both ends, takes '=' for 'A' and drops bits that belong
 * to no byte. So what it has decoded is encoded again, which must give the same text. */
static int unbase64_piece(const char *text, size_t size, size_t padding, unsigned char *out) {
  char again[BASE64_CHARACTERS + 1];
  int bytes = EVP_DecodeBlock(out, (const unsigned char *)text, (int)size);
  if (bytes != (int)(size / 4 * 3)) return REEL_INVALID;
  EVP_EncodeBlock((unsigned char *)again, out, bytes - (int)padding);
  return memcmp(again, text, size) == 0 ? REEL_OK : REEL_INVALID;
}

int reel_digest_unbase64(const char *text, size_t size, unsigned char *out, size_t *out_size) {
  size_t padding = 0;
  if (size % 4 != 0) return REEL_INVALID;
  while (padding < 2 && padding < size && text[size - 1 - padding] == '=') padding++;

  for (size_t done = 0; done < size; done += BASE64_CHARACTERS) {
    bool is_last = size - done <= BASE64_CHARACTERS;
    size_t piece = is_last ? size - done : BASE64_CHARACTERS;
    int status = unbase64_piece(text + done, piece, is_last ? padding : 0, out + done / 4 * 3);
    if (status != REEL_OK) return status;
  }
  *out_size = size / 4 * 3 - padding;
  return REEL_OK;
}

/* The file operation */

static void file_close(struct reel_digest_file *file) {
  if (file->fd >= 0) close(file->fd);
  file->fd = -1;
  EVP_MD_CTX_free(file->context);
  file->context = NULL;
}

static void file_finish(struct reel_digest_file *file, int status) {
  reel_io_timer_clear(file->io, &file->timer);
  file_close(file);
  reel_io_finish(file->io, &file->op, status);
}

static int fail_system(struct reel_digest_file *file) {
  file->system_error = errno;
  return errno == ENOENT || errno == ENOTDIR ? REEL_NOT_FOUND : REEL_SYSTEM;
}

static int file_open(struct reel_digest_file *file) {
  if (file->fd < 0) file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file->fd < 0) return fail_system(file);
  file->context = EVP_MD_CTX_new();
  if (!file->context) return REEL_NOMEM;
  return EVP_DigestInit_ex(file->context, EVP_sha256(), NULL) == 1 ? REEL_OK : REEL_SYSTEM;
}

/* Reads one piece. at_end is set to true if it was the last one. */
static int file_read(struct reel_digest_file *file, bool *at_end) {
  unsigned char chunk[CHUNK_BYTES];
  for (size_t done = 0; done < PIECE_BYTES;) {
    ssize_t size = read(file->fd, chunk, sizeof chunk);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_system(file);
    if (size == 0) {
      *at_end = true;
      return EVP_DigestFinal_ex(file->context, file->sum, NULL) == 1 ? REEL_OK : REEL_SYSTEM;
    }
    if (EVP_DigestUpdate(file->context, chunk, (size_t)size) != 1) return REEL_SYSTEM;
    done += (size_t)size;
  }
  return REEL_OK;
}

static void file_read_next(struct reel_digest_file *file) {
  bool at_end = false;
  int status = file_read(file, &at_end);
  if (status == REEL_OK && !at_end) status = reel_io_timer_set(file->io, &file->timer, 0);
  if (status != REEL_OK || at_end) file_finish(file, status);
}

static void file_fire(struct reel_timer *timer) {
  file_read_next(CONTAINER_OF(timer, struct reel_digest_file, timer));
}

static void file_start(struct reel_io *io, struct reel_op *op) {
  struct reel_digest_file *file = (struct reel_digest_file *)op;
  file->io = io;
  file->timer.fire = file_fire;
  int status = file_open(file);
  if (status == REEL_OK)
    file_read_next(file);
  else
    file_finish(file, status);
}

static void file_cancel(struct reel_io *io, struct reel_op *op) {
  (void)io;
  file_finish((struct reel_digest_file *)op, REEL_CANCELLED);
}

static void file_free(struct reel_op *op) {
  struct reel_digest_file *file = (struct reel_digest_file *)op;
  file_close(file);
  free(file->path);
  free(file);
}

static const struct reel_op_type file_type = {
    .name = "digest.file", .start = file_start, .cancel = file_cancel, .free = file_free};

int reel_digest_file_new(const char *path, int fd, struct reel_digest_file **out) {
  struct reel_digest_file *file = calloc(1, sizeof *file);
  if (!file) {
    if (fd >= 0) close(fd);
    return REEL_NOMEM;
  }
  file->op.type = &file_type;
  file->fd = fd;
  file->path = strdup(path);
  if (!file->path) {
    file_free(&file->op);
    return REEL_NOMEM;
  }
  *out = file;
  return REEL_OK;
}

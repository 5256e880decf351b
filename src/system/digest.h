/* Hashes, keys and random bytes, all by libcrypto. */
#ifndef REEL_DIGEST_H
#define REEL_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "loop/io.h"

#define REEL_SHA256_SIZE 32

/* [any], all of them. Errors: REEL_SYSTEM, when libcrypto fails. */
int reel_digest_sha256(const void *bytes, size_t size, unsigned char out[REEL_SHA256_SIZE]);
int reel_digest_hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size,
                            unsigned char out[REEL_SHA256_SIZE]);
int reel_digest_random(void *out, size_t size);

/* Takes the same time whatever the bytes are; unequal sizes differ at once. */
bool reel_digest_equal(const void *a, size_t a_size, const void *b, size_t b_size);

/* Writes 2 * size characters and a NUL. */
void reel_digest_hex(const unsigned char *bytes, size_t size, char *out);

/* Base64 with padding. out has room for reel_digest_base64_size(size) characters and a NUL. */
size_t reel_digest_base64_size(size_t size);
void reel_digest_base64(const void *bytes, size_t size, char *out);

/* Strict: padded, no blanks, no stray bits. out has room for size / 4 * 3 bytes.
 * Errors: REEL_INVALID. */
int reel_digest_unbase64(const char *text, size_t size, unsigned char *out, size_t *out_size);

/* The SHA-256 of a file, as an operation: read a piece at a time between the loop's other work. */
struct reel_digest_file {
  struct reel_op op;
  struct reel_io *io;
  struct reel_timer timer; /* the next piece */
  char *path;
  int fd;
  void *context;    /* EVP_MD_CTX */
  int system_error; /* errno behind REEL_SYSTEM, or 0 */
  unsigned char sum[REEL_SHA256_SIZE];
};

/* *Copies* path. *Given*: post it, or free it with op.type->free. Ends with REEL_NOT_FOUND when
 * there is no such file, REEL_SYSTEM. [host] Errors: REEL_NOMEM. */
int reel_digest_file_new(const char *path, struct reel_digest_file **out);

#endif

/* Hashes, keys and random bytes, all by libcrypto. */
#ifndef REEL_DIGEST_H
#define REEL_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "loop/io.h"

#define REEL_SHA256_SIZE 32

/* All functions here may be called on any thread, except reel_digest_file_new. */

/* Errors: REEL_SYSTEM (libcrypto failed). */
int reel_digest_sha256(const void *bytes, size_t size, unsigned char out[REEL_SHA256_SIZE]);

/* Errors: REEL_SYSTEM (libcrypto failed, or the key is too large for it). */
int reel_digest_hmac_sha256(const void *key, size_t key_size, const void *bytes, size_t size,
                            unsigned char out[REEL_SHA256_SIZE]);

/* Fills `out` with size random bytes, fit for keys. Errors: REEL_SYSTEM (the kernel gave none). */
int reel_digest_random(void *out, size_t size);

/* Compares in a time that depends on the sizes alone, not on the bytes. */
bool reel_digest_equal(const void *a, size_t a_size, const void *b, size_t b_size);

/* Writes the bytes in lower-case hexadecimal: 2 * size characters and a NUL. */
void reel_digest_hex(const unsigned char *bytes, size_t size, char *out);

/* The number of characters of `size` bytes in base64. */
size_t reel_digest_base64_size(size_t size);

/* Writes the bytes in base64, with padding: reel_digest_base64_size(size) characters and a NUL. */
void reel_digest_base64(const void *bytes, size_t size, char *out);

/* Decodes base64. It accepts only what reel_digest_base64 writes. out must hold size / 4 * 3 bytes,
 * which may be more than *out_size says at the end. Errors: REEL_INVALID. */
int reel_digest_unbase64(const char *text, size_t size, unsigned char *out, size_t *out_size);

/* The operation that computes the SHA-256 of a file, one piece at a time between the loop's other
 * work. */
struct reel_digest_file {
  struct reel_op op;
  struct reel_io *io;
  struct reel_timer timer; /* starts the next piece */
  char *path;
  int fd;
  void *context;    /* EVP_MD_CTX */
  int system_error; /* the errno of REEL_SYSTEM and REEL_NOT_FOUND, or 0 */
  unsigned char sum[REEL_SHA256_SIZE];
};

/* fd is that of the file, *given* also after an error; -1: the path is opened when the operation
 * starts. *Copies* path. *Given*: post it, or free it with op.type->free. [host]
 * It ends with REEL_OK, REEL_NOT_FOUND (there is no such file), REEL_NOMEM or REEL_SYSTEM.
 * Errors: REEL_NOMEM. */
int reel_digest_file_new(const char *path, int fd, struct reel_digest_file **out);

#endif

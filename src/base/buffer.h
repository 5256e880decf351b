/* Bytes that grow up to a maximum told at the start; reaching it is a status, not a crash. */
#ifndef REEL_BUFFER_H
#define REEL_BUFFER_H

#include <stddef.h>

struct reel_buffer {
  char *data; /* NUL-terminated once anything was added, else NULL */
  size_t size;
  size_t capacity;
  size_t max;
};

void reel_buffer_init(struct reel_buffer *buffer, size_t max_bytes);
void reel_buffer_deinit(struct reel_buffer *buffer);

/* Copies size bytes to the end. Errors: REEL_NOMEM, REEL_TOO_LARGE; nothing is added then. */
int reel_buffer_add(struct reel_buffer *buffer, const void *bytes, size_t size);

#endif

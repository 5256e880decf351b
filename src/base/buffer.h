/* A buffer that grows up to a maximum, which is set at the start. What would exceed the maximum is
 * refused with a status. */
#ifndef REEL_BUFFER_H
#define REEL_BUFFER_H

#include <stddef.h>

struct reel_buffer {
  char *data; /* NUL-terminated once anything was added, else NULL */
  size_t size;
  size_t capacity;
  size_t max; /* of size */
};

/* Allocates nothing yet. [any] */
void reel_buffer_init(struct reel_buffer *buffer, size_t max_bytes);

/* Frees the bytes. Safe on a zeroed buffer, and twice. [any] */
void reel_buffer_deinit(struct reel_buffer *buffer);

/* Appends size bytes, *copied*. After an error nothing was added. [any]
 * Errors: REEL_NOMEM, REEL_TOO_LARGE. */
int reel_buffer_add(struct reel_buffer *buffer, const void *bytes, size_t size);

#endif

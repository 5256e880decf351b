#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"

void reel_buffer_init(struct reel_buffer *buffer, size_t max_bytes) {
  *buffer = (struct reel_buffer){.max = max_bytes};
}

void reel_buffer_deinit(struct reel_buffer *buffer) {
  free(buffer->data);
  *buffer = (struct reel_buffer){0};
}

static int grow(struct reel_buffer *buffer, size_t needed) {
  size_t capacity = buffer->capacity ? buffer->capacity : 256;
  while (capacity < needed) capacity *= 2;

  char *data = realloc(buffer->data, capacity);
  if (!data) return REEL_NOMEM;
  buffer->data = data;
  buffer->capacity = capacity;
  return REEL_OK;
}

int reel_buffer_add(struct reel_buffer *buffer, const void *bytes, size_t size) {
  if (size > buffer->max - buffer->size) return REEL_TOO_LARGE;

  size_t needed = buffer->size + size + 1;
  if (needed > buffer->capacity) {
    int status = grow(buffer, needed);
    if (status != REEL_OK) return status;
  }
  if (size) memcpy(buffer->data + buffer->size, bytes, size);
  buffer->size += size;
  buffer->data[buffer->size] = '\0';
  return REEL_OK;
}

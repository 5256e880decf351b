#include "http/response.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"

#define MAX_HEADER_BYTES 16384

void reel_http_response_init(struct reel_http_response *response, size_t max_body_bytes) {
  *response = (struct reel_http_response){0};
  reel_buffer_init(&response->headers, MAX_HEADER_BYTES);
  reel_buffer_init(&response->body, max_body_bytes);
}

void reel_http_response_deinit(struct reel_http_response *response) {
  reel_buffer_deinit(&response->headers);
  reel_buffer_deinit(&response->body);
}

enum { SHORTEST_KEY = 8 }; /* answers may contain a shorter one by chance */

static const char *bearer_of(const char *header) {
  static const char prefix[] = "Authorization: Bearer ";
  size_t length = sizeof prefix - 1;
  bool is_bearer = strncasecmp(header, prefix, length) == 0;
  return is_bearer && strlen(header + length) >= SHORTEST_KEY ? header + length : NULL;
}

static void mask(struct reel_buffer *buffer, const char *key) {
  size_t length = strlen(key);
  char *end = buffer->data + buffer->size;
  for (char *at = buffer->data; at && (at = memmem(at, (size_t)(end - at), key, length));)
    memset(at, '*', length);
}

void reel_http_response_mask(struct reel_http_response *response, const char *const *headers,
                             size_t header_count) {
  for (size_t i = 0; i < header_count; i++) {
    const char *key = bearer_of(headers[i]);
    if (!key) continue;
    mask(&response->headers, key);
    mask(&response->body, key);
  }
}

void reel_http_response_clear(struct reel_http_response *response) {
  size_t max_body_bytes = response->body.max;
  int (*sink)(void *, const char *, size_t) = response->sink;
  void *sink_data = response->sink_data;

  reel_http_response_deinit(response);
  reel_http_response_init(response, max_body_bytes);
  response->sink = sink;
  response->sink_data = sink_data;
}

const char *reel_http_response_header(const struct reel_http_response *response, const char *name,
                                      const char **value) {
  if (response->headers.size == 0) return NULL;
  const char *next = response->headers.data;
  const char *end = next + response->headers.size;

  if (name) {
    next = name + strlen(name) + 1; /* its value */
    next += strlen(next) + 1;
  }
  if (next == end) return NULL;
  *value = next + strlen(next) + 1;
  return next;
}

/* A status line, "HTTP/1.1 200 OK", begins the headers of an answer. Headers of an interim answer
 * (1xx) before it are dropped. */
static void begin_headers(struct reel_http_response *response, const char *line, size_t size) {
  char text[32] = "";
  memcpy(text, line, size < sizeof text ? size : sizeof text - 1);
  const char *code = strchr(text, ' ');

  response->status = code ? strtol(code, NULL, 10) : 0;
  response->headers_end = false;
  response->headers.size = 0;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int add_name(struct reel_buffer *headers, const char *name, size_t size) {
  size_t start = headers->size;
  int status = reel_buffer_add(headers, name, size);
  if (status != REEL_OK) return status;

  for (char *c = headers->data + start; *c; c++)
    if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
  return reel_buffer_add(headers, "", 1);
}

static int add_header(struct reel_buffer *headers, const char *line, size_t size) {
  const char *colon = memchr(line, ':', size);
  if (!colon || is_blank(line[0]) || memchr(line, '\0', size)) return REEL_OK; /* not a header */

  const char *value = colon + 1, *end = line + size;
  while (value < end && is_blank(*value)) value++;
  while (end > value && is_blank(end[-1])) end--;

  size_t start = headers->size;
  int status = add_name(headers, line, (size_t)(colon - line));
  if (status == REEL_OK) status = reel_buffer_add(headers, value, (size_t)(end - value));
  if (status == REEL_OK) status = reel_buffer_add(headers, "", 1);
  if (status != REEL_OK) headers->size = start; /* removes the header that is not whole */
  return status;
}

static size_t accept_or_fail(struct reel_http_response *response, int status, size_t size) {
  if (status == REEL_OK) return size;
  response->failure = status;
  return size + 1; /* any other number than size ends the transfer */
}

size_t reel_http_response_on_header(char *bytes, size_t unit, size_t size, void *data) {
  struct reel_http_response *response = data;
  size *= unit;

  if (size >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
    begin_headers(response, bytes, size);
    return size;
  }
  if (response->headers_end) return size; /* a trailer, after the body */
  if (size <= 2 && is_blank(bytes[0])) {
    response->headers_end = response->status >= 200;
    return size;
  }
  return accept_or_fail(response, add_header(&response->headers, bytes, size), size);
}

size_t reel_http_response_on_body(char *bytes, size_t unit, size_t size, void *data) {
  struct reel_http_response *response = data;
  size *= unit;
  int status = response->sink ? response->sink(response->sink_data, bytes, size)
                              : reel_buffer_add(&response->body, bytes, size);
  return accept_or_fail(response, status, size);
}

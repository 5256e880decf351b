/* An HTTP answer while it arrives: status, headers, body, all with limits. */
#ifndef REEL_HTTP_RESPONSE_H
#define REEL_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct reel_http_response {
  long status;      /* 0 until a status line has arrived */
  bool headers_end; /* the empty line after the final headers has arrived */
  long retry_after_s; /* what Retry-After asks for, 1 to 3600; else 0. Set at the end */
  int failure;      /* why the rest was refused: REEL_TOO_LARGE, REEL_NOMEM, what sink said */
  /* "name\0value\0" for each header: names in lower case, values trimmed. */
  struct reel_buffer headers;
  struct reel_buffer body;
  /* Takes the body's bytes instead of `body`; an error ends the transfer. [io] */
  int (*sink)(void *data, const char *bytes, size_t size);
  void *sink_data;
};

void reel_http_response_init(struct reel_http_response *response, size_t max_body_bytes);
void reel_http_response_deinit(struct reel_http_response *response);

/* Overwrites the bearer key of the request's headers wherever the answer repeats it, so that it can
 * reach no journal, log or error. Keys of less than eight bytes are left alone. */
void reel_http_response_mask(struct reel_http_response *response, const char *const *headers,
                             size_t header_count);

/* Forgets what has arrived; the limit and the sink stay. */
void reel_http_response_clear(struct reel_http_response *response);

/* The name of the header after `name` (NULL: the first), and its value; NULL at the end. Both are
 * *borrowed* until the response changes. */
const char *reel_http_response_header(const struct reel_http_response *response, const char *name,
                                      const char **value);

/* libcurl's CURLOPT_HEADERFUNCTION and CURLOPT_WRITEFUNCTION; data is the response. */
size_t reel_http_response_on_header(char *bytes, size_t unit, size_t size, void *data);
size_t reel_http_response_on_body(char *bytes, size_t unit, size_t size, void *data);

#endif

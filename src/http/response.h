/* An HTTP answer while it arrives: its status, headers and body, each with a maximum size. */
#ifndef REEL_HTTP_RESPONSE_H
#define REEL_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct reel_http_response {
  long status;        /* 0 until a status line has arrived */
  bool headers_end;   /* the empty line after the final headers has arrived */
  long retry_after_s; /* see reel_http_retry_after_s(); set at the end of the transfer */
  int failure; /* why the rest was refused: REEL_TOO_LARGE, REEL_NOMEM or the sink's status */
  /* "name\0value\0" for each header: names in lower case, values trimmed. */
  struct reel_buffer headers;
  struct reel_buffer body;
  /* Gets the bytes of the body instead of `body`; a status other than REEL_OK ends the transfer.
   * NULL: `body` gets them. [io] */
  int (*sink)(void *data, const char *bytes, size_t size);
  void *sink_data;
};

/* Sets no sink. Headers may have 16 KiB together. [any] */
void reel_http_response_init(struct reel_http_response *response, size_t max_body_bytes);

/* Frees what has arrived. Safe on a zeroed response. [any] */
void reel_http_response_deinit(struct reel_http_response *response);

/* Overwrites the bearer key of the request's headers with asterisks wherever the answer repeats it,
 * so that no journal, log or error contains it. Keys of less than eight bytes are not searched for,
 * since an answer may contain them by chance. [any] */
void reel_http_response_mask(struct reel_http_response *response, const char *const *headers,
                             size_t header_count);

/* Frees what has arrived; the limit and the sink stay. [any] */
void reel_http_response_clear(struct reel_http_response *response);

/* Iterates over the headers: returns the name of the one after `name`, which is a former result or
 * NULL for the first, and sets its value. NULL at the end. Both are *borrowed* until the response
 * changes. [any] */
const char *reel_http_response_header(const struct reel_http_response *response, const char *name,
                                      const char **value);

/* The function for CURLOPT_HEADERFUNCTION; data is the response. [io] */
size_t reel_http_response_on_header(char *bytes, size_t unit, size_t size, void *data);

/* The function for CURLOPT_WRITEFUNCTION; data is the response. [io] */
size_t reel_http_response_on_body(char *bytes, size_t unit, size_t size, void *data);

#endif

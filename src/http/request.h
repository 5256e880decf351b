/* What an HTTP request sends, as plain data; http/client.h runs it. */
#ifndef REEL_HTTP_REQUEST_H
#define REEL_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/* A file as multipart/form-data, after plain fields: name, value, name, value, ... */
struct reel_http_form {
  const char *file; /* path on disk */
  const char *field;
  const char *filename;
  const char *content_type; /* or NULL: libcurl goes by the extension */
  const char *const *fields;
  size_t field_count; /* of strings: twice the number of fields */
};

struct reel_http_request {
  const char *method; /* NULL: GET */
  const char *url;
  const char *const *headers; /* "Name: value" */
  size_t header_count;
  const char *body; /* or NULL */
  size_t body_size;
  const struct reel_http_form *form; /* instead of a body, or NULL */
  long timeout_ms;                   /* whole transfer, without its wait for a slot; 0: no limit */
  long connect_timeout_ms;           /* 0: 300 s, libcurl's own */
  long low_speed_s;                  /* ends after so long below 1 KiB/s; 0: never */
  size_t max_body_bytes;             /* of the answer */
  /* Connects to public addresses alone (http/address.h), whatever the names resolve to, and ends with
   * REEL_FORBIDDEN when there is no such one. */
  bool public_only;
};

/* Copies everything the request points to. *Given*: freed with free(). [any]
 * Errors: REEL_NOMEM; REEL_INVALID: a control byte in the URL, a header or a name of the form, a
 * header without a name, a method that is no upper-case word. */
int reel_http_request_copy(const struct reel_http_request *request, struct reel_http_request **out);

#endif

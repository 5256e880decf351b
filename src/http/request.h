/* An HTTP request as plain data; http/client.h sends it. */
#ifndef REEL_HTTP_REQUEST_H
#define REEL_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/* A form, sent as multipart/form-data: first the plain fields, then one file. */
struct reel_http_form {
  const char *file; /* path on disk */
  const char *field;
  const char *filename;
  const char *content_type;  /* NULL: libcurl chooses it by the extension */
  const char *const *fields; /* name, value, name, value, ... */
  size_t field_count;        /* of strings: twice the number of fields */
};

struct reel_http_request {
  const char *method; /* NULL: GET */
  const char *url;
  const char *const *headers; /* "Name: value" */
  size_t header_count;
  const char *body; /* or NULL */
  size_t body_size;
  const struct reel_http_form *form; /* sent instead of a body, or NULL */
  long timeout_ms;                   /* of the transfer without its wait in the lane; 0: no limit */
  long connect_timeout_ms;           /* 0: 300 s, the default of libcurl */
  long low_speed_s;                  /* time below 1 KiB/s that ends the transfer; 0: no limit */
  size_t max_body_bytes;             /* of the answer */
  /* Connects only to public addresses (http/address.h), whatever the name resolves to. The transfer
   * ends with REEL_FORBIDDEN when there is none. */
  bool public_only;
};

/* Copies the request and everything that it points to. *Given*: freed with free(). [any]
 * Errors: REEL_NOMEM; REEL_INVALID: there is a control byte in the URL, in a header or in a name of
 * the form, or a blank in the URL; a header has no name; the method is not an upper-case word. */
int reel_http_request_copy(const struct reel_http_request *request, struct reel_http_request **out);

#endif

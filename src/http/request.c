#include "http/request.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

static bool has_bytes_below(const char *text, unsigned char limit) {
  for (; text && *text; text++)
    if ((unsigned char)*text < limit || *text == 0x7f) return true;
  return false;
}

static bool has_control_bytes(const char *text) {
  return has_bytes_below(text, ' ');
}

static bool is_url(const char *url) {
  return url && *url && !has_bytes_below(url, '!'); /* neither blanks nor control bytes */
}

static bool is_method(const char *method) {
  if (!method) return true;
  size_t size = strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  return size > 0 && method[size] == '\0';
}

static bool is_header(const char *line) {
  size_t name_size = strcspn(line, ": \t");
  return name_size > 0 && line[name_size] == ':' && !has_control_bytes(line);
}

static bool is_form(const struct reel_http_form *form) {
  if (has_control_bytes(form->field) || has_control_bytes(form->filename) ||
      has_control_bytes(form->content_type))
    return false;
  for (size_t i = 0; i < form->field_count; i += 2)
    if (has_control_bytes(form->fields[i])) return false;
  return true;
}

static bool is_valid(const struct reel_http_request *request) {
  if (!is_url(request->url) || !is_method(request->method)) return false;
  for (size_t i = 0; i < request->header_count; i++)
    if (!is_header(request->headers[i])) return false;
  return !request->form || is_form(request->form);
}

/* A copy is one block: request, form, arrays of pointers, then the bytes they point to. */
struct block {
  struct reel_http_request request;
  struct reel_http_form form;
  const char *pointers[];
};

static size_t text_size(const char *text) {
  return text ? strlen(text) + 1 : 0;
}

static size_t list_size(const char *const *list, size_t count) {
  size_t size = count * sizeof *list;
  for (size_t i = 0; i < count; i++) size += text_size(list[i]);
  return size;
}

static size_t form_size(const struct reel_http_form *form) {
  return text_size(form->file) + text_size(form->field) + text_size(form->filename) +
         text_size(form->content_type) + list_size(form->fields, form->field_count);
}

static size_t block_size(const struct reel_http_request *request) {
  return sizeof(struct block) + text_size(request->method) + text_size(request->url) +
         request->body_size + list_size(request->headers, request->header_count) +
         (request->form ? form_size(request->form) : 0);
}

/* Copies size bytes to *at, and moves *at to the byte after them. Returns the copy. */
static const char *put(char **at, const char *bytes, size_t size) {
  if (!bytes) return NULL;
  char *copy = *at;
  memcpy(copy, bytes, size);
  *at += size;
  return copy;
}

static const char *put_text(char **at, const char *text) {
  return put(at, text, text_size(text));
}

static const char **put_list(const char **to, char **at, const char *const *list, size_t count) {
  for (size_t i = 0; i < count; i++) *to++ = put_text(at, list[i]);
  return to;
}

static void put_form(struct reel_http_form *form, const char **pointers, char **at) {
  form->file = put_text(at, form->file);
  form->field = put_text(at, form->field);
  form->filename = put_text(at, form->filename);
  form->content_type = put_text(at, form->content_type);
  put_list(pointers, at, form->fields, form->field_count);
  form->fields = pointers;
}

static void fill(struct block *block, const struct reel_http_request *request) {
  size_t field_count = request->form ? request->form->field_count : 0;
  char *at = (char *)(block->pointers + request->header_count + field_count);

  block->request = *request;
  block->request.method = put_text(&at, request->method);
  block->request.url = put_text(&at, request->url);
  block->request.headers = block->pointers;
  const char **rest = put_list(block->pointers, &at, request->headers, request->header_count);
  if (request->form) {
    block->form = *request->form;
    put_form(&block->form, rest, &at);
    block->request.form = &block->form;
  }
  block->request.body = put(&at, request->body, request->body_size);
}

int reel_http_request_copy(const struct reel_http_request *request,
                           struct reel_http_request **out) {
  if (!is_valid(request)) return REEL_INVALID;
  struct block *block = malloc(block_size(request));
  if (!block) return REEL_NOMEM;

  fill(block, request);
  *out = &block->request; /* the block's first member: free() takes either */
  return REEL_OK;
}

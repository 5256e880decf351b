#include "server/request.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/status.h"

enum { MAX_IN_MEMORY = 64 * 1024 };

int reel_pair_add(struct reel_pair **first, const char *name, const char *value,
                  size_t value_bytes) {
  size_t name_bytes = strlen(name) + 1;
  struct reel_pair *pair = malloc(sizeof *pair + name_bytes + value_bytes + 1);
  if (!pair) return REEL_NOMEM;

  pair->value = pair->name + name_bytes;
  pair->value_bytes = value ? value_bytes : 0;
  memcpy(pair->name, name, name_bytes);
  if (value) memcpy(pair->value, value, value_bytes);
  pair->value[pair->value_bytes] = '\0';
  pair->next = *first;
  *first = pair;
  return REEL_OK;
}

const char *reel_pair_find(const struct reel_pair *first, const char *name) {
  for (; first; first = first->next)
    if (strcasecmp(first->name, name) == 0) return first->value;
  return NULL;
}

void reel_pairs_free(struct reel_pair *first) {
  while (first) {
    struct reel_pair *next = first->next;
    free(first);
    first = next;
  }
}

void reel_form_part_free(struct reel_form_part *part) {
  if (!part) return;

  if (part->path) unlink(part->path);
  free(part->path);
  free(part->name);
  free(part->filename);
  reel_buffer_deinit(&part->value);
  free(part);
}

static void free_parts(struct reel_form_part *first) {
  while (first) {
    struct reel_form_part *next = first->next;
    reel_form_part_free(first);
    first = next;
  }
}

int reel_request_new(const char *method, const char *path, size_t max_body_bytes,
                     struct reel_request **out) {
  struct reel_request *request = calloc(1, sizeof *request);
  if (!request) return REEL_NOMEM;

  reel_buffer_init(&request->body, max_body_bytes);
  request->method = strdup(method);
  request->path = strdup(path);
  if (!request->method || !request->path) goto fail;

  *out = request;
  return REEL_OK;
fail:
  reel_request_free(request);
  return REEL_NOMEM;
}

void reel_request_free(struct reel_request *request) {
  if (!request) return;

  if (request->spool) fclose(request->spool);
  if (request->body_file) unlink(request->body_file);
  free(request->method);
  free(request->path);
  reel_pairs_free(request->headers);
  reel_pairs_free(request->query);
  reel_buffer_deinit(&request->body);
  free(request->body_file);
  free_parts(request->parts);
  reel_pairs_free(request->answer.headers);
  free(request->answer.body);
  free(request->answer.file);
  free(request);
}

FILE *reel_request_open_file(const char *folder, char **path_out) {
  size_t size = strlen(folder) + sizeof "/body-XXXXXX";
  char *name = malloc(size);
  if (!name) return NULL;

  snprintf(name, size, "%s/body-XXXXXX", folder);
  int fd = mkostemp(name, O_CLOEXEC); /* O_EXCL and mode 0600 */
  FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
  if (!file) goto fail;
  *path_out = name;
  return file;
fail:
  if (fd >= 0) {
    close(fd);
    unlink(name);
  }
  free(name);
  return NULL;
}

/* Moves the bytes that have arrived so far into a file. */
static int begin_spool(struct reel_request *request, const char *folder) {
  request->spool = reel_request_open_file(folder, &request->body_file);
  if (!request->spool) return REEL_SYSTEM;

  struct reel_buffer *body = &request->body;
  size_t written = body->size ? fwrite(body->data, 1, body->size, request->spool) : 0;
  int status = written == body->size ? REEL_OK : REEL_SYSTEM;
  size_t max = body->max - body->size;
  reel_buffer_deinit(body);
  reel_buffer_init(body, max); /* from here on only its max is used: bytes that may still come */
  return status;
}

int reel_request_receive(struct reel_request *request, const char *folder, const char *bytes,
                         size_t size) {
  if (!request->spool && folder && request->body.size + size > MAX_IN_MEMORY) {
    int status = begin_spool(request, folder);
    if (status != REEL_OK) return status;
  }
  if (!request->spool) return reel_buffer_add(&request->body, bytes, size);

  if (size > request->body.max) return REEL_TOO_LARGE;
  request->body.max -= size;
  return fwrite(bytes, 1, size, request->spool) == size ? REEL_OK : REEL_SYSTEM;
}

int reel_request_complete(struct reel_request *request) {
  if (!request->spool) return REEL_OK;

  int error = fclose(request->spool);
  request->spool = NULL;
  return error ? REEL_SYSTEM : REEL_OK;
}

#include "server/multipart.h"

#include <microhttpd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "server/request.h"
#include "base/status.h"

enum {
  MAX_PARTS = 32,
  MAX_IN_MEMORY = 64 * 1024,
  MAX_BOUNDARY = 70, /* RFC 2046, 5.1.1 */
  /* Of the post processor. It moves what it holds after each line of a header and each byte before
   * the first boundary, so a larger one would make hostile bodies expensive. */
  BUFFER_BYTES = 2048
};

struct reel_multipart {
  struct reel_request *request;
  struct MHD_PostProcessor *processor;
  const char *folder;
  size_t body_left;   /* bytes that the body may still have */
  size_t memory_left; /* bytes that names and values may still have */
  unsigned parts_left;
  struct reel_form_part *current; /* the part that arrives; one of the request's, or NULL */
  FILE *file;                     /* open while the current part is a file */
  bool current_is_empty;
  int status; /* why the iterator has stopped the post processor */
};

/* The post processor takes everything after the first "boundary=" for the boundary. Some of its
 * versions crash on a single quotation mark there, and others refuse one character, so only what
 * RFC 2046 allows comes through, from two characters on. */
static bool has_boundary(const char *content_type) {
  static const char allowed[] =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ";
  const char *boundary = strstr(content_type, "boundary=");
  if (!boundary) return false;

  boundary += strlen("boundary=");
  bool is_quoted = *boundary == '"';
  if (is_quoted) boundary++;
  size_t size = strspn(boundary, allowed);
  return size >= 2 && size <= MAX_BOUNDARY && strcmp(boundary + size, is_quoted ? "\"" : "") == 0;
}

bool reel_multipart_is_form(struct MHD_Connection *connection) {
  static const char type[] = MHD_HTTP_POST_ENCODING_MULTIPART_FORMDATA;
  const char *given =
      MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
  return given && strncasecmp(given, type, strlen(type)) == 0 && has_boundary(given);
}

/* Ends the current part. */
static int end_part(struct reel_multipart *multipart) {
  int error = multipart->file ? fclose(multipart->file) : 0;
  multipart->file = NULL;
  multipart->current = NULL;
  return error ? REEL_SYSTEM : REEL_OK;
}

/* Also gives its memory back to the bound. */
static void drop_part_named(struct reel_multipart *multipart, const char *name) {
  struct reel_form_part **link = &multipart->request->parts;
  while (*link && strcmp((*link)->name, name) != 0) link = &(*link)->next;
  struct reel_form_part *part = *link;
  if (!part) return;

  *link = part->next;
  multipart->memory_left += part->value.size + strlen(part->name) + 1;
  if (part->filename) multipart->memory_left += strlen(part->filename) + 1;
  reel_form_part_free(part);
}

static int take_memory(struct reel_multipart *multipart, size_t size) {
  if (size > multipart->memory_left) return REEL_TOO_LARGE;
  multipart->memory_left -= size;
  return REEL_OK;
}

static int begin_part(struct reel_multipart *multipart, const char *name, const char *filename) {
  int status = end_part(multipart);
  if (status != REEL_OK) return status;
  if (!name || !*name) return REEL_INVALID;
  if (multipart->parts_left-- == 0) return REEL_TOO_LARGE;
  drop_part_named(multipart, name);
  status = take_memory(multipart, strlen(name) + 1 + (filename ? strlen(filename) + 1 : 0));
  if (status != REEL_OK) return status;

  struct reel_form_part *part = calloc(1, sizeof *part);
  if (!part) return REEL_NOMEM;
  reel_buffer_init(&part->value, MAX_IN_MEMORY);
  part->name = strdup(name);
  part->filename = filename ? strdup(filename) : NULL;
  if (!part->name || (filename && !part->filename)) goto fail;

  if (filename) {
    multipart->file = reel_request_open_file(multipart->folder, &part->path);
    if (!multipart->file) status = REEL_SYSTEM;
  }
  part->next = multipart->request->parts;
  multipart->request->parts = part;
  multipart->current = part;
  multipart->current_is_empty = true;
  return status;
fail:
  reel_form_part_free(part);
  return REEL_NOMEM;
}

static int add_bytes(struct reel_multipart *multipart, const char *bytes, size_t size) {
  if (size == 0) return REEL_OK;
  multipart->current_is_empty = false;
  if (multipart->file)
    return fwrite(bytes, 1, size, multipart->file) == size ? REEL_OK : REEL_SYSTEM;
  int status = take_memory(multipart, size);
  return status == REEL_OK ? reel_buffer_add(&multipart->current->value, bytes, size) : status;
}

/* The post processor may report the start of a part twice, at first without bytes. A part of the
 * same name and kind that comes after an empty one looks the same, and would replace it anyway. */
static bool is_current(const struct reel_multipart *multipart, const char *name,
                       const char *filename) {
  const struct reel_form_part *part = multipart->current;
  if (!part || !multipart->current_is_empty || !name || strcmp(part->name, name) != 0) return false;
  if (!part->filename || !filename) return !part->filename && !filename;
  return strcmp(part->filename, filename) == 0;
}

static enum MHD_Result on_bytes(void *context, enum MHD_ValueKind kind, const char *name,
                                const char *filename, const char *content_type,
                                const char *transfer_encoding, const char *bytes, uint64_t offset,
                                size_t size) {
  (void)kind, (void)content_type, (void)transfer_encoding;
  struct reel_multipart *multipart = context;
  int status = REEL_OK;
  if (offset == 0 && !is_current(multipart, name, filename))
    status = begin_part(multipart, name, filename);
  if (status == REEL_OK) status = add_bytes(multipart, bytes, size);
  multipart->status = status;
  return status == REEL_OK ? MHD_YES : MHD_NO;
}

int reel_multipart_new(struct MHD_Connection *connection, struct reel_request *request,
                       const char *folder, size_t max_body_bytes, struct reel_multipart **out) {
  struct reel_multipart *multipart = calloc(1, sizeof *multipart);
  if (!multipart) return REEL_NOMEM;

  multipart->processor = MHD_create_post_processor(connection, BUFFER_BYTES, on_bytes, multipart);
  if (!multipart->processor) goto fail;
  multipart->request = request;
  multipart->folder = folder;
  multipart->body_left = max_body_bytes;
  multipart->memory_left = MAX_IN_MEMORY;
  multipart->parts_left = MAX_PARTS;
  request->is_form = true;
  *out = multipart;
  return REEL_OK;
fail:
  reel_multipart_free(multipart);
  return REEL_NOMEM;
}

void reel_multipart_free(struct reel_multipart *multipart) {
  if (!multipart) return;

  if (multipart->processor) MHD_destroy_post_processor(multipart->processor);
  if (multipart->file) fclose(multipart->file);
  free(multipart);
}

int reel_multipart_receive(struct reel_multipart *multipart, const char *bytes, size_t size) {
  if (size > multipart->body_left) return REEL_TOO_LARGE;
  multipart->body_left -= size;
  if (MHD_post_process(multipart->processor, bytes, size) == MHD_YES) return REEL_OK;
  return multipart->status != REEL_OK ? multipart->status : REEL_INVALID;
}

int reel_multipart_complete(struct reel_multipart *multipart) {
  enum MHD_Result is_whole = MHD_destroy_post_processor(multipart->processor);
  multipart->processor = NULL;
  if (is_whole != MHD_YES) return REEL_INVALID;
  return end_part(multipart);
}

/* A request as it came in, its body in memory, in a file or taken apart, and the answer to it.
 *
 * It is an operation as well: made by the I/O thread, read and answered by the host, and posted
 * back. So answering needs no memory, and neither does a collector that answers for the host. */
#ifndef REEL_REQUEST_H
#define REEL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/list.h"
#include "loop/io.h"

/* A text with a name: a header or an argument of the query. */
struct reel_pair {
  struct reel_pair *next;
  size_t value_bytes;
  char *value; /* ends with a NUL that does not count */
  char name[];
};

/* Adds a copy of both to the front of a list; a NULL value counts as empty. Errors: REEL_NOMEM. */
int reel_pair_add(struct reel_pair **first, const char *name, const char *value,
                  size_t value_bytes);

/* The value of the first pair of that name; NULL: none. */
const char *reel_pair_find(const struct reel_pair *first, const char *name);

void reel_pairs_free(struct reel_pair *first);

/* A part of a form. */
struct reel_form_part {
  struct reel_form_part *next;
  char *name;               /* not empty */
  char *filename;           /* as the client sent it, so any bytes, and no path; NULL: a field */
  struct reel_buffer value; /* of a field; no data when it is empty */
  char *path;               /* of a file; removed with the request unless it was moved */
};

void reel_form_part_free(struct reel_form_part *part);

/* What the host answers. */
struct reel_server_answer {
  unsigned status;           /* 0: nobody answered, which becomes 500 */
  struct reel_pair *headers; /* *given* */
  char *body;                /* *given*: from malloc */
  size_t body_bytes;
  char *file; /* *given*: from malloc; sent instead of a body. No regular file there: 404 */
};

struct reel_request {
  struct reel_op op;
  char *method;
  char *path;                /* decoded, without the query */
  struct reel_pair *headers; /* names in lower case */
  struct reel_pair *query;   /* decoded */
  struct reel_buffer body;
  char *body_file; /* holds the body instead; removed with the request unless it was moved */
  bool is_form;    /* the body is a form: its parts stand here instead, each name once */
  struct reel_form_part *parts;
  struct reel_server_answer answer; /* the host's to fill */

  /* The I/O thread's own. */
  struct reel_io *io;
  struct list queue; /* place among those that wait for an accept */
  bool is_handed_out;
  void *exchange; /* the connection's side; NULL once that has gone */
  FILE *spool;
};

/* Errors: REEL_NOMEM. */
int reel_request_new(const char *method, const char *path, size_t max_body_bytes,
                     struct reel_request **out);

/* Also removes the files of the body and of the parts. */
void reel_request_free(struct reel_request *request);

/* Opens a new file of mode 0600 for writing, under a random name in the folder. *Given*: fclose().
 * path_out is *given*: free(). [io] NULL: the folder takes no file, or out of memory. */
FILE *reel_request_open_file(const char *folder, char **path_out);

/* Adds to the body; above 64 KiB it goes to a new file in folder, unless that is NULL. [io]
 * Errors: REEL_TOO_LARGE, REEL_NOMEM, REEL_SYSTEM (the file). */
int reel_request_receive(struct reel_request *request, const char *folder, const char *bytes,
                         size_t size);

/* Says that the body is whole. [io] Errors: REEL_SYSTEM. */
int reel_request_complete(struct reel_request *request);

#endif

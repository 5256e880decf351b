/* A request and the answer to it. Its body is in memory, in a file or, for a form, in parts.
 *
 * A request is also an operation. The I/O thread makes it; the host reads it, fills the answer and
 * posts it back. Posting needs no memory, so the garbage collector can always return a request that
 * the host did not answer. */
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

/* Adds a pair with copies of name and value at the front of the list. A NULL value counts as empty.
 * Errors: REEL_NOMEM. */
int reel_pair_add(struct reel_pair **first, const char *name, const char *value,
                  size_t value_bytes);

/* The value of the first pair of that name, whose case does not count; NULL: there is none. */
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
  unsigned status;           /* 0: the host gave no answer; the client gets 500 */
  struct reel_pair *headers; /* *given* */
  char *body;                /* *given*: from malloc */
  size_t body_bytes;
  char *file; /* *given*: from malloc; the path of a file that is sent instead of a body. The client
                 gets 404 if there is no regular file. */
};

struct reel_request {
  struct reel_op op;
  char *method;
  char *path;                /* decoded, without the query */
  struct reel_pair *headers; /* names in lower case */
  struct reel_pair *query;   /* decoded */
  struct reel_buffer body;
  char *body_file; /* path of a file that holds the body instead; removed with the request unless it
                      was moved */
  bool is_form;    /* the body is a form, which is here as parts instead; each name occurs once */
  struct reel_form_part *parts;
  struct reel_server_answer answer; /* the host fills it */

  /* The rest is for the I/O thread alone. */
  struct reel_io *io;
  struct list queue; /* its place among the requests that no accept has taken */
  bool is_handed_out;
  void *exchange; /* the server's record of this request; NULL once the connection has ended */
  FILE *spool;    /* open while the body goes to body_file */
};

/* Errors: REEL_NOMEM. */
int reel_request_new(const char *method, const char *path, size_t max_body_bytes,
                     struct reel_request **out);

/* Frees the request and removes the files of its body and of its parts. */
void reel_request_free(struct reel_request *request);

/* Opens a new file of mode 0600 for writing, under a random name in the folder. *Given*: fclose().
 * path_out is *given*: free(). [io] NULL: the folder takes no file, or out of memory. */
FILE *reel_request_open_file(const char *folder, char **path_out);

/* Adds bytes to the body. A body above 64 KiB is moved to a new file in the folder, unless folder
 * is NULL. [io] Errors: REEL_TOO_LARGE, REEL_NOMEM, REEL_SYSTEM (the file). */
int reel_request_receive(struct reel_request *request, const char *folder, const char *bytes,
                         size_t size);

/* Says that the body is whole. [io] Errors: REEL_SYSTEM. */
int reel_request_complete(struct reel_request *request);

#endif

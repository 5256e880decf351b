/* How a file answers a GET: whole, a range of it, not modified, or not at all (RFC 9110). */
#ifndef REEL_FILE_ANSWER_H
#define REEL_FILE_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

/* What the request's headers ask for; NULL for a header that it lacks. */
struct reel_file_wish {
  bool is_get; /* Range is ignored for other methods */
  const char *range;
  const char *if_range;
  const char *if_none_match;
};

struct reel_file_answer {
  unsigned status; /* 200, 206, 304, 404, 416 */
  int fd;          /* with 200 and 206, *given*: close(); else -1 */
  uint64_t offset, length;
  char etag[64]; /* empty with 404, as is last_modified */
  char last_modified[32];
  char content_range[64]; /* set with 206 and 416, else empty */
};

/* Fills the answer. Only regular files are opened, and a symbolic link in the last part of the path
 * is not followed. [io] */
void reel_file_answer(const char *path, const struct reel_file_wish *wish,
                      struct reel_file_answer *out);

#endif

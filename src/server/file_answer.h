/* How a file answers a GET: whole, a range of it, not modified, or not at all (RFC 9110). */
#ifndef REEL_FILE_ANSWER_H
#define REEL_FILE_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

/* The request's headers; NULL where there is none. */
struct reel_file_wish {
  bool is_get; /* only then Range means something */
  const char *range;
  const char *if_range;
  const char *if_none_match;
};

struct reel_file_answer {
  unsigned status; /* 200, 206, 304, 404, 416 */
  int fd;          /* for 200 and 206, *given*: close(); else -1 */
  uint64_t offset, length;
  char etag[64]; /* empty with 404, like the next */
  char last_modified[32];
  char content_range[64]; /* for 206 and 416, else empty */
};

/* Opens regular files only, and follows no symbolic link in the last part of the path. */
void reel_file_answer(const char *path, const struct reel_file_wish *wish,
                      struct reel_file_answer *out);

#endif

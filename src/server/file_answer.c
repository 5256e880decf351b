#include "server/file_answer.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"

static int open_regular(const char *path, struct stat *out) {
  /* O_NONBLOCK: opening a FIFO must not wait for its writer. */
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -1;
  if (fstat(fd, out) == 0 && S_ISREG(out->st_mode)) return fd;
  close(fd);
  return -1;
}

/* strftime would use the names of the host's locale. */
static void write_date(time_t when, char *out, size_t size) {
  static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  struct tm t;
  if (!gmtime_r(&when, &t)) return;
  snprintf(out, size, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[t.tm_wday], t.tm_mday,
           months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static void describe(const struct stat *stat, struct reel_file_answer *out) {
  snprintf(out->etag, sizeof out->etag, "\"%jx-%jx-%jx.%lx\"", (uintmax_t)stat->st_ino,
           (uintmax_t)stat->st_size, (uintmax_t)stat->st_mtim.tv_sec, stat->st_mtim.tv_nsec);
  write_date(stat->st_mtim.tv_sec, out->last_modified, sizeof out->last_modified);
}

/* Whether a list of entity tags, which may be weak ones, contains this one. */
static bool lists_etag(const char *list, const char *etag) {
  if (strcmp(list, "*") == 0) return true;

  size_t length = strlen(etag);
  for (const char *at = list; (at = strstr(at, etag)); at += length) {
    const char *end = at + length;
    if (*end == '\0' || strchr(", \t", *end)) return true;
  }
  return false;
}

/* Reads the digits at *text and moves it to the first character after them. A number that is too
 * large becomes UINT64_MAX. */
static bool read_number(const char **text, uint64_t *out) {
  if (**text < '0' || **text > '9') return false;

  uint64_t number = 0;
  for (; **text >= '0' && **text <= '9'; ++*text) {
    unsigned digit = (unsigned)(**text - '0');
    number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
  }
  *out = number;
  return true;
}

/* Reads the n of a range "-n", which means the last n bytes. */
static int read_suffix(const char *text, uint64_t size, uint64_t *first, uint64_t *last) {
  uint64_t count;
  if (!read_number(&text, &count) || *text) return REEL_INVALID;
  if (count == 0 || size == 0) return REEL_TOO_LARGE;
  *first = count < size ? size - count : 0;
  *last = size - 1;
  return REEL_OK;
}

/* Errors: REEL_INVALID: the text is not a range that is served, as a list of several ranges, so the
 * whole file is the answer. REEL_TOO_LARGE: the range begins after the end of the file. */
static int read_range(const char *text, uint64_t size, uint64_t *first, uint64_t *last) {
  if (strncmp(text, "bytes=", 6) != 0) return REEL_INVALID;
  text += 6;
  if (*text == '-') return read_suffix(text + 1, size, first, last);

  uint64_t from, to = UINT64_MAX;
  if (!read_number(&text, &from) || *text++ != '-') return REEL_INVALID;
  if (*text && (!read_number(&text, &to) || *text || to < from)) return REEL_INVALID;
  if (from >= size) return REEL_TOO_LARGE;
  *first = from;
  *last = to < size ? to : size - 1;
  return REEL_OK;
}

static bool wants_range(const struct reel_file_wish *wish, const struct reel_file_answer *file) {
  if (!wish->is_get || !wish->range) return false;
  return !wish->if_range || strcmp(wish->if_range, file->etag) == 0 ||
         strcmp(wish->if_range, file->last_modified) == 0;
}

static void apply_range(const char *range, uint64_t size, struct reel_file_answer *out) {
  uint64_t first, last;
  switch (read_range(range, size, &first, &last)) {
    case REEL_OK:
      out->status = 206;
      out->offset = first;
      out->length = last - first + 1;
      snprintf(out->content_range, sizeof out->content_range,
               "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first, last, size);
      break;
    case REEL_TOO_LARGE:
      out->status = 416;
      snprintf(out->content_range, sizeof out->content_range, "bytes */%" PRIu64, size);
      break;
  }
}

void reel_file_answer(const char *path, const struct reel_file_wish *wish,
                      struct reel_file_answer *out) {
  *out = (struct reel_file_answer){.status = 404, .fd = -1};
  struct stat stat;
  int fd = open_regular(path, &stat);
  if (fd < 0) return;

  describe(&stat, out);
  out->status = 200;
  out->length = (uint64_t)stat.st_size;
  if (wish->if_none_match && lists_etag(wish->if_none_match, out->etag))
    out->status = 304;
  else if (wants_range(wish, out))
    apply_range(wish->range, out->length, out);

  if (out->status == 304 || out->status == 416)
    close(fd);
  else
    out->fd = fd;
}

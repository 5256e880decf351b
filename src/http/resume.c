#include "http/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK_BYTES (REEL_VALIDATOR_SIZE + 64)

/* Reads the id that the kernel gives to each boot of the machine; "" if there is none. */
static void read_boot_id(char *out, size_t size) {
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  ssize_t length = fd >= 0 ? read(fd, out, size - 1) : 0;
  if (fd >= 0) close(fd);
  out[length > 0 ? length : 0] = '\0';
  out[strcspn(out, "\n")] = '\0';
}

static char *mark_name(const struct reel_part *part) {
  char *name;
  return asprintf(&name, "%s.meta", part->part_name) < 0 ? NULL : name;
}

/* Only a regular file of one name is opened, since another may be a file that reel did not make. */
static int open_mark(const struct reel_part *part, int flags) {
  char *name = mark_name(part);
  struct stat info;
  flags |= O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  int fd = name ? openat(part->folder, name, flags, 0666) : -1;
  free(name);
  if (fd < 0) return -1;
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1) return fd;
  close(fd);
  return -1;
}

/* The file has two lines: the id of the boot and the validator. */
bool reel_resume_read(const struct reel_part *part, char validator[REEL_VALIDATOR_SIZE]) {
  char boot[64], text[MARK_BYTES];
  int fd = open_mark(part, O_RDONLY);
  if (fd < 0) return false;
  ssize_t size = read(fd, text, sizeof text - 1);
  close(fd);
  text[size > 0 ? size : 0] = '\0';

  char *line = strchr(text, '\n'), *end = line ? strchr(line + 1, '\n') : NULL;
  if (!end || end - line > REEL_VALIDATOR_SIZE) return false;
  *line++ = *end = '\0';
  read_boot_id(boot, sizeof boot);
  if (strcmp(text, boot) != 0) return false;
  memcpy(validator, line, (size_t)(end - line) + 1);
  return true;
}

bool reel_resume_write(const struct reel_part *part, const char *validator) {
  char boot[64], text[MARK_BYTES];
  read_boot_id(boot, sizeof boot);
  int size = snprintf(text, sizeof text, "%s\n%s\n", boot, validator);
  int fd = open_mark(part, O_WRONLY | O_CREAT);
  if (fd < 0) return false;
  bool is_written = ftruncate(fd, 0) == 0 && write(fd, text, (size_t)size) == size;
  close(fd);
  return is_written;
}

void reel_resume_forget(const struct reel_part *part) {
  char *name = mark_name(part);
  if (name) unlinkat(part->folder, name, 0);
  free(name);
}

/* Reads a number that is followed by the byte `next`, and moves *text after both. */
static bool read_number(const char **text, char next, uint64_t *out) {
  char *end;
  if (**text < '0' || **text > '9') return false;
  errno = 0;
  *out = strtoumax(*text, &end, 10);
  if (errno || *end != next) return false;
  *text = end + (next != '\0');
  return true;
}

bool reel_resume_fits(const char *content_range, uint64_t start, uint64_t *total) {
  uint64_t first, last, size;
  if (!content_range || strncmp(content_range, "bytes ", 6) != 0) return false;
  const char *text = content_range + 6;
  if (!read_number(&text, '-', &first) || !read_number(&text, '/', &last) ||
      !read_number(&text, '\0', &size))
    return false;
  if (first != start || size == 0 || last != size - 1 || first > last) return false;
  *total = size;
  return true;
}

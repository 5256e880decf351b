#include "base/message.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { MAX_BYTES = 8000 };

/* C1 controls are U+0080 to U+009F; the marks of direction are U+202A to U+202E and U+2066 to
 * U+2069. */
static bool is_printable(const unsigned char *text, size_t length) {
  if (length == 1) return text[0] >= 0x20 && text[0] != 0x7f;
  if (length == 2) return text[0] != 0xc2 || text[1] >= 0xa0;
  if (length != 3 || text[0] != 0xe2) return true;
  bool is_mark = (text[1] == 0x80 && text[2] >= 0xaa && text[2] <= 0xae) ||
                 (text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9);
  return !is_mark;
}

static bool is_white(unsigned char byte) {
  return byte == '\t' || byte == '\n' || byte == '\r';
}

char *reel_printable(const char *bytes, size_t size, char *out, size_t out_size) {
  const unsigned char *text = (const unsigned char *)bytes;
  size_t written = 0;
  for (size_t at = 0, length; at < size; at += length ? length : 1) {
    length = reel_utf8_length(text + at, size - at);
    bool is_kept = length > 0 && is_printable(text + at, length);
    size_t needed = is_kept ? length : 1;
    if (written + needed >= out_size) break;
    if (is_kept)
      memcpy(out + written, text + at, length);
    else
      out[written] = is_white(text[at]) ? ' ' : '?';
    written += needed;
  }
  out[written] = '\0';
  return out;
}

/* What stands before a line, which may lose its first byte for it. */
static const char *indent_of(const char **line, bool is_first) {
  if (is_first || **line == ' ') return "";
  if (**line != '\t') return "  ";
  ++*line;
  return "    ";
}

void reel_message(const char *format, ...) {
  char message[MAX_BYTES + 1], line[MAX_BYTES + 1];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  for (const char *at = message; at;) {
    const char *end = strchr(at, '\n');
    const char *indent = indent_of(&at, at == message);
    size_t size = end ? (size_t)(end - at) : strlen(at);
    fprintf(stderr, "%s%s\n", indent, reel_printable(at, size, line, sizeof line));
    at = end ? end + 1 : NULL;
  }
}

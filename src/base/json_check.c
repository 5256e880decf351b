#include "base/json_check.h"

#include <stdbool.h>

#include "base/utf8.h"

static bool is_control(unsigned char byte) {
  return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
}

struct scan {
  bool in_string, is_escaped;
  unsigned depth, deepest;
  size_t deepest_at;
};

static void track_depth(struct scan *scan, unsigned char byte, size_t at) {
  if (scan->in_string) {
    if (byte == '"' && !scan->is_escaped) scan->in_string = false;
    scan->is_escaped = byte == '\\' && !scan->is_escaped;
  } else if (byte == '"') {
    scan->in_string = true;
  } else if (byte == '[' || byte == '{') {
    if (++scan->depth <= scan->deepest) return;
    scan->deepest = scan->depth;
    scan->deepest_at = at;
  } else if ((byte == ']' || byte == '}') && scan->depth > 0) {
    scan->depth--;
  }
}

enum reel_json_fault reel_json_check(const char *text, size_t size, unsigned max_depth,
                                     size_t *out) {
  const unsigned char *bytes = (const unsigned char *)text;
  struct scan scan = {0};
  size_t control_at = size;
  for (size_t at = 0, length; at < size; at += length) {
    length = reel_utf8_length(bytes + at, size - at);
    *out = at;
    if (length == 0) return REEL_JSON_UTF8;
    if (control_at == size && is_control(bytes[at])) control_at = at;
    if (scan.deepest <= max_depth) track_depth(&scan, bytes[at], at);
  }
  *out = control_at;
  if (control_at < size) return REEL_JSON_CONTROL;
  *out = scan.deepest_at;
  return scan.deepest > max_depth ? REEL_JSON_DEEP : REEL_JSON_FINE;
}

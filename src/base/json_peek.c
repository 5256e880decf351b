#include "base/json_peek.h"

#include <string.h>

#include "base/status.h"

enum { MAX_DEPTH = 64 };

struct peek {
  const char *at, *end;
  const char *const *paths;
  size_t count;
  struct reel_json_value *out;
  unsigned depth;
};

/* The name of a member, and the member around it: from the innermost outward. */
struct step {
  const char *name;
  size_t size;
  const struct step *outer;
};

static bool read_value(struct peek *peek, const struct step *step);

static void skip_space(struct peek *peek) {
  while (peek->at < peek->end && strchr(" \t\r\n", *peek->at) && *peek->at) peek->at++;
}

static bool skip_char(struct peek *peek, char wanted) {
  skip_space(peek);
  if (peek->at == peek->end || *peek->at != wanted) return false;
  peek->at++;
  return true;
}

/* Reads a string whose opening quote has been read. */
static bool read_string(struct peek *peek, struct reel_json_value *out) {
  const char *start = peek->at;
  for (; peek->at < peek->end && *peek->at != '"'; peek->at++)
    if (*peek->at == '\\' && ++peek->at == peek->end) return false;
  if (peek->at >= peek->end) return false;
  *out = (struct reel_json_value){start, (size_t)(peek->at++ - start), true};
  return true;
}

/* Reads a number, true, false or null. Whether it is a valid one is left to the caller of
 * reel_json_peek. */
static bool read_word(struct peek *peek, struct reel_json_value *out) {
  const char *start = peek->at;
  while (peek->at < peek->end && *peek->at && !strchr(",]} \t\r\n", *peek->at)) peek->at++;
  *out = (struct reel_json_value){start, (size_t)(peek->at - start), false};
  return out->size > 0;
}

/* Compares the path with the names of the members, from the innermost outward. */
static bool leads_to(const struct step *step, const char *path) {
  for (size_t left = strlen(path); step; step = step->outer) {
    if (left < step->size || memcmp(path + left - step->size, step->name, step->size) != 0)
      return false;
    left -= step->size;
    if (left == 0) return !step->outer;
    if (path[--left] != '.') return false;
  }
  return false;
}

static void store_wanted(struct peek *peek, const struct step *step, struct reel_json_value value) {
  for (size_t i = 0; i < peek->count; i++)
    if (leads_to(step, peek->paths[i])) peek->out[i] = value;
}

static bool read_member(struct peek *peek, const struct step *outer) {
  struct reel_json_value name;
  if (!skip_char(peek, '"') || !read_string(peek, &name) || !skip_char(peek, ':')) return false;
  return read_value(peek, &(struct step){name.text, name.size, outer});
}

static bool read_item(struct peek *peek, const struct step *outer) {
  return read_value(peek, &(struct step){"", 0, outer}); /* no path leads into an array */
}

static bool read_list(struct peek *peek, const struct step *step, char end,
                      bool (*read)(struct peek *, const struct step *)) {
  if (skip_char(peek, end)) return true;
  do {
    if (!read(peek, step)) return false;
  } while (skip_char(peek, ','));
  return skip_char(peek, end);
}

static bool read_value(struct peek *peek, const struct step *step) {
  struct reel_json_value value = {0};
  if (peek->depth++ == MAX_DEPTH) return false;
  bool is_fine = skip_char(peek, '{')   ? read_list(peek, step, '}', read_member)
                 : skip_char(peek, '[') ? read_list(peek, step, ']', read_item)
                 : skip_char(peek, '"') ? read_string(peek, &value)
                                        : read_word(peek, &value);
  peek->depth--;
  store_wanted(peek, step, value);
  return is_fine;
}

int reel_json_peek(const char *text, size_t size, const char *const *paths, size_t count,
                   struct reel_json_value *out) {
  struct peek peek = {text, text + size, paths, count, out, 0};
  for (size_t i = 0; i < count; i++) out[i] = (struct reel_json_value){0};
  if (!read_value(&peek, NULL)) return REEL_INVALID;
  skip_space(&peek);
  return peek.at == peek.end ? REEL_OK : REEL_INVALID;
}

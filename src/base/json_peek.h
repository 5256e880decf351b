/* Reads a few values out of a JSON text without decoding all of it. A poll reads its answers with
 * it, since they come often and seldom change. Whatever needs the whole text uses lua-cjson. */
#ifndef REEL_JSON_PEEK_H
#define REEL_JSON_PEEK_H

#include <stdbool.h>
#include <stddef.h>

struct reel_json_value {
  const char *text; /* *borrowed* from the JSON; NULL: there is no such value */
  size_t size;      /* a string is without its quotes, and its escapes are not decoded */
  bool is_string;
};

/* Finds the value of each path; "data.state" means the member `state` of the object `data`. When a
 * name occurs twice in an object, the last one counts, as for lua-cjson. Objects and arrays do not
 * count as values. The text may be any bytes. It is read in one pass, and no memory is allocated.
 *
 * paths   `count` of them
 * out     `count` values, in the order of the paths; undefined after an error
 * [any] Errors: REEL_INVALID (the text is not JSON, or is nested deeper than 64 levels). */
int reel_json_peek(const char *text, size_t size, const char *const *paths, size_t count,
                   struct reel_json_value *out);

#endif

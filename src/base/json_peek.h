/* Reads a few values out of a JSON text without building it: for news that are looked at often and
 * are seldom more than a word and a number. lua-cjson reads whatever is more. */
#ifndef REEL_JSON_PEEK_H
#define REEL_JSON_PEEK_H

#include <stdbool.h>
#include <stddef.h>

struct reel_json_value {
  const char *text; /* *borrowed* from the JSON; NULL: there is none */
  size_t size;      /* of a string: without its quotes, and with its escapes as they stand */
  bool is_string;
};

/* Finds the value of each path ("data.state": a member of an object that is a member). Of equal
 * names the last one counts, as for lua-cjson. Values that are objects or arrays are none.
 * Takes any bytes, one pass, no memory. [any]
 * Errors: REEL_INVALID: no JSON, or nested too deeply; out is undefined then. */
int reel_json_peek(const char *text, size_t size, const char *const *paths, size_t count,
                   struct reel_json_value *out);

#endif

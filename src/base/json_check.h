/* Checks JSON text before anything is built from it. */
#ifndef REEL_JSON_CHECK_H
#define REEL_JSON_CHECK_H

#include <stddef.h>

enum reel_json_fault {
  REEL_JSON_FINE,
  REEL_JSON_UTF8,    /* bytes that are not UTF-8 (RFC 3629) */
  REEL_JSON_CONTROL, /* a control byte other than tab, line feed and carriage return */
  REEL_JSON_DEEP,    /* more than max_depth levels of arrays and objects */
};

/* Returns the first kind of fault, in the order above, that the text has; `out` gets the offset of
 * the first one of that kind, in bytes. The text may be any bytes. It is read in one pass, and no
 * memory is allocated. [any] */
enum reel_json_fault reel_json_check(const char *text, size_t size, unsigned max_depth,
                                     size_t *out);

#endif

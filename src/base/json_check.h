/* Looks at JSON text before anything is built from it. */
#ifndef REEL_JSON_CHECK_H
#define REEL_JSON_CHECK_H

#include <stddef.h>

enum reel_json_fault {
  REEL_JSON_FINE,
  REEL_JSON_UTF8,    /* bytes that are no UTF-8 (RFC 3629) */
  REEL_JSON_CONTROL, /* a control byte other than tab, line feed and carriage return */
  REEL_JSON_DEEP,    /* more than max_depth levels of arrays and objects */
};

/* The first fault of each sort counts, in the order above. out: its offset. Takes any bytes, one
 * pass, no memory. [any] */
enum reel_json_fault reel_json_check(const char *text, size_t size, unsigned max_depth,
                                     size_t *out);

#endif

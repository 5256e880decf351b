/* UTF-8, as RFC 3629 defines it. */
#ifndef REEL_BASE_UTF8_H
#define REEL_BASE_UTF8_H

#include <stddef.h>

/* The length of the sequence at the beginning of `text`, whose size is at least 1; 0 if there is no
 * valid one. */
size_t reel_utf8_length(const unsigned char *text, size_t size);

#endif

/* Writing to a file until all is written. */
#ifndef REEL_WRITE_H
#define REEL_WRITE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes all bytes, also when signals interrupt it. Returns false with errno set if that fails;
 * some of the bytes may have been written. [any] */
bool reel_write_all(int fd, const void *bytes, size_t size);

#endif

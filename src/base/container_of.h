/* Turns a pointer to a member of a struct into one to the struct:
 * `CONTAINER_OF(timer, struct reel_copy, timer)`. */
#ifndef REEL_CONTAINER_OF_H
#define REEL_CONTAINER_OF_H

#include <stddef.h>

#define CONTAINER_OF(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#endif

/* The compiled Lua files of lua/reel as C data, so that the program needs no Lua files at run time.
 * src/host/embed.lua writes the definition at build time. */
#ifndef REEL_EMBEDDED_H
#define REEL_EMBEDDED_H

#include <stddef.h>

struct reel_embedded {
  const char *name; /* the argument of require, such as "reel.cli.run"; NULL ends the table */
  const char *code; /* the result of string.dump */
  size_t size;      /* of code, in bytes */
};

/* Sorted by name. */
extern const struct reel_embedded reel_embedded[];

#endif

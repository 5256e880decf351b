/* The compiled Lua files of lua/reel and of the Lua libraries that reel needs as C data, so that
 * the program needs no Lua files at run time. src/host/embed.lua writes the definitions at build
 * time. */
#ifndef REEL_EMBEDDED_H
#define REEL_EMBEDDED_H

#include <stddef.h>

struct reel_embedded {
  const char *name; /* the argument of require, such as "reel.cli.run"; NULL ends the table */
  const char *code; /* the result of string.dump */
  size_t size;      /* of code, in bytes */
};

/* Both are sorted by name. The libraries are for the Lua states that reel makes itself: a host's
 * state has the host's. */
extern const struct reel_embedded reel_embedded[], reel_embedded_libraries[];

#endif

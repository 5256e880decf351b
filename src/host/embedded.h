/* The Lua files of lua/reel, compiled, as data, so that the program needs none beside it.
 * src/host/embed.lua writes the definition at build time. */
#ifndef REEL_EMBEDDED_H
#define REEL_EMBEDDED_H

#include <stddef.h>

struct reel_embedded {
  const char *name; /* as require takes it: "reel.cli.run"; NULL ends the table */
  const char *code; /* as string.dump gives it */
  size_t size;      /* of code, in bytes */
};

/* Sorted by name. */
extern const struct reel_embedded reel_embedded[];

#endif

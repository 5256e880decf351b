/* Messages to people on stderr, for code that has no Lua at hand. They may quote answers and errors
 * of scripts, and a terminal would obey what stands in these; lua/reel/base/output.lua is the
 * counterpart for everything else. */
#ifndef REEL_BASE_MESSAGE_H
#define REEL_BASE_MESSAGE_H

#include <stddef.h>

/* Prints lines, formatted as by printf, and ends the last one. Line ends are kept, and the lines
 * after the first are indented, so that none looks like a message of its own; those of a traceback
 * begin with a tab, which becomes four spaces. Other controls, marks that change the direction of
 * text and bytes that are no UTF-8 become '?'. A message of more than 8,000 bytes
 * is cut. Allocates nothing. [any] */
void reel_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Copies bytes as one printable line: line ends become spaces, the rest is as above. Writes at most
 * out_size bytes, the zero byte at the end included, and returns out. [any] */
char *reel_printable(const char *bytes, size_t size, char *out, size_t out_size);

#endif

/* Opens a TCP socket that listens. */
#ifndef REEL_LISTEN_H
#define REEL_LISTEN_H

#include <stdint.h>

/* host        a numeric address, v4 or v6
 * port        0 takes any free port
 * fd_out      *given*: close()
 * port_out    the port that the socket has
 * Errors: REEL_INVALID (the address), REEL_BUSY (the port is in use), REEL_SYSTEM. */
int reel_listen(const char *host, uint16_t port, int *fd_out, uint16_t *port_out);

#endif

/* HTTP on the I/O thread: one curl multi handle, which is also what the loop waits with. */
#ifndef REEL_HTTP_H
#define REEL_HTTP_H

struct pollfd;
struct reel_http;
struct reel_io;

/* Errors: REEL_NOMEM, REEL_SYSTEM. [host], before the I/O thread starts */
int reel_http_new(struct reel_io *io, struct reel_http **out);

/* After the I/O thread has ended. [host] */
void reel_http_free(struct reel_http *http);

/* Waits until a transfer, one of fds or the timeout wants attention, moves all transfers on and
 * ends those that are finished. Fills revents with the bits of poll(2). A negative timeout waits
 * without limit. [io] Errors: REEL_SYSTEM. */
int reel_http_wait(struct reel_http *http, struct pollfd *fds, unsigned count, int timeout_ms);

/* Makes a present or the next reel_http_wait return at once. [any] */
void reel_http_wakeup(struct reel_http *http);

#endif

/* The I/O thread: one per runtime. It runs transfers, listeners, child processes and timers in a
 * single curl_multi_poll loop, so that the host's thread never waits for anything.
 *
 * Work passes between the two threads as *operations*, in two queues. An operation belongs to one
 * thread at a time: the host fills and posts it, the I/O thread works on it and finishes it, the
 * host takes it back. Nothing else is shared.
 *
 * Each function says where it may be called: [host] the thread that owns the runtime, [io] the
 * I/O thread (inside a start, cancel, fire or ready function), [any] anywhere. */
#ifndef REEL_IO_H
#define REEL_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

struct pollfd;
struct reel_io;
struct reel_op;

struct reel_op_type {
  const char *name;
  /* [io] Starts the work. The work ends, now or later, with exactly one reel_io_finish(). */
  void (*start)(struct reel_io *io, struct reel_op *op);
  /* [io] Stops the work; must call reel_io_finish(io, op, REEL_CANCELLED) before it returns.
   * Called at most once, only between start and finish. */
  void (*cancel)(struct reel_io *io, struct reel_op *op);
  /* Frees the operation, also one that never started. Called by the thread that owns it then. */
  void (*free)(struct reel_op *op);
  /* reel_io_cancel() has no effect on it; only reel_io_free() cancels it, after the grace. */
  bool keeps_running;
};

/* The first member of every operation. The function that makes the operation sets `type` and may
 * set `patience_ms`; the rest starts as zero. */
struct reel_op {
  const struct reel_op_type *type;
  uint64_t patience_ms;     /* how long its start may wait until the I/O thread is awake anyway */
  uint64_t posted_ms;       /* on the clock of reel_io_now_ms */
  int status;               /* REEL_OK or why it failed; written by reel_io_finish */
  void *waiter;             /* for the host alone */
  struct list queue;        /* its link in the queue or list that holds it */
  struct list cancel_queue; /* its link among those to be cancelled; guarded by the queue lock */
  bool returned;            /* guarded by the queue lock */
  bool finished;            /* for the I/O thread alone */
};

/* What the loop waits with. The HTTP client (http/client.h) is the driver: it waits for its
 * transfers and for the loop's descriptors at once. The loop knows it by these functions alone. */
struct reel_io_driver {
  /* [host] Called before the thread starts. Errors: REEL_NOMEM, REEL_SYSTEM. */
  int (*open)(struct reel_io *io, void **out);
  /* [host] Called after the thread has ended. The driver may be NULL. */
  void (*close)(void *driver);
  /* [io] Waits until a transfer goes on, one of fds is ready or the timeout is over, and fills
   * revents with the bits of poll(2). Transfers go on even when the wait fails; then revents are
   * left as they were, and the loop waits by itself, for at most 100 ms.
   * Errors: REEL_NOMEM, REEL_SYSTEM. */
  int (*wait)(void *driver, struct pollfd *fds, unsigned count, int timeout_ms);
  /* [any] Makes the current wait return at once; the next one if there is none. */
  void (*wakeup)(void *driver);
};

/* Starts the thread. `driver` is *borrowed* until reel_io_free(). [host] Errors: REEL_NOMEM,
 * REEL_SYSTEM. */
int reel_io_new(const struct reel_io_driver *driver, struct reel_io **out);

/* Ends the thread: operations that keep running get grace_ms to end, the others are cancelled at
 * once. Frees every operation that was not taken back. NULL-safe. [host] */
void reel_io_free(struct reel_io *io, int grace_ms);

/* Passes op to the I/O thread, which starts operations in the order in which they were posted, at
 * once or within their patience. *Given*: the host must not touch op until it comes back through
 * reel_io_take(). [host] */
void reel_io_post(struct reel_io *io, struct reel_op *op);

/* Asks the I/O thread to cancel a posted op. It comes back in any case: cancelled, or done if it
 * ended before. [host] */
void reel_io_cancel(struct reel_io *io, struct reel_op *op);

/* Takes back all finished operations: they are appended to `out` by their `queue` link, the oldest
 * first. [host] */
void reel_io_take(struct reel_io *io, struct list *out);

/* A descriptor that is readable whenever reel_io_take() has something to return. *Borrowed* until
 * reel_io_free(). [any] */
int reel_io_fd(const struct reel_io *io);

/* Whether the fd is readable, or is about to be. [host] */
bool reel_io_is_notified(const struct reel_io *io);

/* Makes the fd readable, as if an operation had come back. Async-signal-safe. [any] */
void reel_io_notify(struct reel_io *io);

/* Sets the function that the I/O thread calls each time it makes the fd readable, and that
 * reel_io_call_wakeup() calls. NULL: none. Once this has returned, no thread is still inside the
 * function that was set before. [host] */
void reel_io_set_wakeup(struct reel_io *io, void (*wakeup)(void *data), void *data);

/* Calls the wakeup function after reel_io_notify(), which does not call it. [host] */
void reel_io_call_wakeup(struct reel_io *io);

/* The system's id of the I/O thread. [any] */
int reel_io_thread_id(const struct reel_io *io);

/* Returns op to the host with a status. [io] */
void reel_io_finish(struct reel_io *io, struct reel_op *op, int status);

/* What the driver's open returned. [io] */
void *reel_io_driver_state(const struct reel_io *io);

/* Milliseconds of the monotonic clock. [any] */
uint64_t reel_io_now_ms(void);

/* Microseconds of the same clock. [any] */
uint64_t reel_io_now_us(void);

/* Milliseconds since 1970. [any] */
int64_t reel_io_epoch_ms(void);

/* For specs: moves these three clocks ahead, for the rest of the process. Timers of io that are
 * then due fire at once. Times that the system and libcurl measure are not changed. [host] */
void reel_io_advance(struct reel_io *io, uint64_t us);

/* A timer is part of its owner's struct; a zeroed one is not set. */
struct reel_timer {
  void (*fire)(struct reel_timer *timer); /* [io] the timer is unset again when this is called */
  uint64_t due_ms;
  uint64_t number;   /* counts all timers, so that those due at once fire in the order of setting */
  size_t heap_index; /* its index in the heap + 1; 0 when not set */
};

/* Sets a timer, or moves one that is set. *Borrowed* until it fires or is cleared. [io]
 * Errors: REEL_NOMEM. */
int reel_io_timer_set(struct reel_io *io, struct reel_timer *timer, uint64_t delay_ms);

/* Safe on a timer that is not set. [io] */
void reel_io_timer_clear(struct reel_io *io, struct reel_timer *timer);

/* A file descriptor that the loop waits for. The watch is part of its owner's struct. */
struct reel_watch {
  int fd;
  short events;                                           /* POLLIN, POLLOUT */
  void (*ready)(struct reel_watch *watch, short revents); /* [io] may unwatch itself and others */
  struct list link;                                       /* in the loop's list of watches */
};

/* Watches the descriptor. *Borrowed* until reel_io_unwatch(). [io] */
void reel_io_watch(struct reel_io *io, struct reel_watch *watch);

/* Safe on a watch that is not watched. [io] */
void reel_io_unwatch(struct reel_io *io, struct reel_watch *watch);

/* Makes an operation that ends with REEL_OK after delay_ms. *Given*: post it, or free it with
 * type->free. NULL: out of memory. [host] */
struct reel_op *reel_io_sleep_new(uint64_t delay_ms);

#endif

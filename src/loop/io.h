/* The I/O thread: one per runtime. It runs transfers, listeners, child processes and timers in a
 * single curl_multi_poll loop, so that the host's thread never waits for anything.
 *
 * Work crosses between the two threads as *operations*, in two queues. An operation belongs to one
 * side at a time: the host fills and posts it, the I/O thread works on it and finishes it, the host
 * takes it back. Nothing else is shared.
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
  /* [io] Begins the work. Ends it, now or later, by exactly one reel_io_finish(). */
  void (*start)(struct reel_io *io, struct reel_op *op);
  /* [io] Gives the work up; must call reel_io_finish(io, op, REEL_CANCELLED) before it returns.
   * Called at most once, only between start and finish. */
  void (*cancel)(struct reel_io *io, struct reel_op *op);
  /* Frees the operation. Called by the side that owns it then; also when it never started. */
  void (*free)(struct reel_op *op);
  /* reel_io_cancel() leaves it alone; only the end of the I/O thread, after its grace, ends it. */
  bool keeps_running;
};

/* First member of every operation. `type` is set by the maker, who may set `patience_ms`; the rest
 * starts as zero. */
struct reel_op {
  const struct reel_op_type *type;
  uint64_t patience_ms;     /* it may start so much later, when the I/O thread is awake anyway */
  uint64_t posted_ms;       /* on the clock of reel_io_now_ms */
  int status;               /* REEL_OK or why it failed; written by reel_io_finish */
  void *waiter;             /* the host's own, never read by the I/O thread */
  struct list queue;        /* place in the queue or list it is in */
  struct list cancel_queue; /* place among those to be cancelled; guarded by the queue lock */
  bool returned;            /* guarded by the queue lock */
  bool finished;            /* the I/O thread's */
};

/* What the loop waits in: the HTTP client (http/client.h), which waits for its transfers and for
 * the loop's descriptors at once. The loop knows it by these functions alone. */
struct reel_io_driver {
  /* [host] Before the thread starts. Errors: REEL_NOMEM, REEL_SYSTEM. */
  int (*open)(struct reel_io *io, void **out);
  /* [host] After the thread has ended; NULL is fine. */
  void (*close)(void *driver);
  /* [io] Waits until a transfer, one of fds or the timeout wants attention; fills revents with the
   * bits of poll(2). Transfers go on even where the wait failed, with revents left as they are; the
   * loop then waits by itself, for 100 ms at most. Errors: REEL_NOMEM, REEL_SYSTEM. */
  int (*wait)(void *driver, struct pollfd *fds, unsigned count, int timeout_ms);
  /* [any] Makes a present or the next wait return at once. */
  void (*wakeup)(void *driver);
};

/* Starts the thread. `driver` is *borrowed* until reel_io_free(). [host] Errors: REEL_NOMEM,
 * REEL_SYSTEM. */
int reel_io_new(const struct reel_io_driver *driver, struct reel_io **out);

/* Ends the thread: operations that keep running get grace_ms to end, the rest is cancelled at once.
 * Frees every operation that was not taken back. [host] */
void reel_io_free(struct reel_io *io, int grace_ms);

/* Hands op to the I/O thread, which starts it in the order of posts, at once or within its
 * patience. *Given*: until it comes back through reel_io_take() the host must not touch it. [host]
 */
void reel_io_post(struct reel_io *io, struct reel_op *op);

/* Asks for a posted op back soon. It comes back either way: cancelled, or done if that was
 * quicker. [host] */
void reel_io_cancel(struct reel_io *io, struct reel_op *op);

/* Takes back all finished operations: they are appended to `out`, oldest first, by their `queue`.
 * [host] */
void reel_io_take(struct reel_io *io, struct list *out);

/* Readable whenever reel_io_take() has something to return. *Borrowed* until reel_io_free. [any] */
int reel_io_fd(const struct reel_io *io);

/* Whether the fd is readable, or is about to be. [host] */
bool reel_io_is_notified(const struct reel_io *io);

/* Makes the fd readable, as if an operation had come back. Async-signal-safe. [any] */
void reel_io_notify(struct reel_io *io);

/* Called each time the I/O thread makes the fd readable, on that thread; also by
 * reel_io_call_wakeup(). Once this has returned, nobody is inside the function before. NULL turns
 * it off. [host] */
void reel_io_set_wakeup(struct reel_io *io, void (*wakeup)(void *data), void *data);

/* For what the host does itself: reel_io_notify() does not call. [host] */
void reel_io_call_wakeup(struct reel_io *io);

/* The system's id of the I/O thread. [any] */
int reel_io_thread_id(const struct reel_io *io);

/* Returns op to the host with a status. [io] */
void reel_io_finish(struct reel_io *io, struct reel_op *op, int status);

/* What the driver's open made. [io] */
void *reel_io_driver_state(const struct reel_io *io);

/* Monotonic milliseconds, and microseconds. [any] */
uint64_t reel_io_now_ms(void);
uint64_t reel_io_now_us(void);

/* Milliseconds since 1970. [any] */
int64_t reel_io_epoch_ms(void);

/* Moves all of these clocks ahead for the rest of the process, for specs: the timers of io that are
 * due by then fire at once. What the system and libcurl measure by themselves stays. [host] */
void reel_io_advance(struct reel_io *io, uint64_t us);

/* A timer lives in its owner's struct; zeroed means not set. */
struct reel_timer {
  void (*fire)(struct reel_timer *timer); /* [io] the timer is unset again when this is called */
  uint64_t due_ms;
  uint64_t number;   /* of all that were set: equal timers fire in the order they were set */
  size_t heap_index; /* its index in the heap + 1; 0 when not set */
};

/* Sets, or moves, a timer. [io] Errors: REEL_NOMEM. */
int reel_io_timer_set(struct reel_io *io, struct reel_timer *timer, uint64_t delay_ms);
void reel_io_timer_clear(struct reel_io *io, struct reel_timer *timer);

/* A file descriptor that the loop waits for; lives in its owner's struct. */
struct reel_watch {
  int fd;
  short events;                                           /* POLLIN, POLLOUT */
  void (*ready)(struct reel_watch *watch, short revents); /* [io] may unwatch itself and others */
  struct list link;                                       /* in the loop's list of watches */
};

void reel_io_watch(struct reel_io *io, struct reel_watch *watch);
/* Safe on a watch that is not watched. [io] */
void reel_io_unwatch(struct reel_io *io, struct reel_watch *watch);

/* An operation that ends with REEL_OK after delay_ms: sleeping, timeouts. NULL: out of memory.
 * [host] */
struct reel_op *reel_io_sleep_new(uint64_t delay_ms);

#endif

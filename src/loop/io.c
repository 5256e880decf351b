/* The I/O thread and its two queues.
 *
 * The queues share one lock, which is held only for a moment. Each iteration of the loop starts all
 * operations that were posted, returns all that are finished, and waits inside the driver. An
 * iteration notifies the host at most once, however many operations it returns. */
#include "loop/io.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/message.h"
#include "base/status.h"

enum {
  MAX_SLEEP_MS = 60000, /* the longest wait: a limit in case a wake-up is lost */
  RETRY_MS = 100,       /* the longest wait while the driver cannot wait */
  WIND_UP_MS = 10       /* how often the ending thread checks which operations are left */
};

struct reel_io {
  pthread_t thread;
  const struct reel_io_driver *driver;
  void *driver_state;
  int notify_fd;        /* an eventfd: readable while the host is notified */
  atomic_bool notified; /* whether notify_fd may be readable; saves a system call in idle steps */
  pid_t thread_id;

  pthread_mutex_t lock;
  pthread_cond_t started; /* signalled when thread_id is set */
  struct list posted;     /* from the host to the I/O thread */
  struct list returned;   /* from the I/O thread to the host */
  struct list cancelling; /* posted operations that the host wants to cancel */
  uint64_t wakes_at_ms;   /* when the I/O thread reads `posted` next, if nobody wakes it before */
  bool stopping;
  int grace_ms;

  pthread_mutex_t wakeup_lock; /* guards the next two; also held while wakeup is called */
  void (*wakeup)(void *data);
  void *wakeup_data;

  /* The rest is for the I/O thread alone. */
  struct list active;   /* operations that were started and are not finished */
  struct list finished; /* operations that are returned in the next iteration */
  struct list watches;  /* the newest first */
  unsigned watch_count;
  struct pollfd *fds;
  struct reel_watch **polled;
  unsigned fds_capacity;
  struct reel_timer **heap;
  size_t timer_count, heap_capacity;
  uint64_t timers_set;
  bool has_reported; /* the report of a failed wait was written */
};

/* How far reel's clocks are ahead of the system's. It is not in a struct because it holds for the
 * whole process. A relaxed load costs no more than a plain one. */
static atomic_uint_fast64_t ahead_us;

static uint64_t read_clock_us(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 +
         atomic_load_explicit(&ahead_us, memory_order_relaxed);
}

uint64_t reel_io_now_us(void) {
  return read_clock_us(CLOCK_MONOTONIC);
}

uint64_t reel_io_now_ms(void) {
  return reel_io_now_us() / 1000;
}

int64_t reel_io_epoch_ms(void) {
  return (int64_t)(read_clock_us(CLOCK_REALTIME) / 1000);
}

void reel_io_advance(struct reel_io *io, uint64_t us) {
  atomic_fetch_add(&ahead_us, us);
  io->driver->wakeup(io->driver_state);
}

/* Lists of operations. */

static struct reel_op *op_of(struct list *link) {
  return CONTAINER_OF(link, struct reel_op, queue);
}

static struct reel_op *pop(struct list *list) {
  struct list *link = list_pop(list);
  return link ? op_of(link) : NULL;
}

static void free_all(struct list *list) {
  for (struct reel_op *op; (op = pop(list));) op->type->free(op);
}

/* Timers: a binary heap, the earliest first. */

static bool is_before(const struct reel_timer *a, const struct reel_timer *b) {
  return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->number < b->number;
}

static void heap_place(struct reel_io *io, size_t index, struct reel_timer *timer) {
  io->heap[index] = timer;
  timer->heap_index = index + 1;
}

static void heap_up(struct reel_io *io, size_t index, struct reel_timer *timer) {
  while (index > 0) {
    size_t parent = (index - 1) / 2;
    if (!is_before(timer, io->heap[parent])) break;
    heap_place(io, index, io->heap[parent]);
    index = parent;
  }
  heap_place(io, index, timer);
}

static void heap_down(struct reel_io *io, size_t index, struct reel_timer *timer) {
  for (;;) {
    size_t child = index * 2 + 1;
    if (child >= io->timer_count) break;
    if (child + 1 < io->timer_count && is_before(io->heap[child + 1], io->heap[child])) child++;
    if (!is_before(io->heap[child], timer)) break;
    heap_place(io, index, io->heap[child]);
    index = child;
  }
  heap_place(io, index, timer);
}

static int heap_reserve(struct reel_io *io) {
  if (io->timer_count < io->heap_capacity) return REEL_OK;

  size_t capacity = io->heap_capacity ? io->heap_capacity * 2 : 64;
  struct reel_timer **heap = realloc(io->heap, capacity * sizeof *heap);
  if (!heap) return REEL_NOMEM;
  io->heap = heap;
  io->heap_capacity = capacity;
  return REEL_OK;
}

void reel_io_timer_clear(struct reel_io *io, struct reel_timer *timer) {
  if (timer->heap_index == 0) return;

  size_t index = timer->heap_index - 1;
  struct reel_timer *last = io->heap[--io->timer_count];
  timer->heap_index = 0;
  if (last == timer) return;
  heap_up(io, index, last);
  heap_down(io, last->heap_index - 1, last);
}

int reel_io_timer_set(struct reel_io *io, struct reel_timer *timer, uint64_t delay_ms) {
  reel_io_timer_clear(io, timer);
  int status = heap_reserve(io);
  if (status != REEL_OK) return status;

  /* The clock is cut to whole milliseconds, so one more keeps a timer from being early. */
  timer->due_ms = reel_io_now_ms() + delay_ms + (delay_ms > 0);
  timer->number = io->timers_set++;
  heap_up(io, io->timer_count++, timer);
  return REEL_OK;
}

static void fire_timers(struct reel_io *io) {
  uint64_t now_ms = reel_io_now_ms();
  while (io->timer_count && io->heap[0]->due_ms <= now_ms) {
    struct reel_timer *timer = io->heap[0];
    reel_io_timer_clear(io, timer);
    timer->fire(timer);
  }
}

/* Watches. */

void reel_io_watch(struct reel_io *io, struct reel_watch *watch) {
  list_prepend(&io->watches, &watch->link);
  io->watch_count++;
}

void reel_io_unwatch(struct reel_io *io, struct reel_watch *watch) {
  if (!list_is_linked(&watch->link)) return;

  list_remove(&watch->link);
  io->watch_count--;
  for (unsigned i = 0; i < io->fds_capacity; i++)
    if (io->polled[i] == watch) io->polled[i] = NULL; /* serve_watches skips it */
}

static int watches_reserve(struct reel_io *io) {
  if (io->watch_count <= io->fds_capacity) return REEL_OK;

  unsigned capacity = io->watch_count * 2;
  struct pollfd *fds = realloc(io->fds, capacity * sizeof *fds);
  if (!fds) return REEL_NOMEM;
  io->fds = fds;
  struct reel_watch **polled = realloc(io->polled, capacity * sizeof *polled);
  if (!polled) return REEL_NOMEM;
  for (unsigned i = io->fds_capacity; i < capacity; i++) polled[i] = NULL;
  io->polled = polled;
  io->fds_capacity = capacity;
  return REEL_OK;
}

static unsigned collect_watches(struct reel_io *io) {
  unsigned count = 0;
  for (struct list *link = io->watches.next; link != &io->watches; link = link->next) {
    struct reel_watch *watch = CONTAINER_OF(link, struct reel_watch, link);
    io->polled[count] = watch;
    io->fds[count++] = (struct pollfd){.fd = watch->fd, .events = watch->events};
  }
  return count;
}

static void serve_watches(struct reel_io *io, unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    struct reel_watch *watch = io->polled[i];
    if (watch && io->fds[i].revents) watch->ready(watch, io->fds[i].revents);
    if (i < io->fds_capacity) io->polled[i] = NULL;
  }
}

/* The I/O side of the queues. */

void reel_io_finish(struct reel_io *io, struct reel_op *op, int status) {
  op->status = status;
  op->finished = true;
  list_remove(&op->queue);
  list_append(&io->finished, &op->queue);
}

static void start_posted(struct reel_io *io) {
  for (;;) {
    pthread_mutex_lock(&io->lock);
    struct reel_op *op = pop(&io->posted);
    pthread_mutex_unlock(&io->lock);
    if (!op) return;
    list_append(&io->active, &op->queue);
    op->type->start(io, op);
  }
}

static struct reel_op *next_cancel(struct reel_io *io) {
  pthread_mutex_lock(&io->lock);
  struct list *link = list_pop(&io->cancelling);
  pthread_mutex_unlock(&io->lock);
  return link ? CONTAINER_OF(link, struct reel_op, cancel_queue) : NULL;
}

/* An operation is posted before its cancel is asked for, so it has been started once start_posted
 * returns. */
static void serve_cancels(struct reel_io *io) {
  for (struct reel_op *op; (op = next_cancel(io));) {
    start_posted(io);
    if (!op->finished) op->type->cancel(io, op);
  }
}

/* Moves finished operations to the host's queue; the caller holds the lock. Returns whether the
 * host must be woken for them. */
static bool queue_finished(struct reel_io *io) {
  bool was_empty = list_is_empty(&io->returned);
  for (struct reel_op *op; (op = pop(&io->finished));) {
    list_remove(&op->cancel_queue);
    op->returned = true;
    list_append(&io->returned, &op->queue);
  }
  return was_empty && !list_is_empty(&io->returned);
}

static void return_finished(struct reel_io *io) {
  if (list_is_empty(&io->finished)) return;

  pthread_mutex_lock(&io->lock);
  bool wake = queue_finished(io);
  pthread_mutex_unlock(&io->lock);
  if (!wake) return;
  reel_io_notify(io);
  reel_io_call_wakeup(io);
}

/* Waiting. */

/* Reports once, on stderr: the failure belongs to no operation, and the runtime's log may need the
 * memory that is missing. */
static void report_failed_wait(struct reel_io *io, int status) {
  if (io->has_reported) return;
  io->has_reported = true;
  reel_message("reel: the I/O thread cannot wait for its work: %s; it looks for work every %d ms",
               reel_strerror(status), RETRY_MS);
}

static int shorter_ms(int a, int b) {
  return a < b ? a : b;
}

static int sleep_ms(const struct reel_io *io) {
  if (!io->timer_count) return MAX_SLEEP_MS;

  uint64_t now_ms = reel_io_now_ms();
  uint64_t due_ms = io->heap[0]->due_ms;
  if (due_ms <= now_ms) return 0;
  return due_ms - now_ms < MAX_SLEEP_MS ? (int)(due_ms - now_ms) : MAX_SLEEP_MS;
}

/* Waits in place of a driver whose wait has failed, so that the loop neither spins nor stops. */
static void wait_alone(struct reel_io *io, unsigned count, int timeout_ms) {
  timeout_ms = shorter_ms(shorter_ms(timeout_ms, RETRY_MS), sleep_ms(io));
  if (poll(io->fds, count, timeout_ms) >= 0) return;
  for (unsigned i = 0; i < count; i++) io->fds[i].revents = 0;
  poll(NULL, 0, timeout_ms);
}

/* When there is no memory for the watches, none is served in this iteration. */
static void wait_and_serve(struct reel_io *io, int timeout_ms) {
  unsigned count = 0;
  int status = watches_reserve(io);
  if (status == REEL_OK)
    count = collect_watches(io);
  else
    timeout_ms = shorter_ms(timeout_ms, RETRY_MS);

  int wait_status = io->driver->wait(io->driver_state, io->fds, count, timeout_ms);
  if (wait_status != REEL_OK) {
    status = wait_status;
    wait_alone(io, count, timeout_ms);
  }
  if (status != REEL_OK) report_failed_wait(io, status);
  serve_watches(io, count);
  fire_timers(io);
}

/* The loop. */

/* Returns how long the thread may sleep, and records when the sleep ends, so that reel_io_post
 * knows whether the thread has to be woken earlier. */
static int plan_sleep_ms(struct reel_io *io) {
  int ms = sleep_ms(io);
  pthread_mutex_lock(&io->lock);
  if (!list_is_empty(&io->posted)) ms = 0;
  io->wakes_at_ms = reel_io_now_ms() + (uint64_t)ms;
  pthread_mutex_unlock(&io->lock);
  return ms;
}

static void iterate(struct reel_io *io) {
  start_posted(io);
  serve_cancels(io);
  return_finished(io);

  wait_and_serve(io, plan_sleep_ms(io));
}

/* A cancel may finish other operations too, so after each cancel the loop begins at the front. */
static void cancel_all(struct reel_io *io, bool also_those_that_keep_running) {
  struct list *link = io->active.next;
  while (link != &io->active) {
    struct reel_op *op = op_of(link);
    bool spared = op->type->keeps_running && !also_those_that_keep_running;
    if (!spared) op->type->cancel(io, op);
    link = spared ? link->next : io->active.next;
  }
}

static bool is_stopping(struct reel_io *io) {
  pthread_mutex_lock(&io->lock);
  bool stopping = io->stopping;
  pthread_mutex_unlock(&io->lock);
  return stopping;
}

/* Cancels all operations, those that keep running only after the grace. Repeats this until none is
 * left, since cancelling one may start another that waited for it. */
static void end_operations(struct reel_io *io) {
  uint64_t deadline_ms = reel_io_now_ms() + (uint64_t)io->grace_ms;
  while (!list_is_empty(&io->active)) {
    cancel_all(io, reel_io_now_ms() >= deadline_ms);
    return_finished(io);
    if (list_is_empty(&io->active)) break;
    wait_and_serve(io, WIND_UP_MS);
  }
}

static void *run_thread(void *context) {
  struct reel_io *io = context;
  pthread_mutex_lock(&io->lock);
  io->thread_id = gettid();
  pthread_cond_signal(&io->started);
  pthread_mutex_unlock(&io->lock);
  while (!is_stopping(io)) iterate(io);
  start_posted(io);
  end_operations(io);
  return_finished(io);
  return NULL;
}

/* The host's side. */

/* The thread blocks all signals: the host's handlers must run on the host's own thread. */
static int start_thread(struct reel_io *io) {
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int error = pthread_create(&io->thread, NULL, run_thread, io);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (error) return REEL_SYSTEM;
  pthread_mutex_lock(&io->lock);
  while (!io->thread_id) pthread_cond_wait(&io->started, &io->lock);
  pthread_mutex_unlock(&io->lock);
  return REEL_OK;
}

static void io_free_memory(struct reel_io *io) {
  io->driver->close(io->driver_state);
  if (io->notify_fd >= 0) close(io->notify_fd);
  pthread_cond_destroy(&io->started);
  pthread_mutex_destroy(&io->lock);
  pthread_mutex_destroy(&io->wakeup_lock);
  free(io->fds);
  free(io->polled);
  free(io->heap);
  free(io);
}

int reel_io_new(const struct reel_io_driver *driver, struct reel_io **out) {
  struct reel_io *io = calloc(1, sizeof *io);
  if (!io) return REEL_NOMEM;

  io->driver = driver;
  list_init(&io->posted);
  list_init(&io->returned);
  list_init(&io->cancelling);
  list_init(&io->active);
  list_init(&io->finished);
  list_init(&io->watches);
  pthread_mutex_init(&io->lock, NULL);
  pthread_mutex_init(&io->wakeup_lock, NULL);
  pthread_cond_init(&io->started, NULL);
  io->notify_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  int status = io->notify_fd < 0 ? REEL_SYSTEM : driver->open(io, &io->driver_state);
  if (status == REEL_OK) status = start_thread(io);
  if (status != REEL_OK) goto fail;

  *out = io;
  return REEL_OK;
fail:
  io_free_memory(io);
  return status;
}

void reel_io_free(struct reel_io *io, int grace_ms) {
  if (!io) return;

  reel_io_set_wakeup(io, NULL, NULL);
  pthread_mutex_lock(&io->lock);
  io->stopping = true;
  io->grace_ms = grace_ms;
  pthread_mutex_unlock(&io->lock);
  io->driver->wakeup(io->driver_state);
  pthread_join(io->thread, NULL);
  free_all(&io->returned);
  free_all(&io->posted); /* freeing a returned operation may have posted another */
  io_free_memory(io);
}

/* Waking the thread costs more than all the rest here, so it is woken only if it would sleep longer
 * than the patience of op. Most operations are polls of tasks, which can wait for seconds; usually
 * the thread wakes within milliseconds for some other work, and starts them then. */
void reel_io_post(struct reel_io *io, struct reel_op *op) {
  op->posted_ms = reel_io_now_ms();
  pthread_mutex_lock(&io->lock);
  list_append(&io->posted, &op->queue);
  bool wake = op->posted_ms + op->patience_ms < io->wakes_at_ms;
  if (wake) io->wakes_at_ms = 0; /* later posts need not wake the thread again */
  pthread_mutex_unlock(&io->lock);
  if (wake) io->driver->wakeup(io->driver_state);
}

void reel_io_cancel(struct reel_io *io, struct reel_op *op) {
  if (op->type->keeps_running) return;

  pthread_mutex_lock(&io->lock);
  bool ask = !op->returned && !list_is_linked(&op->cancel_queue);
  if (ask) list_append(&io->cancelling, &op->cancel_queue);
  pthread_mutex_unlock(&io->lock);
  if (ask) io->driver->wakeup(io->driver_state);
}

/* The flag is cleared after the eventfd was read and before the queue is emptied. A thread that
 * notifies in between either finds the flag cleared and writes again, or has already put its
 * operation into the queue. If the eventfd has nothing to read although the flag is set, the thread
 * that set the flag is about to write to the eventfd. */
void reel_io_take(struct reel_io *io, struct list *out) {
  uint64_t count;
  if (!atomic_load(&io->notified)) return;
  ssize_t size;
  while ((size = read(io->notify_fd, &count, sizeof count)) < 0 && errno == EINTR) continue;
  if (size > 0) atomic_store(&io->notified, false);

  pthread_mutex_lock(&io->lock);
  list_move_all(&io->returned, out);
  pthread_mutex_unlock(&io->lock);
}

int reel_io_fd(const struct reel_io *io) {
  return io->notify_fd;
}

bool reel_io_is_notified(const struct reel_io *io) {
  return atomic_load(&io->notified);
}

void reel_io_notify(struct reel_io *io) {
  uint64_t one = 1;
  if (atomic_exchange(&io->notified, true)) return;
  int saved = errno;
  /* The write fails only when the counter is full, and then the eventfd is readable anyway. */
  while (write(io->notify_fd, &one, sizeof one) < 0 && errno == EINTR) continue;
  errno = saved;
}

void reel_io_set_wakeup(struct reel_io *io, void (*wakeup)(void *data), void *data) {
  pthread_mutex_lock(&io->wakeup_lock);
  io->wakeup = wakeup;
  io->wakeup_data = data;
  pthread_mutex_unlock(&io->wakeup_lock);
}

void reel_io_call_wakeup(struct reel_io *io) {
  pthread_mutex_lock(&io->wakeup_lock);
  if (io->wakeup) io->wakeup(io->wakeup_data);
  pthread_mutex_unlock(&io->wakeup_lock);
}

int reel_io_thread_id(const struct reel_io *io) {
  return io->thread_id;
}

void *reel_io_driver_state(const struct reel_io *io) {
  return io->driver_state;
}

/* Sleeping. */

struct sleep_op {
  struct reel_op op;
  struct reel_timer timer;
  struct reel_io *io;
  uint64_t delay_ms;
};

static void sleep_fire(struct reel_timer *timer) {
  struct sleep_op *sleep = CONTAINER_OF(timer, struct sleep_op, timer);
  reel_io_finish(sleep->io, &sleep->op, REEL_OK);
}

static void sleep_start(struct reel_io *io, struct reel_op *op) {
  struct sleep_op *sleep = (struct sleep_op *)op;
  sleep->io = io;
  sleep->timer.fire = sleep_fire;
  int status = reel_io_timer_set(io, &sleep->timer, sleep->delay_ms);
  if (status != REEL_OK) reel_io_finish(io, op, status);
}

static void sleep_cancel(struct reel_io *io, struct reel_op *op) {
  reel_io_timer_clear(io, &((struct sleep_op *)op)->timer);
  reel_io_finish(io, op, REEL_CANCELLED);
}

static void sleep_free(struct reel_op *op) {
  free(op);
}

static const struct reel_op_type sleep_type = {
    .name = "sleep", .start = sleep_start, .cancel = sleep_cancel, .free = sleep_free};

struct reel_op *reel_io_sleep_new(uint64_t delay_ms) {
  struct sleep_op *sleep = calloc(1, sizeof *sleep);
  if (!sleep) return NULL;
  sleep->op.type = &sleep_type;
  sleep->delay_ms = delay_ms;
  return &sleep->op;
}

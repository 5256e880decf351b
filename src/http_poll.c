#include "http_poll.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

static struct reel_http_poll *of_transfer(struct reel_http_transfer *transfer) {
  return (struct reel_http_poll *)((char *)transfer - offsetof(struct reel_http_poll, transfer));
}

static struct reel_http_poll *of_timer(struct reel_timer *timer) {
  return (struct reel_http_poll *)((char *)timer - offsetof(struct reel_http_poll, timer));
}

/* FNV-1a: a change is not hidden on purpose, so a fast hash is enough. */
static uint64_t hash_bytes(const char *bytes, size_t size) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
  return hash;
}

static void write_mark(const struct reel_http_response *response, char *mark) {
  snprintf(mark, REEL_HTTP_MARK_SIZE, "%ld-%zu-%016" PRIx64, response->status, response->body.size,
           hash_bytes(response->body.data, response->body.size));
}

/* splitmix64, as a number in [-1, 1). */
static double next_random(uint64_t *state) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  z ^= z >> 31;
  return (double)(z >> 11) * 0x1p-52 - 1.0;
}

static void finish(struct reel_http_poll *poll, int status) {
  reel_io_timer_clear(poll->io, &poll->timer);
  reel_io_finish(poll->io, &poll->op, status);
}

static uint64_t time_left_ms(const struct reel_http_poll *poll) {
  uint64_t now_ms = reel_io_now_ms();
  return poll->deadline_at_ms > now_ms ? poll->deadline_at_ms - now_ms : 0;
}

static void set_timer(struct reel_http_poll *poll, void (*fire)(struct reel_timer *),
                      uint64_t delay_ms) {
  poll->timer.fire = fire;
  int status = reel_io_timer_set(poll->io, &poll->timer, delay_ms);
  if (status != REEL_OK) {
    reel_http_transfer_stop(reel_io_http(poll->io), &poll->transfer);
    finish(poll, status);
  }
}

static void on_deadline(struct reel_timer *timer) {
  struct reel_http_poll *poll = of_timer(timer);
  reel_http_transfer_stop(reel_io_http(poll->io), &poll->transfer);
  finish(poll, REEL_TIMEOUT);
}

static void ask(struct reel_http_poll *poll) {
  poll->polls++;
  reel_http_transfer_start(reel_io_http(poll->io), &poll->transfer);
  if (poll->deadline_at_ms) set_timer(poll, on_deadline, time_left_ms(poll));
}

static void on_due(struct reel_timer *timer) {
  ask(of_timer(timer));
}

static void wait_or_ask(struct reel_http_poll *poll) {
  double factor = 1.0 + poll->schedule.jitter * next_random(&poll->random);
  uint64_t delay_ms = (uint64_t)((double)poll->delay_ms * factor);

  if (poll->deadline_at_ms && delay_ms >= time_left_ms(poll))
    set_timer(poll, on_deadline, time_left_ms(poll));
  else if (delay_ms == 0)
    ask(poll);
  else
    set_timer(poll, on_due, delay_ms);
}

/* A delay of 0 before the first request does not make the others follow at once. */
static void grow_delay(struct reel_http_poll *poll) {
  const struct reel_http_schedule *schedule = &poll->schedule;
  double delay_ms = (double)poll->delay_ms * schedule->factor;
  bool is_over = poll->delay_ms == 0 || delay_ms > (double)schedule->max_ms;
  poll->delay_ms = is_over ? schedule->max_ms : (uint64_t)delay_ms;
}

/* Whether the answer is news; remembers it. */
static bool is_news(struct reel_http_poll *poll) {
  char mark[REEL_HTTP_MARK_SIZE];
  write_mark(&poll->transfer.response, mark);
  if (strcmp(mark, poll->last) == 0) return false;
  strcpy(poll->last, mark);
  return true;
}

static void on_answer(struct reel_http_transfer *transfer, int status) {
  struct reel_http_poll *poll = of_transfer(transfer);
  reel_io_timer_clear(poll->io, &poll->timer);
  grow_delay(poll);
  if (status != REEL_OK) {
    reel_http_poll_forget(poll);
    finish(poll, status);
  } else if (is_news(poll)) {
    finish(poll, status);
  } else {
    reel_http_response_clear(&transfer->response);
    wait_or_ask(poll);
  }
}

static void poll_start(struct reel_io *io, struct reel_op *op) {
  struct reel_http_poll *poll = (struct reel_http_poll *)op;
  uint64_t now_ms = reel_io_now_ms();
  poll->io = io;
  if (!poll->random) poll->random = now_ms ^ (uint64_t)(uintptr_t)poll;
  if (poll->schedule.deadline_ms) poll->deadline_at_ms = now_ms + poll->schedule.deadline_ms;
  reel_http_response_clear(&poll->transfer.response); /* the host has read it */
  wait_or_ask(poll);
}

static void poll_cancel(struct reel_io *io, struct reel_op *op) {
  struct reel_http_poll *poll = (struct reel_http_poll *)op;
  reel_http_transfer_stop(reel_io_http(io), &poll->transfer);
  finish(poll, REEL_CANCELLED);
}

static void come_back(struct reel_op *op) {
  struct reel_http_poll *poll = (struct reel_http_poll *)op;
  poll->is_out = false;
  if (poll->is_dropped) reel_http_poll_free(poll);
}

static const struct reel_op_type poll_type = {
    .name = "http.poll", .start = poll_start, .cancel = poll_cancel, .free = come_back};

int reel_http_poll_new(const struct reel_http_request *request,
                       const struct reel_http_schedule *schedule, struct reel_http_poll **out) {
  struct reel_http_poll *poll = calloc(1, sizeof *poll);
  if (!poll) return REEL_NOMEM;

  poll->schedule = *schedule;
  poll->delay_ms = schedule->first_ms;
  int status = reel_http_transfer_init(&poll->transfer, request, on_answer);
  if (status != REEL_OK) {
    reel_http_poll_free(poll);
    return status;
  }
  *out = poll;
  return REEL_OK;
}

void reel_http_poll_free(struct reel_http_poll *poll) {
  if (!poll) return;
  if (poll->is_out) {
    poll->is_dropped = true;
    return;
  }
  reel_http_transfer_deinit(&poll->transfer);
  free(poll);
}

struct reel_op *reel_http_poll_next(struct reel_http_poll *poll) {
  poll->op = (struct reel_op){.type = &poll_type};
  poll->polls = 0;
  poll->is_out = true;
  return &poll->op;
}

void reel_http_poll_forget(struct reel_http_poll *poll) {
  poll->last[0] = '\0';
}

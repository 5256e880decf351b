#include "http/poll.h"

#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "base/status.h"

static struct reel_http_poll *of_transfer(struct reel_http_transfer *transfer) {
  return CONTAINER_OF(transfer, struct reel_http_poll, transfer);
}

static struct reel_http_poll *of_timer(struct reel_timer *timer) {
  return CONTAINER_OF(timer, struct reel_http_poll, timer);
}

/* FNV-1a: nobody hides a change on purpose, so a fast hash is enough. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size) {
  const unsigned char *next = bytes;
  for (size_t i = 0; i < size; i++) hash = (hash ^ next[i]) * UINT64_C(0x100000001b3);
  return hash;
}

static uint64_t hash_values(const struct reel_http_poll *poll, uint64_t hash) {
  for (size_t i = 0; i < poll->field_count; i++) {
    const struct reel_json_value *value = &poll->values[i];
    size_t mark = value->text ? 2 * value->size + 1 + value->is_string : 0;
    hash = hash_bytes(hash, &mark, sizeof mark);
    hash = hash_bytes(hash, value->text, value->size);
  }
  return hash;
}

/* The hash of the answer, which is never 0. */
static uint64_t mark_of(const struct reel_http_poll *poll) {
  const struct reel_http_response *response = &poll->transfer.response;
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  hash = hash_bytes(hash, &response->status, sizeof response->status);
  hash = hash_bytes(hash, &poll->is_peeked, sizeof poll->is_peeked);
  if (poll->is_peeked)
    hash = hash_values(poll, hash);
  else
    hash = hash_bytes(hash, response->body.data, response->body.size);
  return hash | 1;
}

/* A random number from -1 up to 1, by splitmix64. */
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
    reel_http_transfer_stop(reel_http_of(poll->io), &poll->transfer);
    finish(poll, status);
  }
}

static void on_deadline(struct reel_timer *timer) {
  struct reel_http_poll *poll = of_timer(timer);
  reel_http_transfer_stop(reel_http_of(poll->io), &poll->transfer);
  finish(poll, REEL_TIMEOUT);
}

static void send_request(struct reel_http_poll *poll) {
  poll->polls++;
  reel_http_transfer_start(reel_http_of(poll->io), &poll->transfer);
  if (poll->deadline_at_ms) set_timer(poll, on_deadline, time_left_ms(poll));
}

static void on_due(struct reel_timer *timer) {
  send_request(of_timer(timer));
}

/* Waits for the delay, of which past_ms are over, and then sends the next request. */
static void schedule_request(struct reel_http_poll *poll, uint64_t past_ms) {
  double factor = 1.0 + poll->schedule.jitter * next_random(&poll->random);
  uint64_t delay_ms = (uint64_t)((double)poll->delay_ms * factor);
  delay_ms = delay_ms > past_ms ? delay_ms - past_ms : 0;

  if (poll->deadline_at_ms && delay_ms >= time_left_ms(poll))
    set_timer(poll, on_deadline, time_left_ms(poll));
  else if (delay_ms == 0)
    send_request(poll);
  else
    set_timer(poll, on_due, delay_ms);
}

/* A delay of 0 before the first request cannot grow, so the longest one follows it. */
static void grow_delay(struct reel_http_poll *poll) {
  const struct reel_http_schedule *schedule = &poll->schedule;
  double delay_ms = (double)poll->delay_ms * schedule->factor;
  bool is_over = poll->delay_ms == 0 || delay_ms > (double)schedule->max_ms;
  poll->delay_ms = is_over ? schedule->max_ms : (uint64_t)delay_ms;
}

static void read_fields(struct reel_http_poll *poll) {
  const struct reel_buffer *body = &poll->transfer.response.body;
  poll->is_peeked = poll->field_count > 0 && body->size > 0 &&
                    reel_json_peek(body->data, body->size, (const char *const *)poll->fields,
                                   poll->field_count, poll->values) == REEL_OK;
}

/* Whether the answer has changed; remembers it. */
static bool has_changed(struct reel_http_poll *poll) {
  read_fields(poll);
  uint64_t mark = mark_of(poll);
  if (mark == poll->mark) return false;
  poll->mark = mark;
  return true;
}

static void on_answer(struct reel_http_transfer *transfer, int status) {
  struct reel_http_poll *poll = of_transfer(transfer);
  reel_io_timer_clear(poll->io, &poll->timer);
  grow_delay(poll);
  if (status != REEL_OK) {
    reel_http_poll_forget(poll);
    finish(poll, status);
  } else if (has_changed(poll)) {
    finish(poll, status);
  } else {
    reel_http_response_clear(&transfer->response);
    schedule_request(poll, 0);
  }
}

static void poll_start(struct reel_io *io, struct reel_op *op) {
  struct reel_http_poll *poll = (struct reel_http_poll *)op;
  poll->io = io;
  if (!poll->random) poll->random = op->posted_ms ^ (uint64_t)(uintptr_t)poll;
  if (poll->schedule.deadline_ms) poll->deadline_at_ms = op->posted_ms + poll->schedule.deadline_ms;
  reel_http_response_clear(&poll->transfer.response); /* the host has read it */
  schedule_request(poll, reel_io_now_ms() - op->posted_ms);
}

static void poll_cancel(struct reel_io *io, struct reel_op *op) {
  struct reel_http_poll *poll = (struct reel_http_poll *)op;
  reel_http_transfer_stop(reel_http_of(io), &poll->transfer);
  finish(poll, REEL_CANCELLED);
}

/* The operation is part of the poll, so its free function only ends the operation. */
static void on_op_back(struct reel_op *op) {
  struct reel_http_poll *poll = (struct reel_http_poll *)op;
  poll->is_out = false;
  if (poll->is_dropped) reel_http_poll_free(poll);
}

static const struct reel_op_type poll_type = {
    .name = "http.poll", .start = poll_start, .cancel = poll_cancel, .free = on_op_back};

static int copy_fields(struct reel_http_poll *poll, const char *const *fields, size_t count) {
  if (count > REEL_HTTP_POLL_FIELDS) return REEL_INVALID;
  while (poll->field_count < count) {
    char *copy = strdup(fields[poll->field_count]);
    if (!copy) return REEL_NOMEM;
    poll->fields[poll->field_count++] = copy;
  }
  return REEL_OK;
}

int reel_http_poll_new(const struct reel_http_request *request,
                       const struct reel_http_schedule *schedule, const char *const *fields,
                       size_t field_count, struct reel_http_poll **out) {
  struct reel_http_poll *poll = calloc(1, sizeof *poll);
  if (!poll) return REEL_NOMEM;

  poll->schedule = *schedule;
  poll->delay_ms = schedule->first_ms;
  int status = copy_fields(poll, fields, field_count);
  if (status == REEL_OK) status = reel_http_transfer_init(&poll->transfer, request, on_answer);
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
  for (size_t i = 0; i < poll->field_count; i++) free(poll->fields[i]);
  free(poll);
}

/* The time until the poll may have something to do. */
static uint64_t patience_ms(const struct reel_http_poll *poll) {
  const struct reel_http_schedule *schedule = &poll->schedule;
  uint64_t soonest_ms = (uint64_t)((double)poll->delay_ms * (1 - schedule->jitter));
  bool is_limited = schedule->deadline_ms && schedule->deadline_ms < soonest_ms;
  return is_limited ? schedule->deadline_ms : soonest_ms;
}

struct reel_op *reel_http_poll_next(struct reel_http_poll *poll) {
  poll->op = (struct reel_op){.type = &poll_type, .patience_ms = patience_ms(poll)};
  poll->polls = 0;
  poll->is_out = true;
  return &poll->op;
}

void reel_http_poll_forget(struct reel_http_poll *poll) {
  poll->mark = 0;
}

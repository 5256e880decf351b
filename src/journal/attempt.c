#include "journal/attempt.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "journal/crash.h"
#include "journal/journal.h"
#include "journal/prepared.h"
#include "journal/sender.h"
#include "journal/spool.h"
#include "loop/io.h"
#include "base/message.h"
#include "base/status.h"

enum {
  FREE_MIB = 64,  /* what the disk must have, so that there is space for the answer */
  HELD_AFTER = 3, /* with so many ambiguous attempts in a row, nothing more is sent */
  CUT_SHORT = 18  /* CURLE_PARTIAL_FILE */
};

struct reel_attempt *reel_attempt_new(const struct reel_attempt *attempt) {
  struct reel_attempt *copy = malloc(sizeof *copy);
  if (!copy) return NULL;
  *copy = *attempt;
  reel_journal_keep(copy->journal);
  return copy;
}

void reel_attempt_free(void *context) {
  struct reel_attempt *attempt = context;
  reel_journal_drop(attempt->journal);
  free(attempt);
}

static int refuse_latch(struct reel_attempt *attempt, int status, const char *message) {
  snprintf(attempt->message, sizeof attempt->message, "%s", message);
  return status;
}

static bool has_disk_space(const struct reel_attempt *attempt) {
  struct statvfs disk;
  if (!reel_journal_path(attempt->journal)) return true;
  if (statvfs(reel_journal_path(attempt->journal), &disk) != 0) return false;
  return (uint64_t)disk.f_bavail * disk.f_frsize >= (uint64_t)FREE_MIB * 1024 * 1024;
}

/* Statements. Each names the values of the attempt that it needs, such as :nonce. */

static void bind_integer(sqlite3_stmt *statement, const char *name, int64_t value) {
  int place = sqlite3_bind_parameter_index(statement, name);
  if (place) sqlite3_bind_int64(statement, place, value);
}

static void bind_text(sqlite3_stmt *statement, const char *name, const char *value) {
  int place = sqlite3_bind_parameter_index(statement, name);
  if (place) sqlite3_bind_text(statement, place, value, -1, SQLITE_STATIC);
}

/* Sets *out to the statement with the attempt's values bound. *out is NULL if SQLite cannot compile
 * the statement; then every use of it fails with SQLITE_MISUSE. The caller gives the statement back
 * by reel_prepared_release(). */
static void bind_attempt(struct reel_attempt *attempt, const char *sql, sqlite3_stmt **out) {
  struct reel_journal *journal = attempt->journal;
  const char *reason = NULL;
  *out = NULL;
  reel_prepared_get(reel_journal_prepared(journal), reel_journal_db(journal), sql, out, &reason);
  if (!*out) return;
  bind_integer(*out, ":id", attempt->id);
  bind_text(*out, ":nonce", attempt->nonce);
  bind_text(*out, ":run", attempt->run);
  bind_text(*out, ":origin", attempt->origin);
  bind_text(*out, ":holder", attempt->holder);
  bind_integer(*out, ":rate_ms", attempt->rate_ms);
  bind_integer(*out, ":rate_count", attempt->rate_count);
}

/* The latch. */

/* The window is (now - rate_ms, now], so a clock that was set back blocks no send. wait_ms is one
 * millisecond longer than needed, since a timer may fire up to a millisecond early. */
static int check_rate(struct reel_attempt *attempt, int64_t now_ms) {
  if (attempt->rate_count <= 0) return REEL_OK;
  sqlite3_stmt *statement;
  bind_attempt(attempt,
               "SELECT latched_ms FROM attempt WHERE origin = :origin"
               " AND latched_ms > :now - :rate_ms AND latched_ms <= :now"
               " ORDER BY latched_ms DESC LIMIT 1 OFFSET :rate_count - 1",
               &statement);
  bind_integer(statement, ":now", now_ms);
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW)
    attempt->wait_ms = sqlite3_column_int64(statement, 0) + attempt->rate_ms - now_ms + 1;
  reel_prepared_release(statement);
  if (code == SQLITE_ROW)
    return refuse_latch(attempt, REEL_RATE, "the window of the rate limit is full");
  return code == SQLITE_DONE ? REEL_OK : REEL_JOURNAL;
}

/* Every send of this run that was not refused counts, since it may have been paid. Under a limit of
 * credits, an attempt without a known price is not sent. */
static int check_budget(struct reel_attempt *attempt) {
  if (attempt->max_new < 0 && attempt->max_credits < 0) return REEL_OK;
  sqlite3_stmt *statement;
  bind_attempt(attempt,
               "SELECT count(*), total(estimate),"
               " (SELECT estimate FROM attempt WHERE attempt_id = :id) FROM attempt"
               " WHERE run = :run AND latched_ms IS NOT NULL AND state <> 'refused'",
               &statement);
  int status = sqlite3_step(statement) == SQLITE_ROW ? REEL_OK : REEL_JOURNAL;
  if (status == REEL_OK) {
    bool priced = sqlite3_column_type(statement, 2) != SQLITE_NULL;
    double credits = sqlite3_column_double(statement, 1) + sqlite3_column_double(statement, 2);
    if (attempt->max_new >= 0 && sqlite3_column_int64(statement, 0) >= attempt->max_new)
      status = refuse_latch(attempt, REEL_BUDGET, "max_new is used up");
    else if (attempt->max_credits >= 0 && !priced)
      status = refuse_latch(attempt, REEL_BUDGET,
                            "the model's price is not known, so max_credits cannot be kept");
    else if (attempt->max_credits >= 0 && credits > attempt->max_credits)
      status = refuse_latch(attempt, REEL_BUDGET, "max_credits would be exceeded");
  }
  reel_prepared_release(statement);
  return status;
}

static int check_held(struct reel_attempt *attempt) {
  sqlite3_stmt *statement;
  bind_attempt(attempt,
               "SELECT total(state = 'ambiguous') FROM (SELECT state FROM attempt"
               " WHERE origin = :origin AND latched_ms IS NOT NULL AND state <> 'latched'"
               " ORDER BY latched_ms DESC, attempt_id DESC LIMIT :held_after)",
               &statement);
  bind_integer(statement, ":held_after", HELD_AFTER);
  int code = sqlite3_step(statement);
  bool held = code == SQLITE_ROW && sqlite3_column_int(statement, 0) >= HELD_AFTER;
  reel_prepared_release(statement);
  if (code != SQLITE_ROW) return REEL_JOURNAL;
  return held ? refuse_latch(attempt, REEL_HELD, "the last three requests have no known outcome")
              : REEL_OK;
}

/* The compare-and-swap that gives the right to send. */
static int move_to_latched(struct reel_attempt *attempt, int64_t now_ms) {
  sqlite3_stmt *statement;
  bind_attempt(attempt,
               "UPDATE attempt SET state = 'latched', latched_ms = :now, latched_by = :holder"
               " WHERE attempt_id = :id AND state = 'intent' AND nonce = :nonce AND run = :run"
               " AND origin = :origin",
               &statement);
  bind_integer(statement, ":now", now_ms);
  int code = sqlite3_step(statement);
  reel_prepared_release(statement);
  if (code != SQLITE_DONE) return REEL_JOURNAL;
  return sqlite3_changes(reel_journal_db(attempt->journal)) == 1
             ? REEL_OK
             : refuse_latch(attempt, REEL_STATE, "the attempt is no longer an intent");
}

static int check_and_move(struct reel_attempt *attempt) {
  int64_t now_ms = reel_io_epoch_ms();
  int status = check_rate(attempt, now_ms);
  if (status == REEL_OK) status = check_budget(attempt);
  if (status == REEL_OK) status = check_held(attempt);
  if (status == REEL_OK) status = move_to_latched(attempt, now_ms);
  return status;
}

/* Gives a failure that has no message yet the journal's reason. */
static int add_journal_reason(struct reel_attempt *attempt, int status) {
  if (status != REEL_OK && !attempt->message[0])
    refuse_latch(attempt, status, reel_journal_reason(attempt->journal));
  return status;
}

int reel_attempt_latch(void *context) {
  struct reel_attempt *attempt = context;
  struct reel_journal *journal = attempt->journal;
  if (reel_journal_is_closed(journal))
    return refuse_latch(attempt, REEL_JOURNAL, "the journal is closed");
  if (!has_disk_space(attempt))
    return refuse_latch(attempt, REEL_JOURNAL, "the journal's disk has less than 64 MiB free");
  REEL_CRASH_POINT("T2-before");
  int status = reel_journal_begin(journal);
  if (status != REEL_OK) return add_journal_reason(attempt, status);
  status = check_and_move(attempt);
  REEL_CRASH_POINT("T2-within");
  status = add_journal_reason(attempt, reel_journal_end(journal, status));
  REEL_CRASH_POINT("T2");
  return status;
}

/* The answer. */

static int update_answer(struct reel_attempt *attempt, const struct reel_vendor_answer *answer) {
  sqlite3_stmt *statement;
  bind_attempt(attempt,
               "UPDATE attempt SET http_status = :http_status, curl_code = :curl_code,"
               " answer = :answer WHERE attempt_id = :id AND nonce = :nonce",
               &statement);
  bind_integer(statement, ":http_status", answer->http_status);
  bind_integer(statement, ":curl_code", answer->curl_code);
  sqlite3_bind_blob64(statement, sqlite3_bind_parameter_index(statement, ":answer"), answer->bytes,
                      answer->size, SQLITE_STATIC);
  int code = sqlite3_step(statement);
  reel_prepared_release(statement);
  bool is_stored = code == SQLITE_DONE && sqlite3_changes(reel_journal_db(attempt->journal)) == 1;
  return is_stored ? REEL_OK : REEL_JOURNAL;
}

static int store_answer(struct reel_attempt *attempt, const struct reel_vendor_answer *answer) {
  int status = reel_journal_begin(attempt->journal);
  if (status != REEL_OK) return status;
  status = update_answer(attempt, answer);
  REEL_CRASH_POINT("T3-within");
  return reel_journal_end(attempt->journal, status);
}

/* The last resort, for an answer that neither the journal nor the spool file could store. */
static void print_answer(const struct reel_vendor_answer *answer) {
  char line[1001];
  reel_message("reel: the answer: %s",
               reel_printable(answer->bytes, answer->size, line, sizeof line));
}

static void spool_answer(struct reel_attempt *attempt, const struct reel_vendor_answer *answer) {
  const char *path = reel_journal_path(attempt->journal);
  bool is_kept = path && reel_spool_append(path, answer);
  reel_message("reel: the journal could not store the answer of attempt %lld (nonce %s): %s; %s",
               (long long)attempt->id, attempt->nonce, reel_journal_reason(attempt->journal),
               is_kept ? "the answer is kept in the spool file beside the journal"
                       : "the spool file beside the journal could not store it either");
  if (!is_kept) print_answer(answer);
}

void reel_attempt_answered(void *context, const struct reel_send *send) {
  struct reel_attempt *attempt = context;
  if (!send->sent) return;
  const struct reel_buffer *body = &send->response.body;
  bool is_cut = send->op.status != REEL_OK && send->curl_code == 0;
  struct reel_vendor_answer answer = {.nonce = attempt->nonce,
                                      .http_status = send->response.status,
                                      .curl_code = is_cut ? CUT_SHORT : send->curl_code,
                                      .bytes = body->data ? body->data : "",
                                      .size = body->size};
  REEL_CRASH_POINT("T3-before");
  int status = store_answer(attempt, &answer);
  if (status != REEL_OK) spool_answer(attempt, &answer);
  if (status != REEL_OK && status != REEL_BUSY)
    reel_journal_poison(attempt->journal, "an answer could not be stored");
  REEL_CRASH_POINT("T3");
}

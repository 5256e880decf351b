#include "attempt.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "crash.h"
#include "journal.h"
#include "sender.h"
#include "status.h"

enum {
  FREE_MIB = 64, /* on the disk, so that the answer will find room */
  HELD_AFTER = 3 /* ambiguous attempts in a row */
};

static int64_t epoch_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int refuse(struct reel_attempt *attempt, int status, const char *message) {
  snprintf(attempt->message, sizeof attempt->message, "%s", message);
  return status;
}

static bool has_room(const struct reel_attempt *attempt) {
  struct statvfs disk;
  if (!reel_journal_path(attempt->journal)) return true;
  if (statvfs(reel_journal_path(attempt->journal), &disk) != 0) return false;
  return (uint64_t)disk.f_bavail * disk.f_frsize >= (uint64_t)FREE_MIB * 1024 * 1024;
}

static sqlite3_stmt *prepare(struct reel_attempt *attempt, const char *sql) {
  sqlite3_stmt *statement = NULL;
  sqlite3_prepare_v2(reel_journal_db(attempt->journal), sql, -1, &statement, NULL);
  return statement; /* NULL: every use of it fails with SQLITE_MISUSE */
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text) {
  sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

/* The window is (now - rate_ms, now], so a clock that was set back blocks nobody. */
static int check_rate(struct reel_attempt *attempt, int64_t now_ms) {
  if (attempt->rate_count <= 0) return REEL_OK;
  sqlite3_stmt *statement =
      prepare(attempt,
              "SELECT latched_ms FROM attempt WHERE origin = ?1 AND latched_ms > ?2 - ?3"
              " AND latched_ms <= ?2 ORDER BY latched_ms DESC LIMIT 1 OFFSET ?4 - 1");
  bind_text(statement, 1, attempt->origin);
  sqlite3_bind_int64(statement, 2, now_ms);
  sqlite3_bind_int64(statement, 3, attempt->rate_ms);
  sqlite3_bind_int64(statement, 4, attempt->rate_count);
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW)
    attempt->wait_ms = sqlite3_column_int64(statement, 0) + attempt->rate_ms - now_ms + 1;
  sqlite3_finalize(statement);
  if (code == SQLITE_ROW) return refuse(attempt, REEL_RATE, "the window of the rate limit is full");
  return code == SQLITE_DONE ? REEL_OK : REEL_JOURNAL;
}

/* What this run has sent may have been paid, unless it was refused. An attempt without a known
 * price has no place under a limit of credits. */
static int check_budget(struct reel_attempt *attempt) {
  if (attempt->max_new < 0 && attempt->max_credits < 0) return REEL_OK;
  sqlite3_stmt *statement =
      prepare(attempt,
              "SELECT count(*), total(estimate), (SELECT estimate FROM attempt"
              " WHERE attempt_id = ?2) FROM attempt"
              " WHERE run = ?1 AND latched_ms IS NOT NULL AND state <> 'refused'");
  bind_text(statement, 1, attempt->run);
  sqlite3_bind_int64(statement, 2, attempt->id);
  int status = sqlite3_step(statement) == SQLITE_ROW ? REEL_OK : REEL_JOURNAL;
  if (status == REEL_OK) {
    bool priced = sqlite3_column_type(statement, 2) != SQLITE_NULL;
    double credits = sqlite3_column_double(statement, 1) + sqlite3_column_double(statement, 2);
    if (attempt->max_new >= 0 && sqlite3_column_int64(statement, 0) >= attempt->max_new)
      status = refuse(attempt, REEL_BUDGET, "max_new is used up");
    else if (attempt->max_credits >= 0 && !priced)
      status = refuse(attempt, REEL_BUDGET,
                      "the model's price is not known, so max_credits cannot"
                      " hold");
    else if (attempt->max_credits >= 0 && credits > attempt->max_credits)
      status = refuse(attempt, REEL_BUDGET, "max_credits would be passed");
  }
  sqlite3_finalize(statement);
  return status;
}

static int check_held(struct reel_attempt *attempt) {
  sqlite3_stmt *statement =
      prepare(attempt,
              "SELECT total(state = 'ambiguous') FROM (SELECT state FROM attempt WHERE origin = ?1"
              " AND latched_ms IS NOT NULL AND state <> 'latched'"
              " ORDER BY latched_ms DESC, attempt_id DESC LIMIT ?2)");
  bind_text(statement, 1, attempt->origin);
  sqlite3_bind_int(statement, 2, HELD_AFTER);
  int code = sqlite3_step(statement);
  bool held = code == SQLITE_ROW && sqlite3_column_int(statement, 0) >= HELD_AFTER;
  sqlite3_finalize(statement);
  if (code != SQLITE_ROW) return REEL_JOURNAL;
  return held ? refuse(attempt, REEL_HELD, "the last three requests have no known outcome")
              : REEL_OK;
}

/* The compare-and-swap that is the right to send. */
static int move(struct reel_attempt *attempt, int64_t now_ms) {
  sqlite3_stmt *statement =
      prepare(attempt,
              "UPDATE attempt SET state = 'latched', latched_ms = ?2, latched_by = ?3"
              " WHERE attempt_id = ?1 AND state = 'intent'");
  sqlite3_bind_int64(statement, 1, attempt->id);
  sqlite3_bind_int64(statement, 2, now_ms);
  bind_text(statement, 3, attempt->holder);
  int code = sqlite3_step(statement);
  sqlite3_finalize(statement);
  if (code != SQLITE_DONE) return REEL_JOURNAL;
  return sqlite3_changes(reel_journal_db(attempt->journal)) == 1
             ? REEL_OK
             : refuse(attempt, REEL_STATE, "the attempt is no longer an intent");
}

int reel_attempt_latch(void *context) {
  struct reel_attempt *attempt = context;
  if (!has_room(attempt)) return refuse(attempt, REEL_JOURNAL, "less than 64 MiB free on its disk");
  REEL_CRASH_POINT("T2-before");
  int status = reel_journal_begin(attempt->journal);
  if (status != REEL_OK) return refuse(attempt, status, reel_strerror(status));
  int64_t now_ms = epoch_ms();
  status = check_rate(attempt, now_ms);
  if (status == REEL_OK) status = check_budget(attempt);
  if (status == REEL_OK) status = check_held(attempt);
  if (status == REEL_OK) status = move(attempt, now_ms);
  status = reel_journal_end(attempt->journal, status);
  REEL_CRASH_POINT("T2");
  return status;
}

static int store(struct reel_attempt *attempt, const struct reel_send *send) {
  int status = reel_journal_begin(attempt->journal);
  if (status != REEL_OK) return status;
  sqlite3_stmt *statement =
      prepare(attempt,
              "UPDATE attempt SET answer = ?2, http_status = ?3, curl_code = ?4"
              " WHERE attempt_id = ?1");
  sqlite3_bind_int64(statement, 1, attempt->id);
  sqlite3_bind_blob64(statement, 2, send->response.body.data, send->response.body.size,
                      SQLITE_STATIC);
  sqlite3_bind_int64(statement, 3, send->response.status);
  sqlite3_bind_int(statement, 4, send->curl_code);
  int code = sqlite3_step(statement);
  sqlite3_finalize(statement);
  return reel_journal_end(attempt->journal, code == SQLITE_DONE ? REEL_OK : REEL_JOURNAL);
}

static bool write_all(int fd, const char *bytes, size_t size) {
  while (size) {
    ssize_t written = write(fd, bytes, size);
    if (written <= 0) return false;
    bytes += written;
    size -= (size_t)written;
  }
  return true;
}

/* One record: "nonce http_status curl_code size\n", the answer, "\n". Read back at the next open.
 */
static void spool(struct reel_attempt *attempt, const struct reel_send *send) {
  if (!reel_journal_path(attempt->journal)) return;
  char path[4200], head[160];
  snprintf(path, sizeof path, "%s.spool", reel_journal_path(attempt->journal));
  int length = snprintf(head, sizeof head, "%s %ld %d %zu\n", attempt->nonce, send->response.status,
                        send->curl_code, send->response.body.size);
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  bool stored = fd >= 0 && write_all(fd, head, (size_t)length) &&
                write_all(fd, send->response.body.data, send->response.body.size) &&
                write_all(fd, "\n", 1) && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  fprintf(stderr, "reel: the journal could not take the answer of attempt %lld (nonce %s); %s %s\n",
          (long long)attempt->id, attempt->nonce, stored ? "it is kept in" : "nor could", path);
}

void reel_attempt_answered(void *context, const struct reel_send *send) {
  struct reel_attempt *attempt = context;
  if (!send->sent) return;
  REEL_CRASH_POINT("T3-before");
  int status = store(attempt, send);
  for (int tries = 0; status == REEL_BUSY && tries < 12; tries++) status = store(attempt, send);
  if (status != REEL_OK) spool(attempt, send);
  REEL_CRASH_POINT("T3");
}

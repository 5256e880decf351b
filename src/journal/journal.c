/* How several transactions become one commit, and one can still fail without the others.
 *
 * Each posted transaction runs inside a savepoint of the common transaction. Some failures (no
 * memory, a full disk, OR ROLLBACK) make SQLite undo the common transaction, and then a later
 * statement would be committed by itself. So after each posted transaction the common one must
 * still be open. If it is not, nothing was written, and each posted transaction runs again alone.
 */
#include "journal/journal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "journal/state.h"
#include "base/container_of.h"
#include "base/status.h"

enum { UNDONE = 1 }; /* not a status: SQLite has undone the common transaction */

int reel_journal_execute(sqlite3 *db, const char *sql) {
  return reel_statement_status(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* The authorizer: what the statements of transactions may do. */

static int authorize(void *context, int action, const char *first, const char *second,
                     const char *database, const char *trigger) {
  const struct reel_journal *journal = context;
  (void)first, (void)database, (void)trigger;
  if (!journal->runs_statement) return SQLITE_OK;
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_PRAGMA:
      return second ? SQLITE_DENY : SQLITE_OK; /* reading one is harmless */
    default:
      return SQLITE_DENY;
  }
}

void reel_journal_restrict(struct reel_journal *journal) {
  sqlite3_set_authorizer(journal->db, authorize, journal);
}

/* The common transaction. */

static void note_reason(struct reel_journal *journal) {
  snprintf(journal->reason, sizeof journal->reason, "%s", sqlite3_errmsg(journal->db));
}

void reel_journal_poison(struct reel_journal *journal, const char *reason) {
  if (journal->is_poisoned) return;
  journal->is_poisoned = true;
  snprintf(journal->reason, sizeof journal->reason,
           "a write failed (%.180s); the journal must be opened again", reason);
}

static void roll_back(struct reel_journal *journal) {
  if (!sqlite3_get_autocommit(journal->db)) reel_journal_execute(journal->db, "ROLLBACK");
}

static int begin(struct reel_journal *journal) {
  if (journal->is_poisoned) return REEL_JOURNAL;
  int status = reel_journal_execute(journal->db, "BEGIN IMMEDIATE");
  if (status == REEL_OK) return REEL_OK;
  note_reason(journal);
  if (status == REEL_JOURNAL) reel_journal_poison(journal, sqlite3_errmsg(journal->db));
  return status;
}

/* A COMMIT that failed may have reached the disk or not. Only if it failed because the file was
 * locked is it known that nothing was written. */
static int commit(struct reel_journal *journal) {
  int code = sqlite3_exec(journal->db, "COMMIT", NULL, NULL, NULL);
  if (code == SQLITE_OK) return REEL_OK;
  note_reason(journal);
  bool is_busy = reel_statement_status(code) == REEL_BUSY;
  if (!is_busy) reel_journal_poison(journal, sqlite3_errmsg(journal->db));
  roll_back(journal);
  return is_busy ? REEL_BUSY : REEL_JOURNAL;
}

int reel_journal_end(struct reel_journal *journal, int status) {
  if (status == REEL_OK) return commit(journal);
  if (status == REEL_JOURNAL) reel_journal_poison(journal, sqlite3_errmsg(journal->db));
  roll_back(journal);
  return status;
}

/* Running transactions. */

static int run_statement(struct reel_journal *journal, struct reel_transaction *transaction,
                         struct reel_statement *statement) {
  journal->runs_statement = true;
  int status = reel_statement_run(journal->db, &journal->prepared, statement);
  journal->runs_statement = false;
  if (status == REEL_OK) return REEL_OK;
  snprintf(transaction->message, sizeof transaction->message, "%s",
           statement->reason ? statement->reason : sqlite3_errmsg(journal->db));
  return status;
}

/* Undoes this transaction alone where that is possible, else the common transaction. */
static void undo_transaction(struct reel_journal *journal,
                             const struct reel_transaction *transaction, int status) {
  bool is_open = !sqlite3_get_autocommit(journal->db);
  if (is_open && status != REEL_JOURNAL &&
      reel_journal_execute(journal->db, "ROLLBACK TO one; RELEASE one") == REEL_OK)
    return;
  if (is_open || status == REEL_JOURNAL) reel_journal_poison(journal, transaction->message);
  roll_back(journal);
}

static int run_transaction(struct reel_journal *journal, struct reel_transaction *transaction) {
  int status = reel_journal_execute(journal->db, "SAVEPOINT one");
  for (size_t i = 0; status == REEL_OK && i < transaction->statement_count; i++)
    status = run_statement(journal, transaction, &transaction->statements[i]);
  if (status == REEL_OK) status = reel_journal_execute(journal->db, "RELEASE one");
  if (status != REEL_OK) undo_transaction(journal, transaction, status);
  return status;
}

static void set_failed(const struct reel_journal *journal, struct reel_transaction *transaction,
                       int status) {
  transaction->op.status = status;
  if (transaction->message[0]) return; /* this transaction failed by itself, and has its reason */
  snprintf(transaction->message, sizeof transaction->message, "%s", journal->reason);
}

/* Runs the transactions from first up to, but not including, end, and commits them together. */
static int run_together(struct reel_journal *journal, struct reel_transaction *first,
                        const struct reel_transaction *end) {
  int status = begin(journal);
  for (struct reel_transaction *t = first; status == REEL_OK && t != end; t = t->next) {
    t->op.status = run_transaction(journal, t);
    if (sqlite3_get_autocommit(journal->db)) return UNDONE;
  }
  if (status == REEL_OK) status = commit(journal);
  if (status == REEL_OK) return REEL_OK;
  for (struct reel_transaction *t = first; t != end; t = t->next) set_failed(journal, t, status);
  return status;
}

static void run_alone(struct reel_journal *journal, struct reel_transaction *transaction) {
  for (size_t i = 0; i < transaction->statement_count; i++)
    reel_statement_clear(&transaction->statements[i]);
  if (!journal->is_poisoned) transaction->message[0] = '\0';
  run_together(journal, transaction, transaction->next);
}

static void flush_pending(struct reel_journal *journal) {
  struct reel_transaction *first = journal->pending, *next;
  journal->pending = NULL;
  journal->pending_end = &journal->pending;
  if (!first) return;

  if (run_together(journal, first, NULL) == UNDONE)
    for (struct reel_transaction *t = first; t; t = t->next) run_alone(journal, t);
  for (struct reel_transaction *t = first; t; t = next) {
    next = t->next;
    reel_io_finish(journal->io, &t->op, t->op.status);
  }
}

int reel_journal_begin(struct reel_journal *journal) {
  flush_pending(journal);
  return begin(journal);
}

/* The operation that runs a transaction. */

static void transaction_start(struct reel_io *io, struct reel_op *op) {
  struct reel_transaction *transaction = (struct reel_transaction *)op;
  struct reel_journal *journal = transaction->journal;
  assert(!journal->is_closed);
  transaction->next = NULL;
  *journal->pending_end = transaction;
  journal->pending_end = &transaction->next;
  if (journal->flush.heap_index == 0 && reel_io_timer_set(io, &journal->flush, 0) != REEL_OK)
    flush_pending(journal);
}

/* Called only at the end of the I/O thread. The transaction is still written, since its caller has
 * asked for it and may not wait for the result. */
static void transaction_cancel(struct reel_io *io, struct reel_op *op) {
  (void)io;
  flush_pending(((struct reel_transaction *)op)->journal);
}

static void transaction_free(struct reel_op *op) {
  struct reel_transaction *transaction = (struct reel_transaction *)op;
  for (size_t i = 0; i < transaction->statement_count; i++)
    reel_statement_deinit(&transaction->statements[i]);
  free(transaction->statements);
  free(transaction);
}

static const struct reel_op_type transaction_type = {.name = "transaction",
                                                     .start = transaction_start,
                                                     .cancel = transaction_cancel,
                                                     .free = transaction_free,
                                                     .keeps_running = true};

struct reel_transaction *reel_transaction_new(struct reel_journal *journal, size_t statements) {
  struct reel_transaction *transaction = calloc(1, sizeof *transaction);
  if (!transaction) return NULL;
  transaction->op.type = &transaction_type;
  transaction->journal = journal;
  transaction->statements = calloc(statements + 1, sizeof *transaction->statements);
  if (!transaction->statements) {
    free(transaction);
    return NULL;
  }
  transaction->statement_count = statements;
  return transaction;
}

/* Making, sharing and closing a journal. */

static void close_database(struct reel_journal *journal) {
  reel_prepared_deinit(&journal->prepared);
  sqlite3_close(journal->db);
  journal->db = NULL;
}

void reel_journal_keep(struct reel_journal *journal) {
  atomic_fetch_add(&journal->users, 1);
}

void reel_journal_drop(struct reel_journal *journal) {
  if (atomic_fetch_sub(&journal->users, 1) > 1) return;
  close_database(journal);
  free(journal);
}

static struct reel_journal *of_closing(struct reel_op *op) {
  return CONTAINER_OF(op, struct reel_journal, closing);
}

/* While a send is under way the file stays open for its answer; then the last user closes it. */
static void close_start(struct reel_io *io, struct reel_op *op) {
  struct reel_journal *journal = of_closing(op);
  reel_io_timer_clear(io, &journal->flush);
  flush_pending(journal);
  journal->is_closed = true;
  if (atomic_load(&journal->users) == 1) close_database(journal);
  reel_io_finish(io, op, REEL_OK);
}

static void close_cancel(struct reel_io *io, struct reel_op *op) {
  reel_io_finish(io, op, REEL_CANCELLED); /* never called: close_start finishes the operation */
}

static void close_free(struct reel_op *op) {
  reel_journal_drop(of_closing(op));
}

static const struct reel_op_type close_type = {.name = "journal_close",
                                               .start = close_start,
                                               .cancel = close_cancel,
                                               .free = close_free,
                                               .keeps_running = true};

static void flush_fire(struct reel_timer *timer) {
  flush_pending(CONTAINER_OF(timer, struct reel_journal, flush));
}

struct reel_journal *reel_journal_new(struct reel_io *io) {
  struct reel_journal *journal = calloc(1, sizeof *journal);
  if (!journal) return NULL;
  journal->closing.type = &close_type;
  atomic_init(&journal->users, 1);
  journal->io = io;
  journal->pending_end = &journal->pending;
  journal->flush.fire = flush_fire;
  return journal;
}

struct reel_op *reel_journal_close(struct reel_journal *journal) {
  return &journal->closing;
}

struct sqlite3 *reel_journal_db(struct reel_journal *journal) {
  return journal->db;
}

struct reel_prepared *reel_journal_prepared(struct reel_journal *journal) {
  return &journal->prepared;
}

const char *reel_journal_path(const struct reel_journal *journal) {
  return journal->is_memory ? NULL : journal->path;
}

bool reel_journal_is_closed(const struct reel_journal *journal) {
  return journal->is_closed;
}

const char *reel_journal_reason(const struct reel_journal *journal) {
  return journal->reason;
}

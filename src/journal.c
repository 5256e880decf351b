#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "journal_schema.h"
#include "status.h"

enum {
  VERSION = 1,
  BUSY_MS = 5000,
  WAL_IS_SAFE = 3051003 /* older libraries may lose a commit when the log is reset */
};

struct reel_journal {
  struct reel_io *io;
  sqlite3 *db;
  bool poisoned, is_memory;
  char path[4096];
  struct reel_transaction *pending, **pending_end;
  struct reel_timer flush;
};

/* Running statements. */

static int status_of(int code) {
  switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
      return REEL_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return REEL_BUSY;
    case SQLITE_NOMEM:
      return REEL_NOMEM;
    case SQLITE_CONSTRAINT:
      return REEL_STATE;
    default:
      return REEL_JOURNAL;
  }
}

static int bind_value(sqlite3_stmt *statement, int place, const struct reel_value *value) {
  switch (value->type) {
    case REEL_INTEGER:
      return sqlite3_bind_int64(statement, place, value->integer);
    case REEL_REAL:
      return sqlite3_bind_double(statement, place, value->real);
    case REEL_TEXT:
      return sqlite3_bind_text64(statement, place, value->bytes, value->size, SQLITE_STATIC,
                                 SQLITE_UTF8);
    case REEL_BLOB:
      return sqlite3_bind_blob64(statement, place, value->bytes, value->size, SQLITE_STATIC);
    default:
      return sqlite3_bind_null(statement, place);
  }
}

static int copy_bytes(const void *bytes, size_t size, struct reel_value *out) {
  out->bytes = malloc(size + 1);
  if (!out->bytes) return REEL_NOMEM;
  if (size) memcpy(out->bytes, bytes, size);
  out->bytes[size] = '\0';
  out->size = size;
  return REEL_OK;
}

static int copy_cell(sqlite3_stmt *statement, int column, struct reel_value *out) {
  *out = (struct reel_value){0};
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      out->type = REEL_INTEGER;
      out->integer = sqlite3_column_int64(statement, column);
      return REEL_OK;
    case SQLITE_FLOAT:
      out->type = REEL_REAL;
      out->real = sqlite3_column_double(statement, column);
      return REEL_OK;
    case SQLITE_NULL:
      return REEL_OK;
    case SQLITE_BLOB:
      out->type = REEL_BLOB;
      break;
    default:
      out->type = REEL_TEXT;
  }
  const void *bytes = sqlite3_column_blob(statement, column);
  return copy_bytes(bytes, (size_t)sqlite3_column_bytes(statement, column), out);
}

static int copy_columns(sqlite3_stmt *statement, struct reel_statement *out) {
  out->column_count = (size_t)sqlite3_column_count(statement);
  out->columns = calloc(out->column_count + 1, sizeof *out->columns);
  if (!out->columns) return REEL_NOMEM;
  for (size_t i = 0; i < out->column_count; i++) {
    out->columns[i] = strdup(sqlite3_column_name(statement, (int)i));
    if (!out->columns[i]) return REEL_NOMEM;
  }
  return REEL_OK;
}

static int copy_row(sqlite3_stmt *statement, struct reel_statement *out) {
  size_t filled = out->row_count * out->column_count;
  size_t wanted = filled + out->column_count;
  struct reel_value *cells = realloc(out->cells, (wanted + 1) * sizeof *cells);
  if (!cells) return REEL_NOMEM;
  out->cells = cells;
  memset(cells + filled, 0, out->column_count * sizeof *cells);
  out->row_count++;
  for (size_t i = 0; i < out->column_count; i++) {
    int status = copy_cell(statement, (int)i, &cells[filled + i]);
    if (status != REEL_OK) return status;
  }
  return REEL_OK;
}

static int step_all(sqlite3 *db, sqlite3_stmt *statement, struct reel_statement *out) {
  int status = copy_columns(statement, out);
  int code = SQLITE_DONE;
  while (status == REEL_OK && (code = sqlite3_step(statement)) == SQLITE_ROW)
    status = copy_row(statement, out);
  if (status != REEL_OK) return status;
  if (code != SQLITE_DONE) return status_of(code);
  bool as_expected = out->expected_changes < 0 || sqlite3_changes64(db) == out->expected_changes;
  return as_expected ? REEL_OK : REEL_STATE;
}

static int run_statement(sqlite3 *db, struct reel_statement *out) {
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2(db, out->sql, -1, &statement, NULL);
  for (size_t i = 0; code == SQLITE_OK && i < out->parameter_count; i++)
    code = bind_value(statement, (int)i + 1, &out->parameters[i]);
  int status = code == SQLITE_OK ? step_all(db, statement, out) : status_of(code);
  sqlite3_finalize(statement);
  return status;
}

static int execute(sqlite3 *db, const char *sql) {
  return status_of(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* Transactions. */

static void free_value(struct reel_value *value) {
  free(value->bytes);
}

static void deinit_statement(struct reel_statement *statement) {
  for (size_t i = 0; i < statement->parameter_count; i++) free_value(&statement->parameters[i]);
  for (size_t i = 0; i < statement->row_count * statement->column_count; i++)
    free_value(&statement->cells[i]);
  for (size_t i = 0; statement->columns && i < statement->column_count; i++)
    free(statement->columns[i]);
  free(statement->columns);
  free(statement->parameters);
  free(statement->cells);
  free(statement->sql);
}

static void transaction_free(struct reel_op *op) {
  struct reel_transaction *transaction = (struct reel_transaction *)op;
  for (size_t i = 0; i < transaction->statement_count; i++)
    deinit_statement(&transaction->statements[i]);
  free(transaction->statements);
  free(transaction);
}

static int run_transaction(struct reel_journal *journal, struct reel_transaction *transaction) {
  int status = execute(journal->db, "SAVEPOINT one");
  for (size_t i = 0; status == REEL_OK && i < transaction->statement_count; i++)
    status = run_statement(journal->db, &transaction->statements[i]);
  if (status == REEL_OK) return execute(journal->db, "RELEASE one");
  bool lost_a_swap = status == REEL_STATE && sqlite3_errcode(journal->db) == SQLITE_OK;
  const char *words = lost_a_swap ? "the rows have changed meanwhile" : sqlite3_errmsg(journal->db);
  snprintf(transaction->message, sizeof transaction->message, "%s", words);
  execute(journal->db, "ROLLBACK TO one; RELEASE one");
  return status;
}

int reel_journal_begin(struct reel_journal *journal) {
  if (journal->poisoned) return REEL_JOURNAL;
  return execute(journal->db, "BEGIN IMMEDIATE");
}

int reel_journal_end(struct reel_journal *journal, int status) {
  if (status != REEL_OK) {
    execute(journal->db, "ROLLBACK");
    return status;
  }
  int code = sqlite3_exec(journal->db, "COMMIT", NULL, NULL, NULL);
  if (code == SQLITE_OK) return REEL_OK;
  if ((code & 0xff) != SQLITE_BUSY) journal->poisoned = true;
  if (!sqlite3_get_autocommit(journal->db)) execute(journal->db, "ROLLBACK");
  return status_of(code) == REEL_OK ? REEL_JOURNAL : status_of(code);
}

static void finish_all(struct reel_journal *journal, struct reel_transaction *first, int status) {
  while (first) {
    struct reel_transaction *transaction = first;
    first = first->next;
    if (status != REEL_OK && transaction->message[0] == '\0')
      snprintf(transaction->message, sizeof transaction->message, "%s",
               journal->poisoned ? "an earlier write failed; the journal has to be opened anew"
                                 : sqlite3_errmsg(journal->db));
    int own = transaction->op.status;
    reel_io_finish(journal->io, &transaction->op, status != REEL_OK ? status : own);
  }
}

/* One commit for all that this turn brought. */
static void flush_pending(struct reel_journal *journal) {
  struct reel_transaction *first = journal->pending;
  journal->pending = NULL;
  journal->pending_end = &journal->pending;
  if (!first) return;

  int status = reel_journal_begin(journal);
  for (struct reel_transaction *t = first; status == REEL_OK && t; t = t->next)
    t->op.status = run_transaction(journal, t);
  if (status == REEL_OK) status = reel_journal_end(journal, REEL_OK);
  finish_all(journal, first, status);
}

static void flush_fire(struct reel_timer *timer) {
  flush_pending((struct reel_journal *)((char *)timer - offsetof(struct reel_journal, flush)));
}

static void transaction_start(struct reel_io *io, struct reel_op *op) {
  struct reel_transaction *transaction = (struct reel_transaction *)op;
  struct reel_journal *journal = transaction->journal;
  transaction->next = NULL;
  *journal->pending_end = transaction;
  journal->pending_end = &transaction->next;
  if (journal->flush.slot == 0 && reel_io_timer_set(io, &journal->flush, 0) != REEL_OK)
    flush_pending(journal);
}

/* It is written all the same, at the latest now: who gave it up asked for it. */
static void transaction_cancel(struct reel_io *io, struct reel_op *op) {
  (void)io;
  flush_pending(((struct reel_transaction *)op)->journal);
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
  transaction->statement_count = statements;
  if (transaction->statements) return transaction;
  transaction_free(&transaction->op);
  return NULL;
}

/* Opening. */

static int refuse(struct reel_journal_open *open, const char *path, const char *reason) {
  snprintf(open->message, sizeof open->message, "%.250s: %.250s", path, reason);
  return REEL_JOURNAL;
}

/* Locks and syncs of these are promises that others break. */
static bool is_network(const char *folder) {
  static const unsigned long network[] = {0x6969,     0x517b,     0xff534d42, 0xfe534d42,
                                          0x73757245, 0x5346414f, 0x00c36400, 0x6b414653};
  struct statfs info;
  if (statfs(folder, &info) != 0) return false;
  for (size_t i = 0; i < sizeof network / sizeof *network; i++)
    if (((unsigned long)info.f_type & 0xffffffff) == network[i]) return true;
  return false;
}

static void folder_of(const char *path, char *out, size_t size) {
  snprintf(out, size, "%s", path);
  char *slash = strrchr(out, '/');
  if (slash)
    *(slash == out ? slash + 1 : slash) = '\0';
  else
    snprintf(out, size, ".");
}

/* Made empty with its mode before SQLite sees it, so that it is never readable by others. */
static int check_file(struct reel_journal_open *open_op) {
  const char *path = open_op->path;
  char folder[sizeof open_op->path];
  folder_of(path, folder, sizeof folder);
  if (is_network(folder))
    return refuse(open_op, path, "on a network file system, where locks cannot be relied on");
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return refuse(open_op, path, strerror(errno));
  struct stat info;
  int status = fstat(fd, &info) == 0 ? REEL_OK : REEL_JOURNAL;
  close(fd);
  if (status != REEL_OK || !S_ISREG(info.st_mode)) return refuse(open_op, path, "not a plain file");
  if (info.st_mode & 077)
    return refuse(open_op, path, "readable by others; its mode must be 0600 (chmod 600)");
  return REEL_OK;
}

static int64_t query_integer(sqlite3 *db, const char *sql) {
  sqlite3_stmt *statement = NULL;
  int64_t value = -1;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW)
    value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

static bool is_whole(sqlite3 *db) {
  sqlite3_stmt *statement = NULL;
  bool whole = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL) == SQLITE_OK &&
               sqlite3_step(statement) == SQLITE_ROW &&
               strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0;
  sqlite3_finalize(statement);
  return whole;
}

static int configure(sqlite3 *db) {
  sqlite3_busy_timeout(db, BUSY_MS);
  bool wal = sqlite3_libversion_number() >= WAL_IS_SAFE;
  int status = execute(db, wal ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
                               : "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA");
  if (status != REEL_OK) return status;
  return execute(db,
                 "PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
                 "PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0");
}

/* A new file gets the schema; one of a newer reel is left alone. Two processes may come here at
 * once, so the version is read inside the transaction. */
static int migrate(sqlite3 *db, struct reel_journal_open *open) {
  int status = execute(db, "BEGIN IMMEDIATE");
  if (status != REEL_OK) return refuse(open, open->path, sqlite3_errmsg(db));
  int64_t version = query_integer(db, "PRAGMA user_version");
  if (version > VERSION) {
    execute(db, "ROLLBACK");
    return refuse(open, open->path, "written by a newer reel; update this one");
  }
  if (version == 0) status = execute(db, reel_journal_schema);
  if (status == REEL_OK && version == 0) status = execute(db, "PRAGMA user_version=1");
  if (status == REEL_OK) status = execute(db, "COMMIT");
  if (status == REEL_OK) return REEL_OK;
  refuse(open, open->path, sqlite3_errmsg(db));
  execute(db, "ROLLBACK");
  return REEL_JOURNAL;
}

static int open_database(struct reel_journal *journal, struct reel_journal_open *open) {
  int status = journal->is_memory ? REEL_OK : check_file(open);
  if (status != REEL_OK) return status;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  if (sqlite3_open_v2(open->path, &journal->db, flags, NULL) != SQLITE_OK)
    return refuse(open, open->path, sqlite3_errmsg(journal->db));
  sqlite3_extended_result_codes(journal->db, 1);
  status = configure(journal->db);
  if (status != REEL_OK) return refuse(open, open->path, sqlite3_errmsg(journal->db));
  if (!is_whole(journal->db)) return refuse(open, open->path, "damaged; restore it from a copy");
  return migrate(journal->db, open);
}

static void journal_free(struct reel_journal *journal) {
  if (!journal) return;
  sqlite3_close(journal->db);
  free(journal);
}

static void open_start(struct reel_io *io, struct reel_op *op) {
  struct reel_journal_open *open = (struct reel_journal_open *)op;
  struct reel_journal *journal = calloc(1, sizeof *journal);
  if (!journal) {
    reel_io_finish(io, op, REEL_NOMEM);
    return;
  }
  journal->io = io;
  journal->pending_end = &journal->pending;
  journal->flush.fire = flush_fire;
  snprintf(journal->path, sizeof journal->path, "%s", open->path);
  journal->is_memory = strcmp(open->path, ":memory:") == 0;
  int status = open_database(journal, open);
  if (status == REEL_OK)
    open->journal = journal;
  else
    journal_free(journal);
  reel_io_finish(io, op, status);
}

static void never_cancelled(struct reel_io *io, struct reel_op *op) {
  reel_io_finish(io, op, REEL_CANCELLED); /* opening and closing end within start */
}

static void free_plain(struct reel_op *op) {
  free(op);
}

static const struct reel_op_type open_type = {
    .name = "journal_open", .start = open_start, .cancel = never_cancelled, .free = free_plain};

struct reel_op *reel_journal_open_new(const char *path) {
  struct reel_journal_open *open = calloc(1, sizeof *open);
  if (!open) return NULL;
  open->op.type = &open_type;
  snprintf(open->path, sizeof open->path, "%s", path);
  return &open->op;
}

struct close_op {
  struct reel_op op;
  struct reel_journal *journal;
};

static void close_start(struct reel_io *io, struct reel_op *op) {
  struct reel_journal *journal = ((struct close_op *)op)->journal;
  reel_io_timer_clear(io, &journal->flush);
  flush_pending(journal);
  journal_free(journal);
  reel_io_finish(io, op, REEL_OK);
}

static const struct reel_op_type close_type = {
    .name = "journal_close", .start = close_start, .cancel = never_cancelled, .free = free_plain};

struct reel_op *reel_journal_close_new(struct reel_journal *journal) {
  struct close_op *close_op = calloc(1, sizeof *close_op);
  if (!close_op) return NULL;
  close_op->op.type = &close_type;
  close_op->journal = journal;
  return &close_op->op;
}

struct sqlite3 *reel_journal_db(struct reel_journal *journal) {
  return journal->db;
}

const char *reel_journal_path(const struct reel_journal *journal) {
  return journal->is_memory ? NULL : journal->path;
}

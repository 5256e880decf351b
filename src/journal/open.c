/* Opening a journal: which files are refused, how a file is made, and the settings of SQLite. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/filesystem.h"
#include "journal/journal.h"
#include "journal/rules.h"
#include "journal/schema.h"
#include "journal/side_files.h"
#include "journal/state.h"
#include "base/ownership.h"
#include "base/status.h"

enum {
  VERSION = 1,
  BUSY_MS = 5000,
  MAX_VALUE_BYTES = 16 << 20, /* of a cell; a limit of reel, which stores at most 1 MiB in one */
  WAL_IS_SAFE = 3051003       /* SQLite before 3.51.3 may lose a commit when it resets the log */
};

#define DAMAGED "the file is damaged; restore it from a copy"

_Static_assert(VERSION == 1, "from version 2 on, copy an old file before it is changed");

static int refuse_file(struct reel_journal_open *open, const char *reason) {
  snprintf(open->message, sizeof open->message, "%.250s: %.250s", open->path, reason);
  return REEL_JOURNAL;
}

/* Folder and file. */

/* A new name in a folder is on the disk only after the folder has been synced. */
static bool sync_folder(const char *folder) {
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool synced = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  return synced;
}

/* Cuts the last part off path, and returns this part. */
static const char *split_last_part(char *path) {
  char *slash = strrchr(path, '/');
  if (!slash) return NULL;
  *slash = '\0';
  return slash + 1;
}

static bool make_folder(const char *folder) {
  char parent[PATH_MAX + 8];
  if (mkdir(folder, 0700) != 0) return errno == EEXIST;
  snprintf(parent, sizeof parent, "%s/..", folder);
  return sync_folder(parent);
}

/* Puts the absolute path of the file into journal->path, and its folder into `folder`. Links are
 * resolved, except for the last part of the path, so that the path stays right if they change. */
static int find_path(struct reel_journal *journal, struct reel_journal_open *open, char *folder) {
  char given[sizeof open->path + 2];
  snprintf(given, sizeof given, "%s%s", strchr(open->path, '/') ? "" : "./", open->path);
  const char *name = split_last_part(given);
  const char *base = given[0] ? given : "/";
  if (!make_folder(base) || !realpath(base, folder)) return refuse_file(open, strerror(errno));
  int length = snprintf(journal->path, sizeof journal->path, "%s/%s", folder, name);
  bool fits =
      length > 0 && (size_t)length < sizeof journal->path - sizeof ".spool.bad-0123456789abcdef";
  return fits ? REEL_OK : refuse_file(open, "the path is too long");
}

static int refuse_filesystem(struct reel_journal_open *open, const char *type) {
  char reason[256];
  snprintf(reason, sizeof reason,
           "the file system (%s) may not lock the file for all programs that use it; name a place "
           "on a local disk: --journal FILE, or REEL_JOURNAL=FILE",
           *type ? type : "of unknown type");
  return refuse_file(open, reason);
}

static int check_folder(struct reel_journal_open *open, const char *folder) {
  struct reel_filesystem filesystem;
  struct stat info;
  if (!reel_filesystem_of(folder, &filesystem)) return refuse_file(open, strerror(errno));
  if (!reel_filesystem_is_local(&filesystem)) return refuse_filesystem(open, filesystem.type);
  if (stat(folder, &info) != 0) return refuse_file(open, strerror(errno));
  enum reel_ownership ownership = reel_ownership_of(&info);
  if (ownership == REEL_FOREIGN)
    return refuse_file(open,
                       "its folder belongs to another user, who could change what it says; "
                       "name a place of your own: --journal FILE");
  if (ownership == REEL_SHARED)
    return refuse_file(open, "other users may write to its folder; run chmod 700 on the folder");
  return REEL_OK;
}

/* Makes a missing file with its mode before SQLite opens it, so that other users can never read it.
 * The file is not opened here, because closing it would drop all locks of this process on it. */
static int check_file(struct reel_journal_open *open, const char *path, const char *folder) {
  struct stat info;
  bool is_new = mknod(path, S_IFREG | 0600, 0) == 0;
  if (!is_new && errno != EEXIST) return refuse_file(open, strerror(errno));
  if (is_new && !sync_folder(folder)) return refuse_file(open, strerror(errno));
  if (lstat(path, &info) != 0) return refuse_file(open, strerror(errno));
  if (!S_ISREG(info.st_mode)) return refuse_file(open, "this is not a plain file");
  if (reel_ownership_of(&info) == REEL_FOREIGN)
    return refuse_file(open, "the file belongs to another user; if it is yours, run chown on it");
  if (info.st_mode & 077)
    return refuse_file(open, "other users may read or write it; run chmod 600 on it");
  return REEL_OK;
}

static int prepare_file(struct reel_journal *journal, struct reel_journal_open *open) {
  char folder[PATH_MAX];
  int status = find_path(journal, open, folder);
  if (status == REEL_OK) status = check_folder(open, folder);
  if (status == REEL_OK) status = check_file(open, journal->path, folder);
  if (status != REEL_OK) return status;
  char reason[256];
  status = reel_side_files_check(journal->path, reason, sizeof reason);
  return status == REEL_OK ? REEL_OK : refuse_file(open, reason);
}

/* The database. */

static int64_t query_integer(sqlite3 *db, const char *sql) {
  sqlite3_stmt *prepared = NULL;
  int64_t value = -1;
  if (sqlite3_prepare_v2(db, sql, -1, &prepared, NULL) == SQLITE_OK &&
      sqlite3_step(prepared) == SQLITE_ROW)
    value = sqlite3_column_int64(prepared, 0);
  sqlite3_finalize(prepared);
  return value;
}

/* Whether the first cell of the query's result is `expected`. *code is SQLite's result code. */
static bool query_equals(sqlite3 *db, const char *sql, const char *expected, int *code) {
  sqlite3_stmt *prepared = NULL;
  *code = sqlite3_prepare_v2(db, sql, -1, &prepared, NULL);
  if (*code == SQLITE_OK) *code = sqlite3_step(prepared);
  const char *text = *code == SQLITE_ROW ? (const char *)sqlite3_column_text(prepared, 0) : NULL;
  bool equal = text && strcmp(text, expected) == 0;
  sqlite3_finalize(prepared);
  return equal;
}

static int refuse_with_sqlite_message(struct reel_journal_open *open, sqlite3 *db) {
  int code = sqlite3_errcode(db), status = reel_statement_status(code);
  refuse_file(open, (code & 0xff) == SQLITE_CORRUPT ? DAMAGED : sqlite3_errmsg(db));
  return status == REEL_BUSY || status == REEL_NOMEM ? status : REEL_JOURNAL;
}

/* PRAGMA journal_mode does not fail when it cannot switch: it returns the mode that is in force. */
static int set_mode(struct reel_journal_open *open, sqlite3 *db) {
  bool wal = sqlite3_libversion_number() >= WAL_IS_SAFE;
  int code;
  bool is_set = wal ? query_equals(db, "PRAGMA journal_mode=WAL", "wal", &code)
                    : query_equals(db, "PRAGMA journal_mode=DELETE", "delete", &code);
  if (!is_set && code != SQLITE_ROW) return refuse_with_sqlite_message(open, db);
  return is_set ? REEL_OK : refuse_file(open, "a program with another version of SQLite uses it");
}

static int configure(struct reel_journal *journal, struct reel_journal_open *open) {
  sqlite3 *db = journal->db;
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, BUSY_MS);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES);
  int status = journal->is_memory ? REEL_OK : set_mode(open, db);
  if (status != REEL_OK) return status;
  status = reel_journal_execute(db, sqlite3_libversion_number() >= WAL_IS_SAFE
                                        ? "PRAGMA synchronous=FULL"
                                        : "PRAGMA synchronous=EXTRA");
  if (status == REEL_OK)
    status = reel_journal_execute(db,
                                  "PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
                                  "PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0");
  return status == REEL_OK ? REEL_OK : refuse_with_sqlite_message(open, db);
}

static int check_pages(struct reel_journal_open *open, sqlite3 *db) {
  int code;
  if (query_equals(db, "PRAGMA quick_check(1)", "ok", &code)) return REEL_OK;
  return code == SQLITE_ROW ? refuse_file(open, DAMAGED) : refuse_with_sqlite_message(open, db);
}

/* Refuses a file of another program, and a journal without the rules about money. */
static int check_version(struct reel_journal_open *open, sqlite3 *db, int64_t version) {
  char reason[250];
  if (version > VERSION) return refuse_file(open, "a newer reel has written it; update this one");
  if (version < 0) return refuse_with_sqlite_message(open, db);
  if (version == 0 && query_integer(db, "SELECT count(*) FROM sqlite_schema") != 0)
    return refuse_file(open, "this database is not a journal of reel");
  if (version == 0 || reel_rules_hold(db, reason, sizeof reason)) return REEL_OK;
  return reason[0] ? refuse_file(open, reason) : refuse_with_sqlite_message(open, db);
}

static int check_schema(struct reel_journal_open *open, sqlite3 *db, int64_t *version) {
  *version = query_integer(db, "PRAGMA user_version");
  return check_version(open, db, *version);
}

/* Two processes may migrate a file at once, so the version is read inside the transaction. */
static int migrate(struct reel_journal_open *open, sqlite3 *db) {
  if (reel_journal_execute(db, "BEGIN IMMEDIATE") != REEL_OK)
    return refuse_with_sqlite_message(open, db);
  int64_t version = query_integer(db, "PRAGMA user_version");
  int status = check_version(open, db, version);
  if (status == REEL_OK && version == 0 &&
      (reel_journal_execute(db, reel_journal_schema) != REEL_OK ||
       reel_journal_execute(db, "PRAGMA user_version=1") != REEL_OK))
    status = refuse_with_sqlite_message(open, db);
  if (status == REEL_OK && reel_journal_execute(db, "COMMIT") != REEL_OK)
    status = refuse_with_sqlite_message(open, db);
  if (status != REEL_OK) reel_journal_execute(db, "ROLLBACK");
  return status;
}

static int open_database(struct reel_journal *journal, struct reel_journal_open *open) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  if (!sqlite3_threadsafe()) return refuse_file(open, "this SQLite was built without threads");
  journal->is_memory = strcmp(open->path, ":memory:") == 0;
  int status = journal->is_memory ? REEL_OK : prepare_file(journal, open);
  if (status != REEL_OK) return status;
  const char *path = journal->is_memory ? open->path : journal->path;
  if (sqlite3_open_v2(path, &journal->db, flags, NULL) != SQLITE_OK)
    return refuse_with_sqlite_message(open, journal->db);
  status = configure(journal, open);
  /* Checking the pages evaluates the expressions in the schema, and comes before a schema is
   * written: a damaged file may look empty. */
  int64_t version = VERSION;
  if (status == REEL_OK) status = check_schema(open, journal->db, &version);
  if (status == REEL_OK) status = check_pages(open, journal->db);
  if (status == REEL_OK && version < VERSION) status = migrate(open, journal->db);
  return status;
}

/* The operation that opens a journal. */

static void open_start(struct reel_io *io, struct reel_op *op) {
  struct reel_journal_open *open = (struct reel_journal_open *)op;
  struct reel_journal *journal = reel_journal_new(io);
  int status = journal ? open_database(journal, open) : REEL_NOMEM;
  if (status == REEL_OK) {
    reel_journal_restrict(journal);
    open->journal = journal;
  } else if (journal) {
    reel_journal_drop(journal);
  }
  reel_io_finish(io, op, status);
}

static void open_cancel(struct reel_io *io, struct reel_op *op) {
  reel_io_finish(io, op, REEL_CANCELLED); /* never called: open_start finishes the operation */
}

static void open_free(struct reel_op *op) {
  struct reel_journal_open *open = (struct reel_journal_open *)op;
  if (open->journal) reel_journal_drop(open->journal);
  free(open);
}

static const struct reel_op_type open_type = {
    .name = "journal_open", .start = open_start, .cancel = open_cancel, .free = open_free};

struct reel_op *reel_journal_open_new(const char *path) {
  struct reel_journal_open *open = calloc(1, sizeof *open);
  if (!open) return NULL;
  open->op.type = &open_type;
  snprintf(open->path, sizeof open->path, "%s", path);
  return &open->op;
}

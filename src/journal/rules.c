#include "journal/rules.h"

#include <stdio.h>
#include <string.h>

#include "journal/schema.h"

#define RESTORE "; restore it from a copy, or move its folder away if somebody else has made it"

/* How the statements begin that a journal must have. */
static const char *const kinds[] = {"CREATE TABLE ", "CREATE UNIQUE INDEX ", "CREATE TRIGGER "};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static bool begins_with(const char *text, const char *beginning) {
  return strncmp(text, beginning, strlen(beginning)) == 0;
}

static bool is_rule(const char *sql) {
  for (size_t i = 0; i < KINDS; i++)
    if (begins_with(sql, kinds[i])) return true;
  return false;
}

/* Whether a text is a whole statement of a schema. */
static bool has_statement(const char *schema, const char *sql) {
  size_t size = strlen(sql);
  if (size == 0) return false;
  for (const char *found = schema; (found = strstr(found, sql)); found++) {
    bool at_start = found == schema || found[-1] == '\n';
    if (at_start && found[size] == ';') return true;
  }
  return false;
}

static bool is_known(const char *sql) {
  return has_statement(reel_journal_schema, sql) || has_statement(reel_journal_older_schema, sql);
}

static int count_rules(void) {
  int count = 0;
  for (const char *line = reel_journal_schema; line; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    count += is_rule(line);
  }
  return count;
}

/* A plain table of another name than reel's does not matter. A foreign key can refuse a change of
 * the row that it refers to, and an expression (CHECK, a generated column), which needs brackets of
 * its own, takes time and memory when the pages are checked. The text decides, not the type column,
 * since SQLite makes the object from the text. Other objects can refuse or change what reel writes:
 * even an index that is not unique does so when its expression fails. */
static bool is_harmless(const char *sql) {
  const char *bracket = strchr(sql, '(');
  bool has_expression = bracket && strchr(bracket + 1, '(');
  return begins_with(sql, "CREATE TABLE ") && !has_expression && !strcasestr(sql, "REFERENCES");
}

/* The type of an object, for people. */
static const char *shown_type(const char *type) {
  static const char *const types[] = {"table", "index", "trigger", "view"};
  for (size_t i = 0; type && i < sizeof types / sizeof types[0]; i++)
    if (strcmp(type, types[i]) == 0) return types[i];
  return "object";
}

static bool has_only_letters(const char *name) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return name && name[0] && name[strspn(name, letters)] == '\0';
}

/* Counts the rules among all objects. Returns -1 and writes the reason if there is an object that
 * must not be there; the reason stays empty if SQLite has failed. */
static int count_known(sqlite3_stmt *objects, char *reason, size_t size) {
  int count = 0;
  while (sqlite3_step(objects) == SQLITE_ROW) {
    const char *type = (const char *)sqlite3_column_text(objects, 0);
    const char *name = (const char *)sqlite3_column_text(objects, 1);
    const char *sql = (const char *)sqlite3_column_text(objects, 2);
    if (!sql) return -1;
    if (is_known(sql)) {
      count += is_rule(sql);
    } else if (!is_harmless(sql)) {
      snprintf(reason, size,
               "its %s %.40s is not one of reel's, and could weaken the rules about "
               "money" RESTORE,
               shown_type(type), has_only_letters(name) ? name : "with an odd name");
      return -1;
    }
  }
  return count;
}

bool reel_rules_hold(sqlite3 *db, char *reason, size_t size) {
  sqlite3_stmt *objects = NULL;
  reason[0] = '\0';
  const char *query = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL";
  if (sqlite3_prepare_v2(db, query, -1, &objects, NULL) != SQLITE_OK) return false;
  int count = count_known(objects, reason, size);
  bool is_read = sqlite3_finalize(objects) == SQLITE_OK;
  if (!is_read || count < 0) return false;
  if (count == count_rules()) return true;
  snprintf(reason, size, "rules about money are missing in it, or were changed" RESTORE);
  return false;
}

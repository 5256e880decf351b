/* Whether a journal still has the rules about money that reel gave it. They are compared by their
 * text, as SQLite keeps it: a trigger of the right name may say something else, and a file may come
 * from anywhere.
 *
 * Every table, unique index and trigger of schema.sql must be there, word for word. A statement of
 * older_schema.sql, which an earlier build wrote, counts as today's. Beyond the statements of the
 * two files, there may only be plain tables without expressions and references, which a later build
 * of this version may have added. Every other trigger, view, index or virtual table could change or
 * refuse what reel writes, perhaps only after a request was paid for, and so could a foreign key.
 */
#ifndef REEL_JOURNAL_RULES_H
#define REEL_JOURNAL_RULES_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

/* Returns whether the rules are there. If not, puts into `reason` what is wrong, for people, or an
 * empty text if SQLite has failed. [io] */
bool reel_rules_hold(sqlite3 *db, char *reason, size_t size);

#endif

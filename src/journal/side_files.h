/* The files that SQLite keeps beside a database. They may have come with the folder. */
#ifndef REEL_SIDE_FILES_H
#define REEL_SIDE_FILES_H

#include <stddef.h>

/* Checks the side files of the database at `path` before SQLite opens it. [io]
 *
 * SQLite opens what has the name of a side file, so anything but a plain file of this user's that
 * nobody else may write is refused; a FIFO would block it for ever. A rollback journal that names a
 * super-journal is refused, too: SQLite would delete the file of that name, wherever it is, and
 * reel never makes one (https://www.sqlite.org/tempfiles.html#super_journal_files).
 *
 * Returns REEL_OK, or REEL_JOURNAL with the reason in `reason`. */
int reel_side_files_check(const char *path, char *reason, size_t size);

#endif

/* Folders that reel keeps files in. A folder is opened once, by descriptor, without following a
 * link; it must belong to the user, and nobody else may write to it. From then on every file in it
 * is reached by the descriptor and a name of one part, and no link is followed, so that nothing
 * that lies in the folder can lead reel to a file elsewhere.
 *
 * All functions may be called on any thread; they block as long as the disk does. */
#ifndef REEL_FOLDER_H
#define REEL_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/buffer.h"

struct reel_folder {
  int fd;             /* -1: closed */
  char *path;         /* as it was given, for messages and for other programs */
  mode_t file_mode;   /* of the files that are made in it, before the umask */
  int system_error;   /* of a failed function: the errno of REEL_SYSTEM and REEL_NOT_FOUND, or 0 */
  const char *reason; /* of a failed function: a clause for people, or NULL. Static storage. */
};

enum reel_folder_kind {
  REEL_FOLDER_OWN, /* reel's: no link, the user's, and writable by nobody else */
  REEL_FOLDER_ANY  /* one that the user has named: links are followed and any owner will do */
};

/* A struct that close() accepts. */
#define REEL_FOLDER_CLOSED ((struct reel_folder){.fd = -1})

/* Opens a folder; with `make`, a missing one is made for its owner alone and is on the disk
 * afterwards. `folder` must be closed. *Copies* path. Close it also after an error.
 * Errors: REEL_NOT_FOUND, REEL_SYSTEM (see `reason` and `system_error`), REEL_NOMEM. */
int reel_folder_open(struct reel_folder *folder, const char *path, enum reel_folder_kind kind,
                     bool make);

/* Opens a folder of reel's in another one, as reel_folder_open does. Errors: as there, and
 * REEL_INVALID (this is no name). */
int reel_folder_open_sub(const struct reel_folder *parent, const char *name, bool make,
                         struct reel_folder *folder);

/* Opens a folder of reel's once more. Errors: as reel_folder_open. */
int reel_folder_open_again(const struct reel_folder *opened, struct reel_folder *folder);

/* Makes an empty folder for the user alone below $TMPDIR, or else below /tmp. `folder` must be
 * closed. Errors: as reel_folder_open. */
int reel_folder_make_temporary(struct reel_folder *folder);

/* Safe when it is closed. */
void reel_folder_close(struct reel_folder *folder);

/* Whether a text of `size` bytes is a name in a folder: 1 to 255 bytes without "/" and control
 * characters, and neither "." nor "..". */
bool reel_folder_is_name(const char *name, size_t size);

/* Opens a regular file for reading. *out, the descriptor, is *given*: close().
 * Errors: REEL_NOT_FOUND, REEL_SYSTEM. */
int reel_folder_open_file(struct reel_folder *folder, const char *name, int *out);

/* Appends a regular file to `out`, as far as its max allows. *is_whole says whether that is all.
 * Errors: REEL_NOT_FOUND, REEL_SYSTEM, REEL_NOMEM. */
int reel_folder_read(struct reel_folder *folder, const char *name, struct reel_buffer *out,
                     bool *is_whole);

/* Writes a file, in place of an earlier one. The file appears under its name when it is whole and
 * on the disk; before, it has a random name. Errors: REEL_SYSTEM. */
int reel_folder_write(struct reel_folder *folder, const char *name, const char *bytes, size_t size);

/* The new name is on the disk when this returns. Errors: REEL_NOT_FOUND, REEL_SYSTEM. */
int reel_folder_rename(struct reel_folder *folder, const char *from, const char *to);

/* Removes a file or a link. Errors: REEL_NOT_FOUND, REEL_SYSTEM. */
int reel_folder_remove(struct reel_folder *folder, const char *name);

/* Describes a file, or a link itself. Errors: REEL_NOT_FOUND, REEL_SYSTEM. */
int reel_folder_stat(struct reel_folder *folder, const char *name, struct stat *out);

#endif

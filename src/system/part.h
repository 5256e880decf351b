/* A file that is written as path + ".part" and renamed to path when it is whole and on the disk. No
 * symbolic link is followed and only regular files of one name are written. A lock keeps two
 * processes from writing the same part at the same time. */
#ifndef REEL_PART_H
#define REEL_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reel_part {
  char *path, *part_path;       /* for messages */
  int folder;                   /* which the names are in; AT_FDCWD: the names are paths */
  const char *name, *part_name; /* ends of path and part_path, or all of them */
  int fd;                       /* -1: not open */
  int system_error;             /* the errno of REEL_SYSTEM */
};

struct reel_folder;

/* path is that of a file, or its name in an open folder, whose descriptor is duplicated; folder
 * NULL: none. *Copies* path. Opens nothing. Call deinit also after an error. [any] Errors:
 * REEL_NOMEM, REEL_SYSTEM. */
int reel_part_init(struct reel_part *part, const struct reel_folder *folder, const char *path);

/* Closes the part and frees the paths; the part stays on the disk. Safe on a zeroed struct that was
 * never initialised. [any] */
void reel_part_deinit(struct reel_part *part);

/* Opens the part that an earlier run left. If there is none and `create` is true, makes an empty
 * one. size is set to the size of the part in bytes. [io]
 * Errors: REEL_NOT_FOUND (there is none and `create` is false), REEL_BUSY (someone else is writing
 * it), REEL_SYSTEM. */
int reel_part_open(struct reel_part *part, bool create, uint64_t *size);

/* Empties the part. [io] Errors: REEL_SYSTEM. */
int reel_part_restart(struct reel_part *part);

/* Appends bytes. After an error some of them may have been added. [io] Errors: REEL_SYSTEM. */
int reel_part_write(struct reel_part *part, const char *bytes, size_t size);

/* Syncs the part, renames it to path, where it replaces any file, and closes it. [io]
 * Errors: REEL_SYSTEM, REEL_NOMEM. */
int reel_part_keep(struct reel_part *part);

/* Closes the part, which stays on the disk. Safe when it is not open. [io] */
void reel_part_close(struct reel_part *part);

/* Deletes the part and closes it. Does nothing when it is not open. [io] */
void reel_part_drop(struct reel_part *part);

#endif

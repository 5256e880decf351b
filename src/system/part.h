/* A file that is made beside its place, under path + ".part", and moved there when it is whole and
 * on the disk. No symbolic link is followed and only regular files are written; a lock keeps two
 * processes from making the same one at the same time. */
#ifndef REEL_PART_H
#define REEL_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reel_part {
  char *path, *part_path;
  int fd;           /* -1: not open */
  int system_error; /* errno behind REEL_SYSTEM */
};

/* *Copies* path. Opens nothing. [any] Errors: REEL_NOMEM; deinit either way. */
int reel_part_init(struct reel_part *part, const char *path);

/* Closes it; what it holds stays on the disk. Safe on a zeroed part that was never inited. [any] */
void reel_part_deinit(struct reel_part *part);

/* Opens it where a former one stands, or empty; size is what it holds. [io]
 * Errors: REEL_NOT_FOUND: there is none, and `create` is false; REEL_BUSY: another process makes
 * it; REEL_SYSTEM. */
int reel_part_open(struct reel_part *part, bool create, uint64_t *size);

/* Forgets what it holds. [io] Errors: REEL_SYSTEM. */
int reel_part_restart(struct reel_part *part);

/* Adds to its end. [io] Errors: REEL_SYSTEM; some of the bytes may have been added. */
int reel_part_write(struct reel_part *part, const char *bytes, size_t size);

/* Moves it to its place, in place of what is there, and closes it. [io] Errors: REEL_SYSTEM,
 * REEL_NOMEM. */
int reel_part_keep(struct reel_part *part);

/* Closes it; deletes it, too. Safe when it is not open. [io] */
void reel_part_close(struct reel_part *part);
void reel_part_drop(struct reel_part *part);

#endif

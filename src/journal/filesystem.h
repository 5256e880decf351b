/* Which file systems a journal may lie on: those whose locks and syncs hold for every program that
 * can reach the file. Two machines that each see only their own locks would both pay for one clip.
 */
#ifndef REEL_JOURNAL_FILESYSTEM_H
#define REEL_JOURNAL_FILESYSTEM_H

#include <stdbool.h>

struct reel_filesystem {
  unsigned long magic; /* statfs(2) */
  char type[64];       /* as in /proc/self/mountinfo: "ext4", "fuse.sshfs"; "" where unknown */
};

/* Finds the file system of a folder. Returns false, with errno set, if the folder cannot be
 * examined. May block. */
bool reel_filesystem_of(const char *folder, struct reel_filesystem *out);

/* Decides by the magic. All FUSE file systems share one magic, so among them the type decides, and
 * a type that is not known to be local counts as remote. */
bool reel_filesystem_is_local(const struct reel_filesystem *filesystem);

#endif

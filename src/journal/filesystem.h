/* Which file systems a journal may lie on: those whose locks and syncs hold for everybody who can
 * reach the file. Two machines that each see only their own locks would both pay for one clip. */
#ifndef REEL_JOURNAL_FILESYSTEM_H
#define REEL_JOURNAL_FILESYSTEM_H

#include <stdbool.h>

struct reel_filesystem {
  unsigned long magic; /* statfs(2) */
  char type[64];       /* as in /proc/self/mountinfo: "ext4", "fuse.sshfs"; "" where unknown */
};

/* The file system of a folder; false: statfs(2) fails, see errno. May block. */
bool reel_filesystem_of(const char *folder, struct reel_filesystem *out);

/* Goes by the magic; but that of FUSE stands for all it can do, so there the type decides, and what
 * is not known to be local is not. */
bool reel_filesystem_is_local(const struct reel_filesystem *filesystem);

#endif

/* Whether a file or a folder is the user's alone. reel believes only such settings, keys and
 * journals: what somebody else can write, somebody else decides. */
#ifndef REEL_OWNERSHIP_H
#define REEL_OWNERSHIP_H

struct stat;

enum reel_ownership {
  REEL_OWNED,   /* it is the user's, and nobody else may write it */
  REEL_FOREIGN, /* it belongs to another user */
  REEL_SHARED   /* others may write it */
};

/* The user is that of the effective user id. A group may write if it is the user's private one,
 * which has the same number as the user. The mode of a symbolic link means nothing, so only its
 * owner counts. [any] */
enum reel_ownership reel_ownership_of(const struct stat *info);

#endif

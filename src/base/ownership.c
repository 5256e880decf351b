#include "base/ownership.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

enum reel_ownership reel_ownership_of(const struct stat *info) {
  if (info->st_uid != geteuid()) return REEL_FOREIGN;
  if (S_ISLNK(info->st_mode)) return REEL_OWNED;
  bool is_private_group = info->st_gid == info->st_uid;
  mode_t others = is_private_group ? S_IWOTH : S_IWOTH | S_IWGRP;
  return info->st_mode & others ? REEL_SHARED : REEL_OWNED;
}

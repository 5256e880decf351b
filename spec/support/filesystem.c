/* usage: filesystem MAGIC TYPE; or: filesystem FOLDER
 * Prints a file system's magic and type, and whether a journal may lie on it. */
#include <stdio.h>
#include <stdlib.h>

#include "journal/filesystem.h"

int main(int argc, char **argv) {
  struct reel_filesystem filesystem = {0};
  if (argc == 3) {
    filesystem.magic = strtoul(argv[1], NULL, 16);
    snprintf(filesystem.type, sizeof filesystem.type, "%s", argv[2]);
  } else if (argc != 2 || !reel_filesystem_of(argv[1], &filesystem)) {
    perror("filesystem");
    return 1;
  }
  printf("%lx %s %s\n", filesystem.magic, filesystem.type,
         reel_filesystem_is_local(&filesystem) ? "local" : "remote");
  return 0;
}

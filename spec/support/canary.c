/* A shared object that tells when a loader takes it: it writes to the file that CANARY names. */
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void tell(void) {
  const char *path = getenv("CANARY");
  FILE *file = path ? fopen(path, "a") : NULL;
  if (!file) return;
  fputs("a shared object\n", file);
  fclose(file);
}

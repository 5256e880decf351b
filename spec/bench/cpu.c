/* Runs the commands one after the other, RUNS times each, and prints for each the median of its
 * processor time, user and system, in ms:
 *   cpu RUNS COMMAND [ARGUMENT...] [-- COMMAND [ARGUMENT...]]...
 * The output of the commands goes to stderr. The time of a command's children counts if the command
 * waited for them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_RUNS = 1000, MOST_COMMANDS = 16 };

static double seconds(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* Processor time of one run in ms; ends the program if the command fails. */
static double run_ms(char **argv) {
  pid_t child = fork();
  if (child == 0) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execvp(argv[0], argv);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status != 0) {
    fprintf(stderr, "cpu: %s failed\n", argv[0]);
    exit(1);
  }
  return (seconds(usage.ru_utime) + seconds(usage.ru_stime)) * 1e3;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  static double times_ms[MOST_COMMANDS][MOST_RUNS];
  int runs = argc > 2 ? atoi(argv[1]) : 0, count = 0;
  char **commands[MOST_COMMANDS];
  if (runs < 1 || runs > MOST_RUNS) return fprintf(stderr, "usage: cpu RUNS COMMAND...\n"), 2;
  for (int i = 1; i < argc && count < MOST_COMMANDS; i++) {
    if (i > 1 && strcmp(argv[i], "--") != 0) continue;
    argv[i] = NULL;
    commands[count++] = argv + i + 1;
  }
  for (int run = 0; run < runs; run++)
    for (int i = 0; i < count; i++) times_ms[i][run] = run_ms(commands[i]);
  for (int i = 0; i < count; i++) {
    qsort(times_ms[i], (size_t)runs, sizeof(double), compare);
    printf("%.2f\n", times_ms[i][runs / 2]);
  }
  return 0;
}

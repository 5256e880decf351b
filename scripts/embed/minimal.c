/* The smallest host with its own loop: runs a script to its end and waits only in poll().
 *   cc minimal.c -o minimal $(pkg-config --cflags --libs reel)
 *   ./minimal trailer.lua [ARGUMENT...]
 * It uses the local service; without REEL_LOCAL below it would use the vendor's. */
#include <poll.h>
#include <reel.h>
#include <stdio.h>

/* Prints an event. Returns whether it was the script's end; exit_code is set to 0 if that was
 * a success. */
static int show(const struct reel_event *event, int *exit_code) {
  switch (event->type) {
    case REEL_EVENT_PRINT:
      puts(event->text);
      return 0;
    case REEL_EVENT_LOG:
      fprintf(stderr, "%s: %s\n", event->level, event->text);
      return 0;
    case REEL_EVENT_PROGRESS:
      fprintf(stderr, "%s %s: %s\n", event->change, event->model ? event->model : "", event->state);
      return 0;
    case REEL_EVENT_DONE:
      *exit_code = 0;
      return 1;
    case REEL_EVENT_FAILED:
      fprintf(stderr, "failed: %s\n", event->text);
      return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2) return fputs("usage: minimal SCRIPT [ARGUMENT...]\n", stderr), 2;
  struct reel_config config = {.flags = REEL_LOCAL};
  struct reel *r;
  if (reel_open(&config, &r) != REEL_OK) return fprintf(stderr, "%s\n", reel_errmsg(NULL)), 1;

  int over = 0, exit_code = 1;
  reel_start_file(r, argv[1], argc - 2, (const char *const *)argv + 2, NULL);
  while (!over) {
    struct pollfd work = {.fd = reel_fd(r), .events = POLLIN};
    poll(&work, 1, -1);
    reel_step(r, 0.01);
    for (struct reel_event event; reel_next_event(r, &event) > 0;) over |= show(&event, &exit_code);
  }
  reel_close(r, 5);
  return exit_code;
}

/* What the checks of reel.h share. One run of the program makes one check. The program ends at the
 * first condition that is false. */
#ifndef SPEC_EMBED_CHECK_H
#define SPEC_EMBED_CHECK_H

#include <reel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                           \
  do {                                                                             \
    if (condition) break;                                                          \
    fprintf(stderr, "%s:%d: this is false: %s\n", __FILE__, __LINE__, #condition); \
    exit(1);                                                                       \
  } while (0)

#define CHECK_TEXT(text, wanted)                                                              \
  do {                                                                                        \
    const char *text_ = (text);                                                               \
    if (text_ && strcmp(text_, wanted) == 0) break;                                           \
    fprintf(stderr, "%s:%d: got \"%s\", wanted \"%s\"\n", __FILE__, __LINE__, text_, wanted); \
    exit(1);                                                                                  \
  } while (0)

enum { WAIT_S = 20 }; /* for waits that end soon unless something is broken */

/* Opens a runtime. Fails the check if that fails. */
struct reel *check_open(const struct reel_config *config);
/* Starts a job and returns its id. Fails the check if that fails. */
int64_t check_start(struct reel *r, const char *code);

/* Reads events up to the next event of a type. Fails the check if there is none. */
struct reel_event check_event(struct reel *r, enum reel_event_type type);

/* checks_misuse.c */
void check_null(void);
void check_closed(void);
void check_reentry(void);
void check_other_thread(void);
void check_arguments(void);
/* checks_events.c */
void check_events(void);
void check_unpulled(void);
void check_hooks(void);
void check_register(void);
void check_attach(void);
void check_locale(void);
/* checks_threads.c */
void check_signal(void);
void check_interrupt_thread(void);
void check_interrupt_close(void);
void check_other_thread_close(void);
void check_wait_interrupted(void);
void check_wakeup(void);
void check_descriptor(void);
void check_budget(void);
void check_two(void);
void check_two_threads(void);
void check_holders(void);
void check_attached_thread(void);
void check_grace(void);
/* checks_modules.c */
void check_own_modules(void);
void check_host_modules(void);
/* checks_local.c */
void check_local(void);
void check_local_busy(void);
void check_local_close(void);
void check_local_close_early(void);
void check_local_cancel(void);
void check_local_attach(void);

#endif

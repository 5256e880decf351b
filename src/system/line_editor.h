/* Edits lines on a terminal, with libedit.
 *
 * libedit waits for keys itself, also in the middle of a search or of a key that sends several
 * bytes. So it runs on a thread of its own, like a coroutine: while one of the two threads runs,
 * the other one waits for it, so nothing needs a lock. The host reads the terminal and passes the
 * bytes to the editor.
 *
 * The host calls all functions on its own thread. Text is UTF-8, whatever the host's locale is. */
#ifndef REEL_LINE_EDITOR_H
#define REEL_LINE_EDITOR_H

#include <stddef.h>

struct reel_line_editor;

enum reel_line_event {
  REEL_LINE_MORE,     /* all bytes are used up; the line needs more */
  REEL_LINE_DONE,     /* the line is complete: reel_line_editor_text() */
  REEL_LINE_END,      /* Ctrl-D was typed on an empty line */
  REEL_LINE_COMPLETE, /* Tab was typed: reel_line_editor_text() is the text before the cursor, to
                       * which reel_line_editor_insert() may add */
  REEL_LINE_ABANDONED /* reel_line_editor_abandon() ended the line; run never returns it */
};

/* Both descriptors must be of a terminal; they are *copied* with dup. name is the program's name
 * in the user's ~/.editrc; *copied*. Errors: REEL_NOMEM, REEL_SYSTEM. */
int reel_line_editor_open(const char *name, int in_fd, int out_fd, struct reel_line_editor **out);

/* Frees the editor and restores the modes of the terminal. NULL-safe. */
void reel_line_editor_close(struct reel_line_editor *editor);

/* Sets the prompt of the next line, which must be ASCII. *Copied*. Errors: REEL_NOMEM. */
int reel_line_editor_set_prompt(struct reel_line_editor *editor, const char *prompt);

/* Appends bytes from the terminal to those that run() reads. *Copied*. Errors: REEL_NOMEM,
 * REEL_TOO_LARGE (more than 16 MiB would be queued). */
int reel_line_editor_feed(struct reel_line_editor *editor, const char *bytes, size_t size);

/* Goes on editing until there is an event to return. If no line is being edited, begins one and
 * shows its prompt. */
enum reel_line_event reel_line_editor_run(struct reel_line_editor *editor);

/* The text that belongs to the last event, *borrowed* until the next run. */
const char *reel_line_editor_text(const struct reel_line_editor *editor);

/* Puts text before the cursor; the next run shows it. */
void reel_line_editor_insert(struct reel_line_editor *editor, const char *text);

/* Erases the line that is being edited from the screen. The cursor is then where its prompt
 * began. */
void reel_line_editor_hide(struct reel_line_editor *editor);

/* Shows the line again. The cursor must be at the beginning of an empty row. */
void reel_line_editor_show(struct reel_line_editor *editor);

/* Draws the line again after the size or the modes of the terminal may have changed. */
void reel_line_editor_refresh(struct reel_line_editor *editor);

/* Ends the line without a result and drops all bytes that were fed but not used. What was typed
 * stays on the screen. */
void reel_line_editor_abandon(struct reel_line_editor *editor);

/* Adds a line to the history, from which the arrow keys bring it back. *Copied*. */
void reel_line_editor_remember(struct reel_line_editor *editor, const char *text);

#endif

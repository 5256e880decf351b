/* Lines that are edited on a terminal, by libedit.
 *
 * libedit wants to wait for keys itself, also in the midst of a search or of a key that sends
 * several bytes. So it runs on a thread of its own, which takes turns with the host's thread as a
 * coroutine would: while one runs the other stands still, and nothing needs a lock. The host reads
 * the terminal in its own way and hands the bytes over.
 *
 * All functions: [host]. Text is UTF-8, whatever the host's locale is. */
#ifndef REEL_LINE_EDITOR_H
#define REEL_LINE_EDITOR_H

#include <stddef.h>

struct reel_line_editor;

enum reel_line_event {
  REEL_LINE_MORE,     /* all bytes are used up, the line goes on */
  REEL_LINE_DONE,     /* the line is there: reel_line_editor_text() */
  REEL_LINE_END,      /* Ctrl-D on an empty line */
  REEL_LINE_COMPLETE, /* Tab: reel_line_editor_text() tells what stands before the cursor; the
                       * answer is reel_line_editor_insert(), or nothing */
  REEL_LINE_ABANDONED
};

/* Both descriptors are *borrowed*, and must be of a terminal. name is the program's, for the
 * user's ~/.editrc; *copied*. Errors: REEL_NOMEM, REEL_SYSTEM. */
int reel_line_editor_open(const char *name, int in_fd, int out_fd, struct reel_line_editor **out);

/* Gives the terminal back as it was. NULL: nothing. */
void reel_line_editor_close(struct reel_line_editor *editor);

/* What the next line begins with on the screen. *Copied*. Errors: REEL_NOMEM. */
int reel_line_editor_set_prompt(struct reel_line_editor *editor, const char *prompt);

/* Adds bytes of the terminal to those that are not used up. *Copied*. Errors: REEL_NOMEM,
 * REEL_TOO_LARGE. */
int reel_line_editor_feed(struct reel_line_editor *editor, const char *bytes, size_t size);

/* Edits until something happens; begins a line, and shows its prompt, if none is being edited. */
enum reel_line_event reel_line_editor_run(struct reel_line_editor *editor);

/* *Borrowed* until the next run. */
const char *reel_line_editor_text(const struct reel_line_editor *editor);

/* Puts text before the cursor; the next run shows it. */
void reel_line_editor_insert(struct reel_line_editor *editor, const char *text);

/* Takes the line that is being edited off the screen; the cursor stands where its prompt began. */
void reel_line_editor_hide(struct reel_line_editor *editor);

/* Shows it again; the cursor is at the beginning of an empty row. */
void reel_line_editor_show(struct reel_line_editor *editor);

/* Draws the line anew, in a terminal whose size or modes may have changed. */
void reel_line_editor_refresh(struct reel_line_editor *editor);

/* Gives up the line and all bytes that are not used up. What was typed stays on the screen. */
void reel_line_editor_abandon(struct reel_line_editor *editor);

/* Adds a line to those that the arrow keys bring back. *Copied*. */
void reel_line_editor_remember(struct reel_line_editor *editor, const char *text);

#endif

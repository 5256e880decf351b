#include "system/line_editor.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wctype.h>

#include "base/buffer.h"
#include "base/status.h"

enum { HISTORY_LINES = 1000, FALLBACK_COLUMNS = 80, TAB_COLUMNS = 8 };

#define MAX_QUEUED_BYTES (16u << 20) /* a large paste */
#define ROW_ERASE "\r\033[J"

struct reel_line_editor {
  EditLine *el;
  History *history;
  FILE *in, *out;
  locale_t locale; /* "C" with UTF-8 characters */

  pthread_t thread;
  bool is_running;      /* the thread was started */
  sem_t host_may_run;   /* the editor's thread posts it before it waits or ends */
  sem_t editor_may_run; /* the host posts it before it waits */
  bool is_editing;      /* the thread is inside el_gets */
  bool is_closing, is_abandoned;
  enum reel_line_event event;

  struct reel_buffer queue; /* bytes that the host has read from the terminal */
  size_t used;              /* how many of them libedit has got */
  mbstate_t decoding;
  char *prompt, *text;
  int columns; /* the width of the terminal that libedit reckons with */
};

/* The two threads run one at a time. Below, [host] and [editor] say which of them runs a function,
 * or all functions under a heading. */

static void wait_for(sem_t *semaphore) {
  while (sem_wait(semaphore) != 0 && errno == EINTR) continue;
}

/* [editor] Gives the event to the host, and waits until the host lets the editor go on. */
static void report_event(struct reel_line_editor *editor, enum reel_line_event event) {
  editor->event = event;
  sem_post(&editor->host_may_run);
  wait_for(&editor->editor_may_run);
}

/* [host] Lets the editor run, and waits until it reports an event or ends. */
static void run_editor(struct reel_line_editor *editor) {
  sem_post(&editor->editor_may_run);
  wait_for(&editor->host_may_run);
}

/* [editor] */
static void set_text(struct reel_line_editor *editor, const char *text, size_t size) {
  free(editor->text);
  editor->text = strndup(text, size);
}

/* Functions that libedit calls, and their helpers. [editor] */

static struct reel_line_editor *editor_of(EditLine *el) {
  void *data;
  el_get(el, EL_CLIENTDATA, &data);
  return data;
}

static char *get_prompt(EditLine *el) {
  return editor_of(el)->prompt;
}

static bool take_byte(struct reel_line_editor *editor, char *out) {
  struct reel_buffer *queue = &editor->queue;
  if (editor->used < queue->size) {
    *out = queue->data[editor->used++];
    return true;
  }
  queue->size = editor->used = 0;
  return false;
}

/* Gives libedit the next character. Bytes that are not UTF-8 are skipped. */
static int get_character(EditLine *el, wchar_t *out) {
  struct reel_line_editor *editor = editor_of(el);
  for (;;) {
    char byte;
    if (editor->is_closing || editor->is_abandoned) return -1;
    if (!take_byte(editor, &byte)) {
      report_event(editor, REEL_LINE_MORE);
      continue;
    }
    size_t size = mbrtowc(out, &byte, 1, &editor->decoding);
    if (size == 0) *out = L'\0';
    if (size <= 1) return 1;
    if (size == (size_t)-1) editor->decoding = (mbstate_t){0};
  }
}

/* Handles Tab. In the indentation, as in pasted code, a tab becomes two blanks; elsewhere the host
 * is asked to complete the text. */
static unsigned char complete(EditLine *el, wint_t key) {
  (void)key;
  struct reel_line_editor *editor = editor_of(el);
  const LineInfo *line = el_line(el);
  size_t size = (size_t)(line->cursor - line->buffer);
  if (strspn(line->buffer, " \t") >= size) {
    el_insertstr(el, "  ");
    return CC_REFRESH;
  }
  set_text(editor, line->buffer, size);
  report_event(editor, REEL_LINE_COMPLETE);
  return CC_REFRESH;
}

static void bind_keys(EditLine *el) {
  static const char *const keys[][2] = {
      {"\\t", "reel-complete"},          {"^R", "em-inc-search-prev"}, {"^V", "ed-unassigned"},
      {"\\e[3~", "ed-delete-next-char"}, {"\\e[1~", "ed-move-to-beg"}, {"\\e[4~", "ed-move-to-end"},
      {"\\e[H", "ed-move-to-beg"},       {"\\e[F", "ed-move-to-end"},  {"\\e[1;5D", "ed-prev-word"},
      {"\\e[1;5C", "em-next-word"},
  };
  el_wset(el, EL_ADDFN, L"reel-complete", L"Complete the name before the cursor", complete);
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    el_set(el, EL_BIND, keys[i][0], keys[i][1], NULL);
}

static int count_columns(const struct reel_line_editor *editor) {
  struct winsize size;
  bool is_known = ioctl(fileno(editor->out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : FALLBACK_COLUMNS;
}

/* The thread. [editor] */

static enum reel_line_event read_line(struct reel_line_editor *editor) {
  int count;
  editor->columns = count_columns(editor);
  editor->is_editing = true;
  const char *line = el_gets(editor->el, &count);
  editor->is_editing = false;
  if (editor->is_abandoned) return REEL_LINE_ABANDONED;
  if (!line || count <= 0) return REEL_LINE_END;
  size_t size = strlen(line);
  set_text(editor, line, size > 0 && line[size - 1] == '\n' ? size - 1 : size);
  return REEL_LINE_DONE;
}

static void *run_thread(void *context) {
  struct reel_line_editor *editor = context;
  uselocale(editor->locale);
  wait_for(&editor->editor_may_run);
  while (!editor->is_closing) {
    enum reel_line_event event = read_line(editor);
    if (!editor->is_closing) report_event(editor, event);
  }
  sem_post(&editor->host_may_run);
  return NULL;
}

/* Opening and closing. [host] */

/* The thread blocks all signals: the host's handlers must run on the host's own thread. */
static int start_thread(struct reel_line_editor *editor) {
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  editor->is_running = pthread_create(&editor->thread, NULL, run_thread, editor) == 0;
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return editor->is_running ? REEL_OK : REEL_SYSTEM;
}

static FILE *open_stream(int fd, const char *mode) {
  int copy = dup(fd);
  FILE *stream = copy >= 0 ? fdopen(copy, mode) : NULL;
  if (!stream && copy >= 0) close(copy);
  return stream;
}

static int open_libedit(struct reel_line_editor *editor, const char *name) {
  HistEvent event;
  editor->history = history_init();
  editor->el = el_init(name, editor->in, editor->out, editor->out);
  if (!editor->history || !editor->el) return REEL_NOMEM;

  history(editor->history, &event, H_SETSIZE, HISTORY_LINES);
  history(editor->history, &event, H_SETUNIQUE, 1);
  el_set(editor->el, EL_CLIENTDATA, editor);
  el_set(editor->el, EL_HIST, history, editor->history);
  el_set(editor->el, EL_PROMPT, get_prompt);
  el_set(editor->el, EL_EDITOR, "emacs");
  el_wset(editor->el, EL_GETCFN, get_character);
  bind_keys(editor->el);
  el_source(editor->el, NULL);
  return REEL_OK;
}

static int open_parts(struct reel_line_editor *editor, const char *name, int in_fd, int out_fd) {
  editor->in = open_stream(in_fd, "r");
  editor->out = open_stream(out_fd, "w");
  editor->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  if (!editor->in || !editor->out || !editor->locale) return REEL_SYSTEM;

  int status = reel_line_editor_set_prompt(editor, "");
  if (status != REEL_OK) return status;
  locale_t hosts = uselocale(editor->locale);
  status = open_libedit(editor, name);
  uselocale(hosts);
  return status == REEL_OK ? start_thread(editor) : status;
}

int reel_line_editor_open(const char *name, int in_fd, int out_fd, struct reel_line_editor **out) {
  struct reel_line_editor *editor = calloc(1, sizeof *editor);
  if (!editor) return REEL_NOMEM;

  sem_init(&editor->host_may_run, 0, 0);
  sem_init(&editor->editor_may_run, 0, 0);
  reel_buffer_init(&editor->queue, MAX_QUEUED_BYTES);
  int status = open_parts(editor, name, in_fd, out_fd);
  if (status != REEL_OK) goto fail;

  *out = editor;
  return REEL_OK;
fail:
  reel_line_editor_close(editor);
  return status;
}

static void end_thread(struct reel_line_editor *editor) {
  if (!editor->is_running) return;
  editor->is_closing = true;
  run_editor(editor);
  pthread_join(editor->thread, NULL);
}

void reel_line_editor_close(struct reel_line_editor *editor) {
  if (!editor) return;
  end_thread(editor);
  if (editor->el) el_end(editor->el);
  if (editor->history) history_end(editor->history);
  if (editor->in) fclose(editor->in);
  if (editor->out) fclose(editor->out);
  if (editor->locale) freelocale(editor->locale);
  sem_destroy(&editor->host_may_run);
  sem_destroy(&editor->editor_may_run);
  reel_buffer_deinit(&editor->queue);
  free(editor->prompt);
  free(editor->text);
  free(editor);
}

/* Editing. [host] */

int reel_line_editor_set_prompt(struct reel_line_editor *editor, const char *prompt) {
  char *copy = strdup(prompt);
  if (!copy) return REEL_NOMEM;
  free(editor->prompt);
  editor->prompt = copy;
  return REEL_OK;
}

int reel_line_editor_feed(struct reel_line_editor *editor, const char *bytes, size_t size) {
  return reel_buffer_add(&editor->queue, bytes, size);
}

enum reel_line_event reel_line_editor_run(struct reel_line_editor *editor) {
  editor->is_abandoned = false;
  run_editor(editor);
  return editor->event;
}

const char *reel_line_editor_text(const struct reel_line_editor *editor) {
  return editor->text ? editor->text : "";
}

void reel_line_editor_insert(struct reel_line_editor *editor, const char *text) {
  locale_t hosts = uselocale(editor->locale);
  el_insertstr(editor->el, text);
  uselocale(hosts);
}

void reel_line_editor_remember(struct reel_line_editor *editor, const char *text) {
  HistEvent event;
  history(editor->history, &event, H_ENTER, text);
}

/* Drawing, while the thread waits in the middle of a line. libedit can draw a line from the
 * beginning of a row but cannot erase one, so this code computes in which row of the line the
 * cursor is. [host] */

/* How many columns the character has on the screen, as libedit shows it. */
static int columns_of(wchar_t character, int column) {
  if (character == L'\t') return TAB_COLUMNS - column % TAB_COLUMNS;
  if (iswcntrl((wint_t)character)) return 2; /* ^X */
  int columns = wcwidth(character);
  if (columns >= 0) return columns;
  return character > 0xffff ? 8 : 7; /* \U+XXXX */
}

/* Where the next character of a line is drawn; row 0 is the one in which the prompt begins. */
struct place {
  int row, column;
};

static void begin_row(struct place *place) {
  place->row++;
  place->column = 0;
}

static void advance(struct place *place, int more, int columns) {
  if (place->column + more > columns) begin_row(place);
  place->column += more;
  if (place->column >= columns) begin_row(place);
}

/* The columns that stay empty at the end of the row because a wide character does not fit there. */
static int columns_left(const struct place *place, wchar_t character, int columns) {
  bool fits = place->column + columns_of(character, place->column) <= columns;
  return fits ? 0 : columns - place->column;
}

/* The row of the cursor, as a struct place counts it. libedit drew the line when the terminal had
 * drawn_columns (`drawn`); now the terminal has `columns` (`seen`). If the two numbers differ, the
 * terminal has wrapped the drawn rows again, with the blanks that libedit put at the end of a row
 * where a wide character did not fit. */
static int cursor_row(const struct reel_line_editor *editor, int drawn_columns, int columns) {
  struct place drawn = {0, (int)strlen(editor->prompt)}, seen = drawn; /* a column for each byte */
  const LineInfoW *line = el_wline(editor->el);
  for (const wchar_t *c = line->buffer; c < line->cursor; c++) {
    if (*c == L'\n') {
      begin_row(&drawn);
      begin_row(&seen);
      continue;
    }
    int left = columns_left(&drawn, *c, drawn_columns);
    if (columns != drawn_columns) advance(&seen, left, columns);
    advance(&seen, columns_of(*c, drawn.column), columns);
    advance(&drawn, columns_of(*c, drawn.column), drawn_columns);
  }
  return seen.row;
}

static void erase(struct reel_line_editor *editor, int columns) {
  int rows = cursor_row(editor, editor->columns, columns);
  if (rows > 0) fprintf(editor->out, "\033[%dA", rows);
  fputs(ROW_ERASE, editor->out);
  fflush(editor->out);
  editor->columns = columns;
}

void reel_line_editor_hide(struct reel_line_editor *editor) {
  if (!editor->is_editing) return;
  locale_t hosts = uselocale(editor->locale);
  erase(editor, editor->columns);
  uselocale(hosts);
}

void reel_line_editor_show(struct reel_line_editor *editor) {
  if (!editor->is_editing) return;
  locale_t hosts = uselocale(editor->locale);
  el_set(editor->el, EL_REFRESH);
  uselocale(hosts);
}

void reel_line_editor_refresh(struct reel_line_editor *editor) {
  if (!editor->is_editing) return;
  locale_t hosts = uselocale(editor->locale);
  el_set(editor->el, EL_PREP_TERM, 0); /* after Ctrl-Z and fg, the modes are the shell's */
  el_set(editor->el, EL_PREP_TERM, 1);
  erase(editor, count_columns(editor));
  el_resize(editor->el);
  el_set(editor->el, EL_REFRESH);
  uselocale(hosts);
}

void reel_line_editor_abandon(struct reel_line_editor *editor) {
  editor->queue.size = editor->used = 0;
  editor->decoding = (mbstate_t){0};
  if (!editor->is_editing) return;
  reel_line_editor_hide(editor);
  locale_t hosts = uselocale(editor->locale);
  const LineInfoW *line = el_wline(editor->el);
  el_cursor(editor->el, (int)(line->lastchar - line->cursor));
  el_set(editor->el, EL_REFRESH);
  uselocale(hosts);
  fputs("^C\r\n", editor->out);
  fflush(editor->out);
  editor->is_abandoned = true;
  run_editor(editor);
}

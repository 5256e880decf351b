/* reel.core.editor: the line editor of the REPL, the bytes that are typed, and Ctrl-C. */
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bind/core.h"
#include "system/input.h"
#include "bind/job/job.h"
#include "system/line_editor.h"
#include "base/status.h"

#define EDITOR_TYPE "reel.core.Editor"

struct editor_box {
  struct reel_line_editor *editor; /* NULL: closed */
};

static const int caught_signals[] = {SIGINT, SIGWINCH, SIGCONT};
enum { CAUGHT_COUNT = sizeof caught_signals / sizeof *caught_signals };

/* This is file-level data, since nothing else can lead a signal handler to the editor. A process
 * has one terminal and so at most one editor. */
static struct {
  struct reel_jobs *jobs; /* NULL: no editor is open */
  int wakeup_fd;
  volatile sig_atomic_t interrupts;
  struct sigaction previous[CAUGHT_COUNT];
} the_signals;

static void on_signal(int number) {
  int saved = errno;
  if (number == SIGINT) {
    the_signals.interrupts = 1;
    reel_job_interrupt(the_signals.jobs);
  }
  uint64_t one = 1;
  ssize_t size = write(the_signals.wakeup_fd, &one, sizeof one);
  (void)size; /* write() fails only when the eventfd is readable anyway */
  errno = saved;
}

static bool catch_signals(struct reel_jobs *jobs) {
  the_signals.wakeup_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (the_signals.wakeup_fd < 0) return false;
  the_signals.jobs = jobs;
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  for (int i = 0; i < CAUGHT_COUNT; i++)
    sigaction(caught_signals[i], &action, &the_signals.previous[i]);
  return true;
}

static void release_signals(void) {
  for (int i = 0; i < CAUGHT_COUNT; i++)
    sigaction(caught_signals[i], &the_signals.previous[i], NULL);
  close(the_signals.wakeup_fd);
  the_signals.wakeup_fd = -1;
  the_signals.jobs = NULL;
}

/* Check helpers. */

static struct reel_line_editor *check_editor(lua_State *L) {
  struct editor_box *box = luaL_checkudata(L, 1, EDITOR_TYPE);
  if (!box->editor) luaL_error(L, "the editor is closed");
  return box->editor;
}

static const char *check_text(lua_State *L, int arg) {
  size_t size;
  const char *text = luaL_checklstring(L, arg, &size);
  luaL_argcheck(L, strlen(text) == size, arg, "text without zero bytes expected");
  return text;
}

/* Functions. */

static int editor_open(lua_State *L) {
  if (the_signals.jobs) return reel_job_push_failure(L, REEL_BUSY, "an editor is open already");
  struct reel_jobs *jobs = reel_job_scheduler(L);
  struct editor_box *box = lua_newuserdatauv(L, sizeof *box, 0);
  box->editor = NULL;
  luaL_setmetatable(L, EDITOR_TYPE);
  int status = reel_line_editor_open("reel", STDIN_FILENO, STDERR_FILENO, &box->editor);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  if (catch_signals(jobs)) return 1;
  reel_line_editor_close(box->editor);
  box->editor = NULL;
  return reel_job_push_failure(L, REEL_SYSTEM, NULL);
}

static int editor_close(lua_State *L) {
  struct editor_box *box = luaL_checkudata(L, 1, EDITOR_TYPE);
  if (!box->editor) return 0;
  reel_line_editor_close(box->editor);
  box->editor = NULL;
  release_signals();
  return 0;
}

/* begin(prompt) sets the prompt of the next line. */
static int editor_begin(lua_State *L) {
  int status = reel_line_editor_set_prompt(check_editor(L), check_text(L, 2));
  return status == REEL_OK ? 0 : luaL_error(L, "out of memory");
}

/* step([bytes]) -> event [, text] */
static int editor_step(lua_State *L) {
  static const char *const event_words[] = {"more", "line", "end", "complete", "abandoned"};
  size_t size;
  struct reel_line_editor *editor = check_editor(L);
  const char *bytes = luaL_optlstring(L, 2, "", &size);
  int status = reel_line_editor_feed(editor, bytes, size);
  if (status != REEL_OK) return luaL_error(L, "cannot take the input: %s", reel_strerror(status));
  enum reel_line_event event = reel_line_editor_run(editor);
  lua_pushstring(L, event_words[event]);
  if (event != REEL_LINE_DONE && event != REEL_LINE_COMPLETE) return 1;
  lua_pushstring(L, reel_line_editor_text(editor));
  return 2;
}

static int editor_insert(lua_State *L) {
  reel_line_editor_insert(check_editor(L), check_text(L, 2));
  return 0;
}

static int editor_remember(lua_State *L) {
  reel_line_editor_remember(check_editor(L), check_text(L, 2));
  return 0;
}

static int editor_hide(lua_State *L) {
  reel_line_editor_hide(check_editor(L));
  return 0;
}

static int editor_show(lua_State *L) {
  reel_line_editor_show(check_editor(L));
  return 0;
}

static int editor_refresh(lua_State *L) {
  reel_line_editor_refresh(check_editor(L));
  return 0;
}

static int editor_abandon(lua_State *L) {
  reel_line_editor_abandon(check_editor(L));
  return 0;
}

/* Returns whether Ctrl-C was pressed since the last call. */
static int editor_take_interrupt(lua_State *L) {
  check_editor(L);
  lua_pushboolean(L, the_signals.interrupts);
  the_signals.interrupts = 0;
  return 1;
}

static int push_input(lua_State *L, struct reel_op *op) {
  const struct reel_input *input = (const struct reel_input *)op;
  if (op->status != REEL_OK) return reel_job_push_failure(L, op->status, NULL);
  if (input->is_woken)
    lua_pushnil(L);
  else
    lua_pushlstring(L, input->bytes, input->size);
  return 1;
}

/* read() -> bytes from stdin, "" at its end; nil alone after a signal of the terminal; or nil,
 * word, message */
static int editor_read(lua_State *L) {
  struct reel_input *input;
  int wakeup_fd = the_signals.jobs ? the_signals.wakeup_fd : -1;
  int status = reel_input_new(STDIN_FILENO, wakeup_fd, &input);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  return reel_job_await(L, &input->op, push_input);
}

/* append(path, text) appends the text to a file and lets only the owner read that file. */
static int editor_append(lua_State *L) {
  size_t size;
  const char *path = check_text(L, 1), *text = luaL_checklstring(L, 2, &size);
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  bool is_written = fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, text, size) == (ssize_t)size;
  int error = errno;
  if (fd >= 0) close(fd);
  if (!is_written)
    return reel_job_push_failure(L, REEL_SYSTEM,
                                 lua_pushfstring(L, "%s: %s", path, strerror(error)));
  lua_pushboolean(L, true);
  return 1;
}

static const luaL_Reg functions[] = {
    {"open", editor_open}, {"read", editor_read}, {"append", editor_append}, {NULL, NULL}};

static const luaL_Reg methods[] = {{"begin", editor_begin},
                                   {"step", editor_step},
                                   {"insert", editor_insert},
                                   {"remember", editor_remember},
                                   {"hide", editor_hide},
                                   {"show", editor_show},
                                   {"refresh", editor_refresh},
                                   {"abandon", editor_abandon},
                                   {"take_interrupt", editor_take_interrupt},
                                   {"close", editor_close},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", editor_close}, {"__close", editor_close}, {NULL, NULL}};

int luaopen_reel_core_editor(lua_State *L) {
  luaL_newmetatable(L, EDITOR_TYPE);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}

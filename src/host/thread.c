/* The thread is a host of reel.h that runs one job. The thread and its starter each have one end of
 * a socket:
 *
 *   the thread sends a packet             the job has printed, logged or failed
 *   the starter shuts down writing        the job is asked to end
 *   the starter shuts down reading, too   the thread is to end at once
 *   the thread closes its end             the thread has ended
 *
 * Apart from the socket they share only `runtime` and `has_ended`, which are atomic, and strings
 * that do not change. */
#include "host/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bind/job/job.h"
#include "bind/search_path.h"
#include "host/lua_state.h"
#include "system/input.h"
#include "reel.h"

#define THREAD_TYPE "reel.Thread"

enum { NUDGE_MS = 1 }; /* between two interrupts of a thread that is to end */

static const double STEP_BUDGET_S = 0.01;

/* The user values of a handle are the strings that its thread reads. */
enum { MODULE = 1, TEXT, PATH, CPATH, THREAD_VALUES = CPATH };

struct thread {
  bool is_open; /* it was started and not joined */
  pthread_t id;
  int near, far; /* the starter's end of the socket, and the thread's */
  const char *module, *text, *path, *cpath;
  _Atomic(struct reel *) runtime; /* NULL: the thread has not opened it yet */
  atomic_bool has_ended;
};

/* On the thread. */

/* A packet is a word, a NUL and a text. Blocks while the socket is full. */
static void send_packet(const struct thread *thread, const char *word, const char *text,
                        size_t size) {
  size_t word_size = strlen(word) + 1, space = REEL_INPUT_BYTES - word_size;
  struct iovec parts[] = {{(void *)word, word_size}, {(void *)text, size < space ? size : space}};
  struct msghdr packet = {.msg_iov = parts, .msg_iovlen = 2};
  while (sendmsg(thread->far, &packet, MSG_NOSIGNAL) < 0 && errno == EINTR) continue;
}

static void on_print(void *thread, const char *text, size_t size) {
  send_packet(thread, "print", text, size);
}

static void on_log(void *thread, const char *level, const char *text) {
  send_packet(thread, level, text, strlen(text));
}

static void send_failure(const struct thread *thread, const char *message) {
  send_packet(thread, "failed", message, strlen(message));
}

/* Takes all events. Returns whether the job has ended. */
static bool take_events(const struct thread *thread, struct reel *r) {
  for (struct reel_event event; reel_next_event(r, &event) > 0;) {
    if (event.type == REEL_EVENT_DONE) return true;
    if (event.type != REEL_EVENT_FAILED) continue;
    if (strcmp(event.kind, "cancelled") != 0) send_failure(thread, event.text);
    return true;
  }
  return false;
}

static void run_job(const struct thread *thread, struct reel *r, int64_t job) {
  struct pollfd fds[] = {{.fd = reel_fd(r), .events = POLLIN},
                         {.fd = thread->far, .events = POLLRDHUP}};
  while (!take_events(thread, r)) {
    poll(fds, 2, -1);
    if (fds[1].revents & POLLHUP) return;
    if (fds[1].revents & POLLRDHUP) {
      reel_cancel(r, job);
      fds[1].events = 0; /* POLLRDHUP would be reported for ever; POLLHUP is reported anyway */
    }
    if (reel_step(r, STEP_BUDGET_S) != REEL_OK) return send_failure(thread, reel_errmsg(r));
  }
}

static void run_runtime(const struct thread *thread, struct reel *r) {
  static const char code[] = "local module, text = ... require(module).run(text)";
  const char *arguments[] = {thread->module, thread->text};
  int64_t job;
  if (reel_start_string(r, code, "reel.thread", 2, arguments, &job) == REEL_OK)
    run_job(thread, r, job);
  else
    send_failure(thread, reel_errmsg(r));
}

static int set_search_paths(lua_State *L) {
  const struct thread *thread = lua_touserdata(L, 1);
  lua_getglobal(L, "package");
  reel_search_path_set(L, -1, "path", thread->path);
  reel_search_path_set(L, -1, "cpath", thread->cpath);
  return 0;
}

static void run_state(struct thread *thread, lua_State *L) {
  struct reel_config config = {.print = on_print, .log = on_log, .data = thread};
  struct reel *r;
  lua_pushcfunction(L, set_search_paths);
  lua_pushlightuserdata(L, thread);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) return send_failure(thread, lua_tostring(L, -1));
  if (reel_attach(L, &config, &r) != REEL_OK) return send_failure(thread, reel_errmsg(NULL));
  thread->runtime = r;
  run_runtime(thread, r);
  reel_close(r, 0);
}

static void *run(void *data) {
  struct thread *thread = data;
  lua_State *L = reel_lua_state_new();
  if (L) {
    run_state(thread, L);
    lua_close(L);
  } else {
    send_failure(thread, reel_strerror(REEL_NOMEM));
  }
  thread->has_ended = true;
  close(thread->far); /* comes last, so that a starter who learns of the end finds has_ended set */
  return NULL;
}

/* On the starter's thread. */

/* The new thread blocks all signals, since the host's handlers must run on the host's threads. Only
 * SIGURG stays open, by which an interrupt reaches the thread. Returns an errno. */
static int create_thread(struct thread *thread) {
  sigset_t blocked, old;
  sigfillset(&blocked);
  sigdelset(&blocked, SIGURG);
  pthread_sigmask(SIG_SETMASK, &blocked, &old);
  int error = pthread_create(&thread->id, NULL, run, thread);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return error;
}

/* Makes the socket and the thread. Returns an errno. */
static int begin_thread(struct thread *thread) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno;
  thread->near = ends[0];
  thread->far = ends[1];
  fcntl(thread->near, F_SETFL, O_NONBLOCK);
  int error = create_thread(thread);
  thread->is_open = !error;
  if (!error) return 0;
  close(thread->near);
  close(thread->far);
  return error;
}

/* Interrupts until the thread has ended: an interrupt that comes just before Lua code runs stops
 * nothing. */
static void join_thread(struct thread *thread) {
  while (!thread->has_ended) {
    reel_interrupt(thread->runtime);
    poll(NULL, 0, NUDGE_MS);
  }
  pthread_join(thread->id, NULL);
}

/* Makes an operation that reads a packet. The handle may be closed while it is in flight, so the
 * operation has its own copy of the descriptor. */
static int new_input(const struct thread *thread, struct reel_input **out) {
  int fd = fcntl(thread->near, F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return REEL_SYSTEM;
  int status = reel_input_new(fd, -1, out);
  if (status == REEL_OK)
    (*out)->owns_source = true;
  else
    close(fd);
  return status;
}

/* Functions. */

static const char threads_key; /* registry key of a table whose weak keys are all handles */

static const char *check_text(lua_State *L, int arg) {
  size_t size;
  const char *text = luaL_checklstring(L, arg, &size);
  luaL_argcheck(L, strlen(text) == size, arg, "text without zero bytes expected");
  return text;
}

static struct thread *push_closed_thread(lua_State *L) {
  struct thread *thread = lua_newuserdatauv(L, sizeof *thread, THREAD_VALUES);
  *thread = (struct thread){.is_open = false};
  luaL_setmetatable(L, THREAD_TYPE);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &threads_key);
  lua_pushvalue(L, -2);
  lua_pushboolean(L, true);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  return thread;
}

/* Keeps the string at `index` as a user value of the handle, which is on top of the stack, so that
 * the pointer stays valid as long as the handle lives. */
static const char *keep_string(lua_State *L, int index, int value) {
  lua_pushvalue(L, index);
  const char *text = luaL_checkstring(L, -1);
  lua_setiuservalue(L, -2, value);
  return text;
}

/* thread.start(module, text) -> handle | nil, word, message */
static int thread_start(lua_State *L) {
  check_text(L, 1);
  check_text(L, 2);
  lua_settop(L, 2);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, 3, "package");
  lua_getfield(L, 4, "path");
  lua_getfield(L, 4, "cpath");  // module text loaded package path cpath
  struct thread *thread = push_closed_thread(L);
  thread->module = keep_string(L, 1, MODULE);
  thread->text = keep_string(L, 2, TEXT);
  thread->path = keep_string(L, 5, PATH);
  thread->cpath = keep_string(L, 6, CPATH);
  int error = begin_thread(thread);
  return error ? reel_job_push_failure(L, REEL_SYSTEM, strerror(error)) : 1;
}

static int push_end(lua_State *L) {
  lua_pushnil(L);
  return 1;
}

static int push_packet(lua_State *L, struct reel_op *op) {
  const struct reel_input *input = (const struct reel_input *)op;
  if (op->status != REEL_OK) return reel_job_push_failure(L, op->status, NULL);
  if (input->size == 0) return push_end(L);
  const char *word = input->bytes;
  size_t word_size = strlen(word) + 1;
  const char *text = lua_pushlstring(L, word + word_size, input->size - word_size);
  if (strcmp(word, "failed") == 0) return reel_job_push_failure(L, REEL_SCRIPT, text);
  if (strcmp(word, "print") == 0) return 1;
  lua_pushstring(L, word);
  return 2;
}

static int thread_receive(lua_State *L) {
  const struct thread *thread = luaL_checkudata(L, 1, THREAD_TYPE);
  struct reel_input *input;
  if (!thread->is_open) return push_end(L);
  int status = new_input(thread, &input);
  if (status != REEL_OK) return reel_job_push_failure(L, status, NULL);
  return reel_job_await(L, &input->op, push_packet);
}

static int thread_stop(lua_State *L) {
  const struct thread *thread = luaL_checkudata(L, 1, THREAD_TYPE);
  if (thread->is_open) shutdown(thread->near, SHUT_WR);
  return 0;
}

static int thread_close(lua_State *L) {
  struct thread *thread = luaL_checkudata(L, 1, THREAD_TYPE);
  if (!thread->is_open) return 0;
  thread->is_open = false;
  shutdown(thread->near, SHUT_RDWR);
  join_thread(thread);
  close(thread->near);
  return 0;
}

static int close_all(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &threads_key) != LUA_TTABLE) return 0;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    lua_pushcfunction(L, thread_close);
    lua_pushvalue(L, -3);
    lua_call(L, 1, 0);
  }
  return 0;
}

static const luaL_Reg functions[] = {{"start", thread_start}, {NULL, NULL}};

static const luaL_Reg methods[] = {
    {"receive", thread_receive}, {"stop", thread_stop}, {"close", thread_close}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {
    {"__gc", thread_close}, {"__close", thread_close}, {NULL, NULL}};

static void make_registry(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &threads_key);
}

int reel_thread_open(lua_State *L) {
  make_registry(L);
  reel_job_on_close(L, close_all);
  luaL_newmetatable(L, THREAD_TYPE);
  luaL_setfuncs(L, metamethods, 0);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  luaL_newlib(L, functions);
  return 1;
}

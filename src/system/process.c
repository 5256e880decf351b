/* A pidfd becomes readable when its child has ended. The steps after any end are the same: kill the
 * group, reap the child, read what is left in the pipes. The group is killed first, since its
 * number cannot be given to another group while the child is not reaped. */
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop/io.h"
#include "base/container_of.h"
#include "base/status.h"

enum {
  READ_BYTES = 16 * 1024,
  MAX_LAST_READS = 64, /* 1 MiB, the most that a pipe holds; more may still be written */
  CHECK_EXIT_MS = 20   /* how often the child is checked when there is no pidfd */
};

struct process {
  struct reel_op op;
  char **argv;
  char *cwd;
  struct reel_buffer input;
  uint64_t timeout_ms;
  int nice;
  bool is_confined;
  struct reel_process_result result;

  /* The rest is for the I/O thread alone. */
  struct reel_io *io;
  pid_t pid;
  struct reel_watch end, out, err;
  struct reel_timer deadline, check_exit;
};

extern char **environ;

/* Output. */

static void close_watched(struct process *process, struct reel_watch *watch) {
  if (watch->fd < 0) return;
  reel_io_unwatch(process->io, watch);
  close(watch->fd);
  watch->fd = -1;
}

static void keep_head(struct reel_buffer *buffer, const char *bytes, size_t size) {
  size_t space = buffer->max - buffer->size;
  reel_buffer_add(buffer, bytes, size < space ? size : space); /* cut earlier if memory is out */
}

static void keep_tail(struct reel_buffer *buffer, const char *bytes, size_t size) {
  if (size > buffer->max) {
    bytes += size - buffer->max;
    size = buffer->max;
  }
  size_t space = buffer->max - buffer->size;
  if (size > space) {
    buffer->size -= size - space;
    memmove(buffer->data, buffer->data + (size - space), buffer->size);
  }
  reel_buffer_add(buffer, bytes, size);
}

/* Reads once. Returns whether there may be more to read. */
static bool read_some(struct process *process, struct reel_watch *watch) {
  if (watch->fd < 0) return false;

  char bytes[READ_BYTES];
  ssize_t size = read(watch->fd, bytes, sizeof bytes);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (size <= 0) {
    close_watched(process, watch);
    return false;
  }
  if (watch == &process->out)
    keep_head(&process->result.out, bytes, (size_t)size);
  else
    keep_tail(&process->result.err, bytes, (size_t)size);
  return true;
}

static void on_out(struct reel_watch *watch, short revents) {
  (void)revents;
  read_some(CONTAINER_OF(watch, struct process, out), watch);
}

static void on_err(struct reel_watch *watch, short revents) {
  (void)revents;
  read_some(CONTAINER_OF(watch, struct process, err), watch);
}

static void read_rest(struct process *process, struct reel_watch *watch) {
  for (int i = 0; i < MAX_LAST_READS && read_some(process, watch); i++) continue;
  close_watched(process, watch);
}

/* The end. */

static int reap(struct process *process) {
  int state = 0;
  pid_t pid;
  while ((pid = waitpid(process->pid, &state, 0)) < 0 && errno == EINTR) continue;
  struct reel_process_result *result = &process->result;
  if (pid < 0) {
    snprintf(result->message, sizeof result->message, "other code reaped the program");
    return REEL_SYSTEM;
  }
  result->code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
  result->signal = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
  return REEL_OK;
}

/* reap() blocks until the process has died of SIGKILL: for as long as the kernel frees its
 * memory. */
static void kill_and_finish(struct process *process, int status) {
  kill(-process->pid, SIGKILL);
  int exit_status = reap(process);
  read_rest(process, &process->out);
  read_rest(process, &process->err);
  close_watched(process, &process->end);
  reel_io_timer_clear(process->io, &process->deadline);
  reel_io_timer_clear(process->io, &process->check_exit);
  reel_io_finish(process->io, &process->op, status == REEL_OK ? exit_status : status);
}

static void on_end(struct reel_watch *watch, short revents) {
  (void)revents;
  kill_and_finish(CONTAINER_OF(watch, struct process, end), REEL_OK);
}

static void on_deadline(struct reel_timer *timer) {
  struct process *process = CONTAINER_OF(timer, struct process, deadline);
  struct reel_process_result *result = &process->result;
  snprintf(result->message, sizeof result->message, "%.128s ran for more than %.3g s",
           process->argv[0], (double)process->timeout_ms / 1000);
  kill_and_finish(process, REEL_TIMEOUT);
}

static void on_check_exit(struct reel_timer *timer) {
  struct process *process = CONTAINER_OF(timer, struct process, check_exit);
  siginfo_t info = {0};
  int error = waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT);
  if (error || info.si_pid || reel_io_timer_set(process->io, timer, CHECK_EXIT_MS) != REEL_OK)
    kill_and_finish(process, REEL_OK);
}

/* The start. */

struct ends {
  int in, out[2], err[2];
};

static void close_ends(const struct ends *ends) {
  const int fds[] = {ends->in, ends->out[0], ends->out[1], ends->err[0], ends->err[1]};
  for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
    if (fds[i] >= 0) close(fds[i]);
}

/* The input is a file in memory, not a pipe, so writing it neither blocks nor raises SIGPIPE. */
static int open_input(const struct reel_buffer *input) {
  if (!input->data) return open("/dev/null", O_RDONLY | O_CLOEXEC);

  int fd = memfd_create("stdin", MFD_CLOEXEC);
  if (fd < 0) return -1;
  for (size_t done = 0; done < input->size;) {
    ssize_t written = write(fd, input->data + done, input->size - done);
    if (written < 0 && errno != EINTR) goto fail;
    if (written > 0) done += (size_t)written;
  }
  if (lseek(fd, 0, SEEK_SET) == 0) return fd;
fail:
  close(fd);
  return -1;
}

static int open_ends(const struct reel_buffer *input, struct ends *out) {
  *out = (struct ends){-1, {-1, -1}, {-1, -1}};
  out->in = open_input(input);
  if (out->in < 0 || pipe2(out->out, O_CLOEXEC) != 0 || pipe2(out->err, O_CLOEXEC) != 0)
    return REEL_SYSTEM;
  fcntl(out->out[0], F_SETFL, O_NONBLOCK);
  fcntl(out->err[0], F_SETFL, O_NONBLOCK);
  return REEL_OK;
}

/* The child starts as from a shell, without blocked or ignored signals. */
static int set_attributes(posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int error = posix_spawnattr_setsigmask(attributes, &none);
  if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
  if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
  if (error) return error;
  return posix_spawnattr_setflags(
      attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

/* The child gets its three streams and no other descriptor. They are closed explicitly, since
 * libcurl does not set close-on-exec on all of its sockets. */
static int set_actions(posix_spawn_file_actions_t *actions, const char *cwd,
                       const struct ends *ends) {
  int error = posix_spawn_file_actions_adddup2(actions, ends->in, STDIN_FILENO);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, ends->out[1], STDOUT_FILENO);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, ends->err[1], STDERR_FILENO);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
  if (!error && cwd) error = posix_spawn_file_actions_addchdir_np(actions, cwd);
  return error;
}

/* The environment without the vendor's keys, which no child needs. The array is *given*: free();
 * its strings are *borrowed*. NULL: out of memory. */
static char **environment_without_keys(void) {
  size_t count = 0;
  while (environ[count]) count++;
  char **kept = calloc(count + 1, sizeof *kept);
  size_t next = 0;
  for (size_t i = 0; kept && i < count; i++)
    if (strncmp(environ[i], "KIE_", 4) != 0) kept[next++] = environ[i];
  return kept;
}

static bool is_program(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISREG(about.st_mode) && access(path, X_OK) == 0;
}

/* Finds a program in the absolute entries of PATH. The others lead to the current folder, and
 * nothing there is a program of ours. A name with a slash is a path already. Returns an errno. */
static int find_program(const char *name, char path[PATH_MAX]) {
  if (strchr(name, '/')) return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX ? 0 : ENAMETOOLONG;

  const char *entry = getenv("PATH");
  if (!entry) entry = _PATH_DEFPATH;
  while (*entry) {
    int length = (int)strcspn(entry, ":");
    if (*entry == '/' && snprintf(path, PATH_MAX, "%.*s/%s", length, entry, name) < PATH_MAX &&
        is_program(path))
      return 0;
    entry += length;
    entry += strspn(entry, ":");
  }
  return ENOENT;
}

/* Returns an errno. */
static int spawn(struct process *process, const struct ends *ends) {
  char path[PATH_MAX];
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t actions;
  int error = find_program(process->argv[0], path);
  if (!error) error = posix_spawnattr_init(&attributes);
  if (error) return error;
  error = posix_spawn_file_actions_init(&actions);
  if (error) goto no_actions;

  error = set_attributes(&attributes);
  if (!error) error = set_actions(&actions, process->cwd, ends);
  char **environment = environment_without_keys();
  if (!error && !environment) error = ENOMEM;
  if (!error)
    error = posix_spawn(&process->pid, path, &actions, &attributes, process->argv, environment);
  free(environment);
  posix_spawn_file_actions_destroy(&actions);
no_actions:
  posix_spawnattr_destroy(&attributes);
  return error;
}

struct confined_spawn {
  struct process *process;
  const struct ends *ends;
  int error;
};

static void *spawn_without_privileges(void *context) {
  struct confined_spawn *call = context;
  call->error =
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? spawn(call->process, call->ends) : errno;
  return NULL;
}

/* no_new_privs belongs to a thread for good, and children inherit it. So a thread that ends with
 * the call starts the child. Returns an errno. */
static int spawn_confined(struct process *process, const struct ends *ends) {
  struct confined_spawn call = {process, ends, 0};
  pthread_t thread;
  int error = pthread_create(&thread, NULL, spawn_without_privileges, &call);
  if (error) return error;
  pthread_join(thread, NULL);
  return call.error;
}

/* The program runs for some microseconds without these limits, before it has read anything. */
static void limit(pid_t pid) {
  static const struct {
    int resource;
    rlim_t value;
  } limits[] = {{RLIMIT_AS, REEL_CONFINED_ADDRESS_BYTES},
                {RLIMIT_FSIZE, REEL_CONFINED_FILE_BYTES},
                {RLIMIT_CPU, REEL_CONFINED_CPU_S},
                {RLIMIT_CORE, 0}};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    struct rlimit bounds = {limits[i].value, limits[i].value};
    prlimit(pid, limits[i].resource, &bounds, NULL); /* fails only below a lower hard limit */
  }
}

/* A missing program and a missing folder have the same errno, so the folder is checked. Writes the
 * message and returns the status. */
static int describe_failure(struct process *process, int error) {
  const char *cwd = process->cwd;
  bool is_cwd = cwd && access(cwd, X_OK) != 0;
  snprintf(process->result.message, sizeof process->result.message, "%.128s: %s",
           is_cwd ? cwd : process->argv[0],
           error == ENOENT && !is_cwd ? "no such program" : strerror(error));
  return error == ENOENT && !is_cwd ? REEL_NOT_FOUND : REEL_SYSTEM;
}

static void watch_fd(struct process *process, struct reel_watch *watch, int fd,
                     void (*ready)(struct reel_watch *, short)) {
  *watch = (struct reel_watch){.fd = fd, .events = POLLIN, .ready = ready};
  reel_io_watch(process->io, watch);
}

static void watch_child(struct process *process) {
  int status = REEL_OK;
  int pidfd = pidfd_open(process->pid, 0);
  if (pidfd >= 0)
    watch_fd(process, &process->end, pidfd, on_end);
  else
    status = reel_io_timer_set(process->io, &process->check_exit, CHECK_EXIT_MS);
  if (status == REEL_OK && process->timeout_ms)
    status = reel_io_timer_set(process->io, &process->deadline, process->timeout_ms);
  if (status != REEL_OK) kill_and_finish(process, status);
}

static void process_start(struct reel_io *io, struct reel_op *op) {
  struct process *process = (struct process *)op;
  process->io = io;
  process->end.fd = process->out.fd = process->err.fd = -1;
  process->deadline.fire = on_deadline;
  process->check_exit.fire = on_check_exit;

  struct ends ends;
  int error = open_ends(&process->input, &ends) != REEL_OK ? errno
              : process->is_confined                       ? spawn_confined(process, &ends)
                                                           : spawn(process, &ends);
  if (error) {
    int status = describe_failure(process, error);
    close_ends(&ends);
    reel_io_finish(io, op, status);
    return;
  }
  if (process->is_confined) limit(process->pid);
  if (process->nice) setpriority(PRIO_PROCESS, (id_t)process->pid, process->nice);
  watch_fd(process, &process->out, ends.out[0], on_out);
  watch_fd(process, &process->err, ends.err[0], on_err);
  ends.out[0] = ends.err[0] = -1;
  close_ends(&ends);
  watch_child(process);
}

static void process_cancel(struct reel_io *io, struct reel_op *op) {
  (void)io;
  kill_and_finish((struct process *)op, REEL_CANCELLED);
}

static void process_free(struct reel_op *op) {
  struct process *process = (struct process *)op;
  for (char **argument = process->argv; argument && *argument; argument++) free(*argument);
  free(process->argv);
  free(process->cwd);
  reel_buffer_deinit(&process->input);
  reel_buffer_deinit(&process->result.out);
  reel_buffer_deinit(&process->result.err);
  free(process);
}

static const struct reel_op_type process_type = {
    .name = "process", .start = process_start, .cancel = process_cancel, .free = process_free};

/* The host's side. */

static char **copy_list(const char *const *list, size_t count) {
  char **copy = calloc(count + 1, sizeof *copy);
  for (size_t i = 0; copy && i < count; i++)
    if (!(copy[i] = strdup(list[i]))) goto fail;
  return copy;
fail:
  for (char **text = copy; *text; text++) free(*text);
  free(copy);
  return NULL;
}

int reel_process_new(const struct reel_process_options *options, struct reel_op **out) {
  struct process *process = calloc(1, sizeof *process);
  if (!process) return REEL_NOMEM;

  process->op.type = &process_type;
  process->timeout_ms = options->timeout_ms;
  process->nice = options->nice;
  process->is_confined = options->is_confined;
  reel_buffer_init(&process->input, options->input_bytes);
  reel_buffer_init(&process->result.out, options->max_output_bytes);
  reel_buffer_init(&process->result.err, options->max_output_bytes);
  process->argv = copy_list(options->arguments, options->argument_count);
  if (!process->argv) goto fail;
  if (options->cwd && !(process->cwd = strdup(options->cwd))) goto fail;
  if (options->input &&
      reel_buffer_add(&process->input, options->input, options->input_bytes) != REEL_OK)
    goto fail;

  *out = &process->op;
  return REEL_OK;
fail:
  process_free(&process->op);
  return REEL_NOMEM;
}

const struct reel_process_result *reel_process_result(const struct reel_op *op) {
  return &((const struct process *)op)->result;
}

/* REEL_LOCAL: the local service, which runs on another thread than the host. */
#include <lualib.h>
#include <poll.h>
#include <stdbool.h>

#include "check.h"

static struct reel *open_local(void) {
  struct reel_config config = {.flags = REEL_LOCAL, .folder = getenv("CHECK_FOLDER")};
  return check_open(&config);
}

static const char ask[] = "return require 'reel'.credits()";

static void expect_service(struct reel *r) {
  check_start(r, ask);
  int status = reel_wait(r, WAIT_S);
  if (status != REEL_OK) fprintf(stderr, "%s\n", reel_errmsg(r));
  CHECK(status == REEL_OK);
}

/* The host's state has loaded no module of the service, so none of its Lua can run in a step. */
void check_local(void) {
  struct reel *r = open_local();
  check_start(
      r,
      "local reel = require 'reel'\n"
      "reel.text_to_video { prompt = 'A kite' }\n"
      "for name in pairs(package.loaded) do\n"
      "  if name:find '^reel%.service' and name ~= 'reel.service.local' then error(name) end\n"
      "end");
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  check_event(r, REEL_EVENT_DONE);
  CHECK(reel_close(r, WAIT_S) == REEL_OK);
}

void check_local_busy(void) {
  struct reel *a = open_local(), *b = open_local();
  expect_service(a);
  check_start(b, ask);
  CHECK(reel_wait(b, WAIT_S) == REEL_SCRIPT);
  struct reel_event event = check_event(b, REEL_EVENT_FAILED);
  CHECK_TEXT(event.kind, "config");
  CHECK(strstr(event.text, "cannot start the local service: "));
  CHECK(strstr(event.text, " (this one); start one with `reel serve`"));
  CHECK(reel_close(a, WAIT_S) == REEL_OK);
  expect_service(b);
  CHECK(reel_close(b, WAIT_S) == REEL_OK);
}

static bool is_free(void) {
  struct reel *r = open_local();
  expect_service(r);
  return reel_close(r, WAIT_S) == REEL_OK;
}

/* Closes without grace while a render is under way. */
void check_local_close(void) {
  struct reel *r = open_local();
  check_start(r, "require 'reel'.text_to_video { prompt = 'A kite' }");
  CHECK(reel_wait(r, WAIT_S) == REEL_OK);
  CHECK(reel_close(r, 0) == REEL_OK);
  CHECK(is_free());
}

/* Closes while the service starts: first before its thread runs, then a little later each time. */
void check_local_close_early(void) {
  for (int i = 0; i < 14; i++) {
    struct reel *r = open_local();
    int64_t job = check_start(r, ask);
    CHECK(reel_step(r, 0) == REEL_OK);
    poll(NULL, 0, i * i);
    if (i % 2) reel_cancel(r, job); /* may fail, since the job may have ended */
    CHECK(reel_step(r, 0) == REEL_OK);
    CHECK(reel_close(r, 0) == REEL_OK);
  }
  CHECK(is_free());
}

/* After a cancelled start, the service can be started again. */
void check_local_cancel(void) {
  struct reel *r = open_local();
  int64_t job = check_start(r, ask);
  CHECK(reel_step(r, 0) == REEL_OK);
  CHECK(reel_cancel(r, job) == REEL_OK);
  CHECK(reel_wait(r, WAIT_S) == REEL_SCRIPT);
  CHECK_TEXT(check_event(r, REEL_EVENT_FAILED).kind, "cancelled");
  expect_service(r);
  CHECK(reel_close(r, WAIT_S) == REEL_OK);
}

void check_local_attach(void) {
  struct reel_config config = {.flags = REEL_LOCAL, .folder = getenv("CHECK_FOLDER")};
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  struct reel *r;
  CHECK(reel_attach(L, &config, &r) == REEL_OK);
  expect_service(r);
  CHECK(reel_close(r, 0) == REEL_OK);
  CHECK(is_free());
  lua_close(L);
}

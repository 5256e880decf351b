/* Checks of calls in the wrong state, from the wrong thread, or with the wrong arguments. */
#include <math.h>
#include <pthread.h>

#include "check.h"

static const luaL_Reg no_functions[] = {{NULL, NULL}};

/* Every function returns `status` for a runtime that cannot be used. */
static void expect_all(struct reel *r, int status) {
  struct reel_event event;
  int64_t id = 7;
  CHECK(reel_start_file(r, "a.lua", 0, NULL, &id) == status);
  CHECK(reel_start_string(r, "", NULL, 0, NULL, &id) == status);
  CHECK(id == 7);
  CHECK(reel_cancel(r, 1) == status);
  CHECK(reel_step(r, 0) == status);
  CHECK(reel_fd(r) == status);
  CHECK(reel_set_wakeup(r, NULL, NULL) == status);
  CHECK(reel_wait(r, 0) == status);
  CHECK(reel_next_event(r, &event) == status);
  CHECK(reel_register(r, "name", no_functions, NULL) == status);
  CHECK(reel_lua(r) == NULL);
  CHECK(reel_errmsg(r) != NULL);
}

void check_null(void) {
  struct reel *r = NULL;
  expect_all(NULL, REEL_INVALID);
  CHECK(reel_open(NULL, NULL) == REEL_INVALID);
  CHECK(reel_open(&(struct reel_config){.flags = 1u << 30}, &r) == REEL_INVALID);
  CHECK(reel_attach(NULL, NULL, &r) == REEL_INVALID);
  CHECK(r == NULL);
  CHECK(reel_close(NULL, 0) == REEL_OK);
  reel_interrupt(NULL);
  CHECK(reel_strerror(REEL_STATE) && reel_strerror(12345) && reel_errmsg(NULL));
}

void check_closed(void) {
  struct reel *r = check_open(NULL);
  CHECK(reel_close(r, 0) == REEL_OK);
  expect_all(r, REEL_CLOSED);
  CHECK(reel_close(r, 0) == REEL_CLOSED);
  CHECK_TEXT(reel_errmsg(r), reel_strerror(REEL_CLOSED));
  reel_interrupt(r);
}

/* The Lua function that calls the C API from within Lua. */
static int call_everything(lua_State *L) {
  struct reel *r = *(struct reel **)lua_touserdata(L, lua_upvalueindex(1));
  struct reel_event event;
  int64_t id;
  CHECK(reel_step(r, 0) == REEL_STATE);
  CHECK(strstr(reel_errmsg(r), "within"));
  CHECK(reel_wait(r, 0) == REEL_STATE);
  CHECK(reel_close(r, 0) == REEL_STATE);
  CHECK(reel_register(r, "other", no_functions, NULL) == REEL_STATE);
  CHECK(reel_next_event(r, &event) >= 0);
  CHECK(reel_fd(r) >= 0);
  CHECK(reel_start_string(r, "local reel = require 'reel' reel.sleep(60)", NULL, 0, NULL, &id) ==
        REEL_OK);
  CHECK(reel_cancel(r, id) == REEL_OK);
  CHECK(reel_start_string(r, "return 5", NULL, 0, NULL, NULL) == REEL_OK);
  lua_pushboolean(L, 1);
  return 1;
}

static const luaL_Reg functions[] = {{"call_everything", call_everything}, {NULL, NULL}};

void check_reentry(void) {
  struct reel *r = check_open(NULL);
  CHECK(reel_register(r, "host", functions, &r) == REEL_OK);
  check_start(r, "return require 'host'.call_everything() and 1");
  CHECK(reel_wait(r, WAIT_S) == REEL_SCRIPT); /* one job was cancelled */
  int ends = 0, sum = 0;
  for (struct reel_event event; reel_next_event(r, &event) > 0;) {
    ends += event.type == REEL_EVENT_DONE || event.type == REEL_EVENT_FAILED;
    sum += (int)event.integer;
  }
  CHECK(ends == 3 && sum == 6);
  CHECK(reel_close(r, 0) == REEL_OK);
}

static void *use_elsewhere(void *r) {
  expect_all(r, REEL_STATE);
  CHECK(reel_close(r, 0) == REEL_STATE);
  CHECK(reel_strerror(REEL_OK) != NULL);
  return NULL;
}

void check_other_thread(void) {
  struct reel *r = check_open(NULL);
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, use_elsewhere, r) == 0);
  pthread_join(thread, NULL);
  CHECK(reel_close(r, 0) == REEL_OK);
}

void check_arguments(void) {
  struct reel *r = check_open(NULL);
  const char *missing[] = {"one", NULL};
  CHECK(reel_start_file(r, NULL, 0, NULL, NULL) == REEL_INVALID);
  CHECK(reel_start_string(r, NULL, NULL, 0, NULL, NULL) == REEL_INVALID);
  CHECK(reel_start_string(r, "", NULL, -1, NULL, NULL) == REEL_INVALID);
  CHECK(reel_start_string(r, "", NULL, 1, NULL, NULL) == REEL_INVALID);
  CHECK(reel_start_string(r, "", NULL, 2, missing, NULL) == REEL_INVALID);
  CHECK(strstr(reel_errmsg(r), "NULL"));
  CHECK(reel_cancel(r, 99) == REEL_NOT_FOUND);
  CHECK(reel_step(r, -1) == REEL_INVALID);
  CHECK(reel_step(r, NAN) == REEL_INVALID);
  CHECK(reel_wait(r, NAN) == REEL_INVALID);
  CHECK(reel_next_event(r, NULL) == REEL_INVALID);
  CHECK(reel_register(r, NULL, no_functions, NULL) == REEL_INVALID);
  CHECK(reel_register(r, "name", NULL, NULL) == REEL_INVALID);
  CHECK(reel_register(r, "string", no_functions, NULL) == REEL_BUSY);
  CHECK(reel_close(r, -1) == REEL_INVALID);
  CHECK(reel_close(r, NAN) == REEL_INVALID);
  CHECK(reel_wait(r, 0) == REEL_OK); /* nothing runs */
  CHECK(reel_close(r, 0) == REEL_OK);
}

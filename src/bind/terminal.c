/* reel.core.terminal: facts about the terminal for progress lines and the prompt. */
#include <errno.h>
#include <lauxlib.h>
#include <locale.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "bind/core.h"
#include "system/standard.h"

static int check_fd(lua_State *L) {
  lua_Integer fd = luaL_checkinteger(L, 1);
  luaL_argcheck(L, fd >= 0 && fd <= 0xffff, 1, "a file descriptor expected");
  return (int)fd;
}

static int terminal_is_terminal(lua_State *L) {
  lua_pushboolean(L, isatty(check_fd(L)));
  return 1;
}

/* Pushes nil for 0, which means that there is no terminal or that the terminal does not tell. */
static int push_known(lua_State *L, unsigned short count) {
  if (count > 0)
    lua_pushinteger(L, count);
  else
    lua_pushnil(L);
  return 1;
}

static struct winsize window_size(int fd) {
  struct winsize size = {0};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) return (struct winsize){0};
  return size;
}

static int terminal_columns(lua_State *L) {
  return push_known(L, window_size(check_fd(L)).ws_col);
}

static int terminal_rows(lua_State *L) {
  return push_known(L, window_size(check_fd(L)).ws_row);
}

/* Counts by the current locale of this thread. Control characters and bytes that are not UTF-8
 * count 1, since a terminal shows something for most of them. */
static lua_Integer count_columns(const char *text, size_t size) {
  lua_Integer columns = 0;
  mbstate_t state = {0};
  for (size_t at = 0; at < size;) {
    wchar_t character;
    size_t length = mbrtowc(&character, text + at, size - at, &state);
    if (length == 0 || length > size - at) {
      state = (mbstate_t){0};
      length = 1;
      columns++;
    } else {
      int width = wcwidth(character);
      columns += width < 0 ? 1 : width;
    }
    at += length;
  }
  return columns;
}

/* The host may have set any locale, which is restored after the count. */
static int terminal_width(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  if (!utf8) return luaL_error(L, "the locale C.UTF-8 is missing");
  locale_t host = uselocale(utf8);
  lua_Integer columns = count_columns(text, size);
  uselocale(host);
  freelocale(utf8);
  lua_pushinteger(L, columns);
  return 1;
}

/* end_output() -> true, or nil, word, message */
static int terminal_end_output(lua_State *L) {
  int reason = reel_standard_flush();
  if (reason == 0) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, reason == EPIPE ? "unread" : "lost");
  lua_pushstring(L, reel_standard_reason(reason));
  return 3;
}

static const luaL_Reg functions[] = {{"is_terminal", terminal_is_terminal},
                                     {"columns", terminal_columns},
                                     {"rows", terminal_rows},
                                     {"width", terminal_width},
                                     {"end_output", terminal_end_output},
                                     {NULL, NULL}};

int luaopen_reel_core_terminal(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}

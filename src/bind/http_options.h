/* Reads the option table of a binding, and pushes an HTTP answer as a table. */
#ifndef REEL_BIND_HTTP_OPTIONS_H
#define REEL_BIND_HTTP_OPTIONS_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/request.h"
#include "http/response.h"

/* Each of the reel_option_ functions returns a field of the option table at index 1. A returned
 * pointer is *borrowed* from a value that is left on the stack, so it is valid as long as the call
 * runs. The functions raise when a field has the wrong type or is out of range. */

/* A string without zero bytes, or NULL for nil. If there is a zero byte, *status becomes
 * REEL_INVALID; otherwise *status is not changed. */
const char *reel_option_text(lua_State *L, const char *name, int *status);
/* A string of any bytes, or NULL for nil; then *size is not changed. */
const char *reel_option_bytes(lua_State *L, const char *name, size_t *size);
lua_Number reel_option_number(lua_State *L, const char *name, lua_Number fallback, lua_Number least,
                              lua_Number most);
/* A boolean; nil counts as false. */
bool reel_option_flag(lua_State *L, const char *name);
/* Milliseconds. The table has seconds, from 0 to ten days. */
uint64_t reel_option_ms(lua_State *L, const char *name, lua_Number fallback_s);
/* A list of strings, or NULL for nil; then *count is not changed. A zero byte sets *status as in
 * reel_option_text(). */
const char *const *reel_option_list(lua_State *L, const char *name, size_t *count, int *status);

/* Fills `out` from the fields url, headers, body, timeout, connect_timeout and max_body. timeout_s
 * is the default of timeout. Returns REEL_OK, or REEL_INVALID for a zero byte in a string. */
int reel_option_request(lua_State *L, lua_Number timeout_s, struct reel_http_request *out);

/* Pushes the answer's Retry-After in seconds, or nil if it has none. */
void reel_push_retry_after(lua_State *L, const struct reel_http_response *response);

/* Adds status, retry_after, headers and body to the table on top of the stack. */
void reel_set_response(lua_State *L, const struct reel_http_response *response);

#endif

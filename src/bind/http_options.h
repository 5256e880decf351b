/* Option tables of requests, and answers as tables, for the bindings that speak HTTP. */
#ifndef REEL_BIND_HTTP_OPTIONS_H
#define REEL_BIND_HTTP_OPTIONS_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "http/request.h"
#include "http/response.h"

/* Each returns a field of the option table at index 1, and leaves what it points to on the stack,
 * so that it lives as long as the call. They raise when the type or the range is wrong. */

/* A string or NULL. A NUL byte inside is told by *status = REEL_INVALID, else *status stays. */
const char *reel_option_text(lua_State *L, const char *name, int *status);
const char *reel_option_bytes(lua_State *L, const char *name, size_t *size);
lua_Number reel_option_number(lua_State *L, const char *name, lua_Number fallback, lua_Number least,
                              lua_Number most);
/* nil is false. */
bool reel_option_flag(lua_State *L, const char *name);
/* Seconds in the table, 0 to ten days. */
uint64_t reel_option_ms(lua_State *L, const char *name, lua_Number fallback_s);
/* A list of strings, or NULL; a NUL byte inside is told like above. */
const char *const *reel_option_list(lua_State *L, const char *name, size_t *count, int *status);

/* The fields url, headers, body, timeout, connect_timeout, max_body. */
int reel_option_request(lua_State *L, lua_Number timeout_s, struct reel_http_request *out);

/* Pushes the answer's Retry-After in seconds, or nil. */
void reel_push_retry_after(lua_State *L, const struct reel_http_response *response);

/* Adds status, retry_after, headers and body to the table on top of the stack. */
void reel_set_response(lua_State *L, const struct reel_http_response *response);

#endif

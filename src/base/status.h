/* The table of all status codes: their numbers, words and messages.
 * Functions return REEL_OK or a negative code, and their result through a last `out` parameter that
 * is written only on success. */
#ifndef REEL_STATUS_H
#define REEL_STATUS_H

#define REEL_STATUS_MAP(X)                                      \
  X(OK, 0, "ok", "success")                                     \
  X(NOMEM, -1, "no_memory", "out of memory")                    \
  X(INVALID, -2, "invalid", "invalid argument")                 \
  X(CANCELLED, -3, "cancelled", "cancelled")                    \
  X(TIMEOUT, -4, "timeout", "the deadline passed")              \
  X(TOO_LARGE, -5, "too_large", "larger than the limit allows") \
  X(UNREACHABLE, -6, "unreachable", "no connection was made")   \
  X(TRANSFER, -7, "transfer", "the transfer broke")             \
  X(SYSTEM, -8, "system", "a system call failed")               \
  X(NOT_FOUND, -9, "not_found", "not found")                    \
  X(CLOSED, -10, "closed", "already closed")                    \
  X(BUSY, -11, "busy", "in use elsewhere")                      \
  X(STATE, -12, "state", "called in the wrong state")           \
  X(SCRIPT, -13, "script", "the Lua code failed")               \
  X(JOURNAL, -14, "journal", "the journal cannot be used")      \
  X(RATE, -15, "rate", "the rate limit is reached for now")     \
  X(BUDGET, -16, "budget", "the budget is used up")             \
  X(HELD, -17, "held", "sending is held until a person acts")   \
  X(FORBIDDEN, -18, "forbidden", "the address is not public")

enum reel_status {
#define X(name, code, word, message) REEL_##name = (code),
  REEL_STATUS_MAP(X)
#undef X
};

/* The word of the code ("timeout"), which stays the same in later versions. Static storage.
 * [any] */
const char *reel_status_name(int status);

/* The message of the code, for people. Static storage. It is declared in reel.h too, so it is
 * exported. [any] */
__attribute__((visibility("default"))) const char *reel_strerror(int status);

#endif

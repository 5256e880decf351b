/* Every status code of reel, once: number, name and message.
 * Functions return REEL_OK or a negative code; results leave through a last `out` parameter that
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
  X(RATE, -15, "rate", "the rate limit leaves no room now")     \
  X(BUDGET, -16, "budget", "the budget is used up")             \
  X(HELD, -17, "held", "sending is held until a person looks")  \
  X(FORBIDDEN, -18, "forbidden", "the address is not public")

enum reel_status {
#define X(name, code, word, message) REEL_##name = (code),
  REEL_STATUS_MAP(X)
#undef X
};

/* The code's word, stable for programs ("timeout"). Static storage. */
const char *reel_status_name(int status);

/* The code's message, for people. Static storage. Also in reel.h, hence exported. */
__attribute__((visibility("default"))) const char *reel_strerror(int status);

#endif

#include "base/status.h"

const char *reel_status_name(int status) {
  switch (status) {
#define X(name, code, word, message) \
  case code:                         \
    return word;
    REEL_STATUS_MAP(X)
#undef X
  }
  return "unknown";
}

const char *reel_strerror(int status) {
  switch (status) {
#define X(name, code, word, message) \
  case code:                         \
    return message;
    REEL_STATUS_MAP(X)
#undef X
  }
  return "unknown status";
}

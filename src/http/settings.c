#include "http/settings.h"

#include <stdlib.h>
#include <string.h>

#include "http/client.h"
#include "loop/io.h"

struct settings {
  struct reel_op op;
  char *ca_file, *proxy;
};

static void settings_start(struct reel_io *io, struct reel_op *op) {
  const struct settings *settings = (const struct settings *)op;
  reel_io_finish(io, op, reel_http_configure(reel_http_of(io), settings->ca_file, settings->proxy));
}

static void settings_free(struct reel_op *op) {
  struct settings *settings = (struct settings *)op;
  free(settings->ca_file);
  free(settings->proxy);
  free(settings);
}

/* It has no cancel: it is finished when start returns. */
static const struct reel_op_type settings_type = {
    .name = "http.settings", .start = settings_start, .free = settings_free};

struct reel_op *reel_http_settings_new(const char *ca_file, const char *proxy) {
  struct settings *settings = calloc(1, sizeof *settings);
  if (!settings) return NULL;

  settings->op.type = &settings_type;
  if (ca_file) settings->ca_file = strdup(ca_file);
  if (proxy) settings->proxy = strdup(proxy);
  if ((ca_file && !settings->ca_file) || (proxy && !settings->proxy)) {
    settings_free(&settings->op);
    return NULL;
  }
  return &settings->op;
}

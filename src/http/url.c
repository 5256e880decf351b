#include "http/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

static int status_of(CURLUcode code) {
  if (code == CURLUE_OK) return REEL_OK;
  return code == CURLUE_OUT_OF_MEMORY ? REEL_NOMEM : REEL_INVALID;
}

static int set_url(CURLU *handle, const char *text) {
  return status_of(curl_url_set(handle, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME));
}

/* libcurl has a different error code for each part that can be missing, so every error except a
 * lack of memory is taken for a missing part. */
static int get_part(CURLU *handle, CURLUPart part, char **out) {
  char *text = NULL;
  CURLUcode code = curl_url_get(handle, part, &text, 0);
  if (code == CURLUE_OUT_OF_MEMORY) return REEL_NOMEM;
  if (code != CURLUE_OK) return REEL_OK;
  *out = strdup(text);
  curl_free(text);
  return *out ? REEL_OK : REEL_NOMEM;
}

static int get_parts(CURLU *handle, struct reel_url *url) {
  const struct {
    CURLUPart part;
    char **out;
  } parts[] = {{CURLUPART_SCHEME, &url->scheme},    {CURLUPART_HOST, &url->host},
               {CURLUPART_PATH, &url->path},        {CURLUPART_USER, &url->user},
               {CURLUPART_PORT, &url->port},        {CURLUPART_QUERY, &url->query},
               {CURLUPART_FRAGMENT, &url->fragment}};
  int status = REEL_OK;
  for (size_t i = 0; i < sizeof parts / sizeof *parts && status == REEL_OK; i++)
    status = get_part(handle, parts[i].part, parts[i].out);
  return status;
}

static bool has_zone(CURLU *handle) {
  char *zone = NULL;
  CURLUcode code = curl_url_get(handle, CURLUPART_ZONEID, &zone, 0);
  curl_free(zone);
  return code != CURLUE_NO_ZONEID;
}

static void to_lower(char *text) {
  for (; *text; text++)
    if (*text >= 'A' && *text <= 'Z') *text = (char)(*text - 'A' + 'a');
}

/* libcurl also accepts one slash, or three, after the colon. */
static bool has_two_slashes(const char *text, const char *scheme) {
  const char *slashes = text + strlen(scheme);
  return strncmp(slashes, "://", 3) == 0 && slashes[3] != '/';
}

/* Whether the host is a name of letters, digits, ".-_" and bytes that are not ASCII, or an IPv6
 * address in brackets, which libcurl has checked. */
static bool is_host(const char *host) {
  if (*host == '[') return true;
  size_t size = 0;
  while (isalnum((unsigned char)host[size]) || (unsigned char)host[size] >= 0x80 ||
         (host[size] && strchr(".-_", host[size])))
    size++;
  return size > 0 && host[size] == '\0';
}

static bool is_complete(const struct reel_url *url, const char *text) {
  if (!url->scheme || !url->host || !url->path || !is_host(url->host)) return false;
  if (url->port && strcmp(url->port, "0") == 0) return false;
  return has_two_slashes(text, url->scheme);
}

int reel_url_parse(const char *text, struct reel_url *out) {
  struct reel_url url = {0};
  CURLU *handle = curl_url();
  if (!handle) return REEL_NOMEM;

  int status = set_url(handle, text);
  if (status == REEL_OK) status = get_parts(handle, &url);
  if (status == REEL_OK && (has_zone(handle) || !is_complete(&url, text))) status = REEL_INVALID;
  curl_url_cleanup(handle);
  if (status != REEL_OK) goto fail;

  to_lower(url.scheme);
  to_lower(url.host);
  *out = url;
  return REEL_OK;
fail:
  reel_url_deinit(&url);
  return status;
}

void reel_url_deinit(struct reel_url *url) {
  free(url->scheme);
  free(url->host);
  free(url->path);
  free(url->user);
  free(url->port);
  free(url->query);
  free(url->fragment);
  *url = (struct reel_url){0};
}

bool reel_url_is_web(const struct reel_url *url) {
  return strcmp(url->scheme, "http") == 0 || strcmp(url->scheme, "https") == 0;
}

static int check_url(const char *text) {
  struct reel_url url = {0};
  int status = reel_url_parse(text, &url);
  reel_url_deinit(&url);
  return status;
}

int reel_url_resolve(const char *base, const char *location, char **out) {
  char *target = NULL;
  CURLU *handle = curl_url();
  if (!handle) return REEL_NOMEM;

  int status = check_url(base);
  if (status == REEL_OK) status = set_url(handle, base);
  if (status == REEL_OK) status = set_url(handle, location); /* resolved against base */
  if (status == REEL_OK) status = get_part(handle, CURLUPART_URL, &target);
  curl_url_cleanup(handle);
  if (status == REEL_OK) status = target ? check_url(target) : REEL_INVALID;
  if (status == REEL_OK)
    *out = target;
  else
    free(target);
  return status;
}

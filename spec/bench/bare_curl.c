/* Starts libcurl and ends: what any program with libcurl costs. */
#include <curl/curl.h>

int main(void) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return 1;
  CURL *easy = curl_easy_init();
  curl_easy_cleanup(easy);
  curl_global_cleanup();
  return easy ? 0 : 1;
}

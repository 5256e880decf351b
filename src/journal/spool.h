/* The file beside the journal that takes an answer which the journal cannot. It is a row of records
 *
 *     nonce http_status curl_code size\n
 *     <size bytes of answer>\n
 *
 * which is only ever appended to; a record that could not be written whole leaves nothing. Reading
 * it twice does no harm, since an answer is stored only where there is none. */
#ifndef REEL_SPOOL_H
#define REEL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

/* What the vendor answered to a paid request. nonce and bytes are *borrowed*. */
struct reel_vendor_answer {
  const char *nonce;
  long http_status;
  int curl_code;
  const char *bytes;
  size_t size;
};

/* Appends a record to "<journal>.spool" and syncs it. [io] */
bool reel_spool_append(const char *journal_path, const struct reel_vendor_answer *answer);

#endif

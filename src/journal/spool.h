/* The spool file beside the journal, for answers that the journal could not store. It is a sequence
 * of records:
 *
 *     nonce http_status curl_code size\n
 *     <size bytes of answer>\n
 *
 * Records are only appended, and a record that cannot be written completely is cut off again.
 * Reading the file twice does no harm, since a record fills only an attempt without an answer. */
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

/* Appends a record to "<journal>.spool" and syncs the file. Returns false if that failed. [io] */
bool reel_spool_append(const char *journal_path, const struct reel_vendor_answer *answer);

#endif

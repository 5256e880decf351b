/* The spool file beside the journal, for answers that the journal could not store. It is a sequence
 * of records:
 *
 *     nonce http_status curl_code size\n
 *     <size bytes of answer>\n
 *
 * Records are only appended, and a record that cannot be written completely is cut off again.
 * A process that was killed, or a disk that is full, may leave a part of one. A writer holds a
 * flock(2) lock on the file until its record is whole; reading needs no lock. Reading the file
 * twice does no harm, since a record fills only an attempt without an answer. A file with something
 * in it that is no record is renamed, once its records have been read (journal/recovery.lua);
 * writers find out by looking at the name again when they have the lock. */
#ifndef REEL_SPOOL_H
#define REEL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REEL_SPOOL_NAME_SIZE 256

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

/* Renames the spool file to its name and ".bad-" and a random text, unless a writer has it locked
 * or its size is not `size` bytes: then there is a record that the caller has not read. A negative
 * size is not compared. What is no regular file is renamed in any case; a regular file that cannot
 * be opened stays, since it may hold answers (REEL_SYSTEM). Writes the new name to `out`. [any]
 * Errors: REEL_BUSY, REEL_NOT_FOUND, REEL_SYSTEM. */
int reel_spool_set_aside(const char *journal_path, int64_t size, char out[REEL_SPOOL_NAME_SIZE]);

#endif

/* What a broken download needs to go on: the validator of the representation that its part holds
 * (RFC 9110, sections 8.8 and 13.1.5), which is kept in part_name + ".meta", and the reading of
 * Content-Range. */
#ifndef REEL_RESUME_H
#define REEL_RESUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "system/part.h"

#define REEL_VALIDATOR_SIZE 256 /* with the NUL; longer validators are not used */

/* Reads the validator of the part; false if there is none to be trusted. A part from before the
 * last boot is not trusted: its size may have reached the disk without its bytes. [io] */
bool reel_resume_read(const struct reel_part *part, char validator[REEL_VALIDATOR_SIZE]);

/* Writes the validator of the part; false if that fails. [io] */
bool reel_resume_write(const struct reel_part *part, const char *validator);

/* Deletes the validator of the part. [io] */
void reel_resume_forget(const struct reel_part *part);

/* Whether a Content-Range is "bytes start-last/total", where last is the last byte of the file;
 * then also sets the total. content_range may be NULL. [any] */
bool reel_resume_fits(const char *content_range, uint64_t start, uint64_t *total);

#endif

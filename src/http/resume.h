/* What lets a broken download go on where it stopped: the validator of the representation that its
 * part holds (RFC 9110, sections 8.8 and 13.1.5), in a file beside the part, and the reading of
 * Content-Range. */
#ifndef REEL_RESUME_H
#define REEL_RESUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REEL_VALIDATOR_SIZE 256 /* with its NUL; longer ones are not used */

/* The validator that the part was begun with; false if there is none to trust. A part of before the
 * machine was started is not trusted: its size may have reached the disk without its bytes. [io] */
bool reel_resume_read(const char *part_path, char validator[REEL_VALIDATOR_SIZE]);

/* Writes it down; false when that cannot be done. [io] */
bool reel_resume_write(const char *part_path, const char *validator);

/* Deletes it. [io] */
void reel_resume_forget(const char *part_path);

/* "bytes start-last/total", reaching to the end: true, and the total. Anything else: false. [any]
 */
bool reel_resume_fits(const char *content_range, uint64_t start, uint64_t *total);

#endif

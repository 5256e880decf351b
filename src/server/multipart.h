/* A form (multipart/form-data, RFC 7578), taken apart while its bytes arrive: files go into a
 * folder, fields into memory. libmicrohttpd's post processor reads it. All of it [io].
 *
 *   in memory    names, file names and the values of fields: 64 KiB together
 *   one line     of a part's header: 2 KiB
 *   parts        32; of those with one name, the last replaces the ones before it
 *   everything   max_body_bytes, with boundaries and headers
 *
 * What the post processor does not read is refused as malformed: parts whose name or file name is
 * not in quotes, and bytes after the last boundary. A file name with a quotation mark ends there.
 * The boundary must be the last parameter of Content-Type, and have 2 to 70 characters. */
#ifndef REEL_MULTIPART_H
#define REEL_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

struct MHD_Connection;
struct reel_multipart;
struct reel_request;

/* Whether the request's Content-Type says multipart/form-data with a boundary. */
bool reel_multipart_is_form(struct MHD_Connection *connection);

/* Makes the request one whose parts are filled here. Only for a form.
 *
 * connection, request   *borrowed* until _free; the request owns the parts
 * folder                *borrowed* as they are; takes the files
 * max_body_bytes        more than this ends the form with REEL_TOO_LARGE
 * out                   *given*: goes back to _free
 * Errors: REEL_NOMEM. */
int reel_multipart_new(struct MHD_Connection *connection, struct reel_request *request,
                       const char *folder, size_t max_body_bytes, struct reel_multipart **out);

/* NULL is allowed. Parts stay with the request, also those that are not whole. */
void reel_multipart_free(struct reel_multipart *multipart);

/* Reads on. After an error only _free may follow. Errors: REEL_INVALID (malformed), REEL_TOO_LARGE
 * (any of the bounds, except the line's, which is REEL_INVALID), REEL_NOMEM, REEL_SYSTEM (a file
 * cannot be written). */
int reel_multipart_receive(struct reel_multipart *multipart, const char *bytes, size_t size);

/* Says that the body is whole. Only _free may follow. Errors: REEL_INVALID (the last boundary has
 * not come), REEL_SYSTEM. */
int reel_multipart_complete(struct reel_multipart *multipart);

#endif

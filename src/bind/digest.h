/* The hash of a file as Lua gets it, for other modules that start the operation. */
#ifndef REEL_BIND_DIGEST_H
#define REEL_BIND_DIGEST_H

#include <lua.h>

struct reel_op;

/* The reel_job_push of a struct reel_digest_file: the hash in hexadecimal, or the failure. */
int reel_push_file_hash(lua_State *L, struct reel_op *op);

#endif

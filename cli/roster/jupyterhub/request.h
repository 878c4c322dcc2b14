/*
 * Questions to a hub's REST API.
 *
 * Invariants
 *  - The token goes to the host it was meant for and to no other: redirects are not followed.
 *  - No call waits longer than two minutes, no answer is larger than 64 MiB.
 *  - After a failure request_error() says why, for people, without the token.
 *
 * Life cycle: request_new() -> request_get()* -> request_free().
 */
#ifndef CLI_ROSTER_JUPYTERHUB_REQUEST_H
#define CLI_ROSTER_JUPYTERHUB_REQUEST_H

#include "common/buffer.h"

struct request;

/* NULL: out of memory. Copies @token. */
struct request *request_new(const char *token);
/*
 * Fill @ret, which is cleared first, with the answer of @url. -EIO: there was none; -EPERM: the hub
 * refuses the token; -EPROTO: any other status than 200.
 */
int request_get(struct request *request, const char *url, struct buffer *ret);
const char *request_error(const struct request *request);
void request_free(struct request *request);

#endif

/*
 * A request from its first line until its answer is out, with everything in it copied: whoever
 * answers never looks into the connection. Pure.
 *
 * Life cycle: exchange_new() -> exchange_add_header()* -> exchange_judge() ->
 * exchange_add_body()* -> (answered) -> exchange_freep().
 */
#ifndef DASHBOARD_SERVER_EXCHANGE_H
#define DASHBOARD_SERVER_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dashboard/server/request.h"

#define EXCHANGE_BODY_MAX 4096u		/* bytes of a body, which nobody reads */
#define EXCHANGE_READ_MAX (64u * 1024u) /* of a body that is too large: its sender hears why */

struct MHD_Connection;
struct MHD_Response;

struct exchange {
	struct request request;
	char *target;
	char *named_header;    /* NULL: none */
	struct buffer cookies; /* with a NUL when there are any */
	bool is_malformed;     /* by its headers */
	bool has_length, is_chunked;
	unsigned long long length; /* of the body, as announced */
	size_t body_size;	   /* as read */

	/* The server's. */
	struct MHD_Connection *connection;
	struct MHD_Response *reply; /* NULL: not answered yet */
	unsigned status;
	uint64_t whose;
	size_t held_bytes; /* of the answer */
	bool has_headers, is_handed_over;
};

/* NULL: no memory. @target may be NULL: there was none. */
struct exchange *exchange_new(const char *target);
void exchange_free(struct exchange *exchange);

static inline void exchange_freep(struct exchange **exchange)
{
	exchange_free(*exchange);
}

/*
 * Take what matters of a header. Several of Cookie are joined with "; ". More than one of
 * @wanted, of Content-Length or Transfer-Encoding, or both of these, make the request malformed: a
 * proxy before us might have looked at the other one. So does a name that is none. -ENOMEM.
 */
int exchange_add_header(
	struct exchange *exchange, const char *wanted, const char *name, const char *value);

/* After the headers: 0, or the status of the answer that the request gets at once. */
unsigned exchange_judge(struct exchange *exchange, const char *method, const char *prefix);

/* Count @size bytes of the body. False: it is not worth reading on. */
bool exchange_add_body(struct exchange *exchange, size_t size);

/* The whole request's body is too large. */
static inline bool exchange_is_too_large(const struct exchange *exchange)
{
	return exchange->body_size > EXCHANGE_BODY_MAX;
}

#endif

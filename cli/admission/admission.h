/*
 * Admission over HTTP: a hub asks whether a server may start, and says when it stopped. The only
 * user of libmicrohttpd.
 *
 *	POST /v1/can-spawn	{"allowed": true, "lien": 7, "held": "14.424", ...}
 *	POST /v1/release	{"released": true}
 *	GET /healthz		{"status": "ok"}
 *
 * Invariants
 *  - Nothing but /healthz is answered to who does not know the token.
 *  - A request has ADMISSION_BODY_MAX bytes and ADMISSION_REQUEST_SEC seconds at most; there are
 *    ADMISSION_CONNECTIONS_MAX connections, and half of them from one address.
 *  - What is held is held by one statement: a request that breaks off holds nothing by halves, and
 *    may be sent again.
 *
 * Life cycle: admission_start() -> admission_port() -> admission_drain() -> admission_freep().
 */
#ifndef CLI_ADMISSION_ADMISSION_H
#define CLI_ADMISSION_ADMISSION_H

#include <stddef.h>

#include "cli/admission/pool.h"

#define ADMISSION_BODY_MAX	  (16 * 1024)
#define ADMISSION_REQUEST_SEC	  10
#define ADMISSION_CONNECTIONS_MAX 256

struct admission_options {
	const char *listen; /* ADDRESS:PORT, [ADDRESS]:PORT; port 0: any */
	const char *token;
	const char *hubs; /* that it serves, with commas between; "": all */
	struct pool *pool;
};

struct admission;

/* Borrows what @options point to. -EINVAL: no such address; -errno; the reason is in @error. */
int admission_start(const struct admission_options *options, struct admission **ret, char *error,
	size_t error_size);
unsigned admission_port(const struct admission *admission);
/* Take no more connections and wait, ADMISSION_REQUEST_SEC at most, for requests that have begun.
 */
void admission_drain(struct admission *admission);
void admission_free(struct admission *admission);

static inline void admission_freep(struct admission **admission)
{
	admission_free(*admission);
}

/* "libmicrohttpd 0.9.75" */
const char *admission_library(void);

#endif

/*
 * Requests over HTTP. The only user of libcurl.
 *
 * Invariants
 *  - Who answers is who the machine's certificates vouch for, unless http_set_peer() says
 * otherwise.
 *  - A request goes to the URL that was said and to no other: redirects are not followed.
 *  - No call waits longer than the time limit; no answer is larger than its buffer.
 *  - After a failure http_error() says why, for people, without URL and headers, which may hold
 * secrets.
 *
 * Life cycle: http_new() -> http_set_peer()? -> http_set_headers()* -> http_get()* or
 * http_post()* -> http_free().
 */
#ifndef COMMON_HTTP_HTTP_H
#define COMMON_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"

struct http;

/* One connection, which is kept. NULL: out of memory. */
struct http *http_new(long connect_timeout_sec, long timeout_sec);
/* From here on requests have the @count headers in @lines, which are copied, and no others. */
int http_set_headers(struct http *http, const char *const *lines, size_t count);
/* Who may answer, and by what way. */
struct http_peer {
	const char *ca_file; /* certificates that may vouch for it; NULL: those of the machine */
	bool is_insecure;    /* anybody */
	bool is_direct;	     /* whatever the environment says of proxies */
};
/* -ENOMEM. */
int http_set_peer(struct http *http, const struct http_peer *peer);
/* The answer goes into @ret, which is cleared first. -EIO: there was none. */
int http_get(struct http *http, const char *url, struct buffer *ret, long *ret_status);
/*
 * Likewise, and the answer goes to @take as it comes, if its status is 200; any other is passed
 * over. What @take returns below 0 ends it: -EIO.
 */
int http_get_to(struct http *http, const char *url,
	int (*take)(void *context, const void *data, size_t size), void *context, long *ret_status);
/* Likewise; @ret NULL: what is answered beyond the status is passed over. -EIO: nothing was. */
int http_post(
	struct http *http, const char *url, const char *body, struct buffer *ret, long *ret_status);
const char *http_error(const struct http *http);
void http_free(struct http *http);

static inline void http_freep(struct http **http)
{
	http_free(*http);
}

/* What to do about a status, as the end of a sentence; often nothing. */
const char *http_status_hint(long status);

/* "libcurl 7.88.1" */
const char *http_library(void);

#endif

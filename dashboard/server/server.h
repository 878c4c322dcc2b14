/*
 * HTTP for pages: one thread reads and writes, a few workers answer. The only user of
 * libmicrohttpd.
 *
 * Invariants
 *  - A slow client costs memory for its connection and no thread: requests are handed to workers
 * when they are whole, answers are sent when they are whole.
 *  - A connection whose request is not whole after SERVER_REQUEST_SEC, or whose answer is not taken
 * after SERVER_ANSWER_SEC, is ended, however busily its bytes trickle. SERVER_CONNECTIONS_MAX
 * connections, half of them from one address, unless that is one of this machine.
 *  - GET, HEAD and POST without a body; everything else, and what is too long, is refused with an
 * error page.
 *  - Requests that wait for a worker are at most SERVER_WAITING_MAX; more get 503 and Retry-After.
 *  - Nobody has more than half of the workers at a time, nor a quarter of the waiting.
 *  - Answers that are not taken yet have SERVER_HELD_MAX bytes at most, a quarter of it somebody's;
 * what finds no room is 503.
 *  - Every answer carries the headers that forbid foreign content, frames and inline scripts; but
 *for the library's own few words to what is no HTTP.
 *
 * Life cycle: server_start() -> server_port() -> server_drain() -> server_freep().
 */
#ifndef DASHBOARD_SERVER_SERVER_H
#define DASHBOARD_SERVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dashboard/server/queue.h"
#include "dashboard/server/request.h"

#define SERVER_CONNECTIONS_MAX 1024
#define SERVER_WAITING_MAX     512
#define SERVER_REQUEST_SEC     10
#define SERVER_ANSWER_SEC      60
#define SERVER_WORKERS_MAX     QUEUE_WORKERS_MAX
#define SERVER_HELD_MAX	       (256u << 20) /* bytes of answers that are not taken yet */

/*
 * Answer @request: fill in *response, which is empty and has a body that may grow to
 * RESPONSE_LIMIT, or what its answerer makes that. Called by worker @worker (0 .. n_workers - 1),
 * which does one thing at a time.
 */
typedef void server_answer_fn(
	void *context, size_t worker, const struct request *request, struct response *response);

/*
 * Whose @request is, into @ret, which is "": nobody's, and quickly answered. On the thread that
 * reads for all, so it must not wait. It is request.whose for whoever answers.
 */
typedef void server_whose_fn(
	void *context, const struct request *request, char ret[REQUEST_WHOSE_SIZE]);

struct server_options {
	const char *listen;	  /* ADDRESS:PORT, [ADDRESS]:PORT; port 0: any */
	const char *prefix;	  /* of all paths: "/", "/services/hubmeter/" */
	const char *named_header; /* handed on in request.named_header; "": none */
	bool is_secure;		  /* browsers reach us by TLS, by whatever stands before us */
	size_t n_workers;
	server_answer_fn *answer;
	server_whose_fn *whose; /* NULL: all are nobody's */
	void *context;

	/* For tests; 0: what the constants above say. */
	size_t connections_max, waiting_max, held_max;
	int64_t request_usec, answer_usec;
	bool limits_local; /* addresses of this machine have no privilege */
};

struct server;

/*
 * Borrows what @options point to. -EINVAL: no such address, prefix or number of workers; -errno;
 * the reason is in @error. The process's limit of open files is raised if connections need it and
 * it may be; if it may not, there are fewer connections.
 */
int server_start(
	const struct server_options *options, struct server **ret, char *error, size_t error_size);

/*
 * Whether whoever is called @key may ask once more: 20 times a second, 100 in a burst. The answer
 * to a refused request is to be status 429. From any thread.
 */
bool server_allows(struct server *server, const char *key);

unsigned server_port(const struct server *server);
/* Take no more connections and wait, SERVER_REQUEST_SEC at most, for requests that have begun. */
void server_drain(struct server *server);
void server_free(struct server *server);

static inline void server_freep(struct server **server)
{
	server_free(*server);
}

/* "libmicrohttpd 0.9.75" */
const char *server_library(void);

#endif

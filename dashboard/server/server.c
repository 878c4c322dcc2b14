/*
 * The library reads requests and writes answers on one thread of its own. A connection whose
 * request is whole is suspended and waits in a queue for one of our workers, who resumes it with
 * the answer.
 *
 *	library's thread	begin() -> handle() -> suspend ... resume -> handle() -> complete()
 *	a worker				queue_pop() -> answer() ^
 */
#include "dashboard/server/server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "common/hash.h"
#include "common/listen_address.h"
#include "dashboard/server/error_page.h"
#include "dashboard/server/exchange.h"
#include "dashboard/server/gate.h"
#include "dashboard/server/headers.h"
#include "dashboard/server/queue.h"
#include "hubmeter/cleanup.h"

#define HEADERS_MAX	(32u * 1024u) /* of a request, its first line and the answer's headers */
#define OTHER_FILES	512u	      /* descriptors of all others in the process */
#define USEC_PER_SEC	1000000
#define HELD_BUCKETS	1024u
#define PART_OF_HELD	4u /* nobody has more of what is held than one of these parts */
#define STATUS_REDIRECT MHD_HTTP_FOUND

struct worker {
	struct server *server;
	size_t number;
	pthread_t thread;
};

struct server {
	struct server_options options;
	struct MHD_Daemon *daemon;
	int listener; /* which takes no more connections; -1: the library has it */
	struct queue waiting;
	uint64_t seed; /* of whose they are */
	struct worker worker[SERVER_WORKERS_MAX];
	size_t n_running;		     /* of workers */
	atomic_size_t held_bytes;	     /* of answers that are not taken */
	atomic_size_t held_of[HELD_BUCKETS]; /* of somebody; two may share a bucket */
	atomic_bool is_draining;
	struct gate gate;
};

static void count_status(struct server *server, unsigned status)
{
	switch (status) {
	case MHD_HTTP_BAD_REQUEST:
		gate_refused(&server->gate, REFUSAL_BAD_REQUEST);
		break;
	case MHD_HTTP_METHOD_NOT_ALLOWED:
		gate_refused(&server->gate, REFUSAL_METHOD);
		break;
	case MHD_HTTP_CONTENT_TOO_LARGE:
	case MHD_HTTP_URI_TOO_LONG:
		gate_refused(&server->gate, REFUSAL_TOO_LARGE);
		break;
	case MHD_HTTP_TOO_MANY_REQUESTS:
		gate_refused(&server->gate, REFUSAL_TOO_OFTEN);
		break;
	case MHD_HTTP_SERVICE_UNAVAILABLE:
		gate_refused(&server->gate, REFUSAL_TOO_BUSY);
		break;
	default:
		break; /* a wrong or an old link is nobody's attack */
	}
}

static bool add_header(void *context, const char *name, const char *value)
{
	return MHD_add_response_header(context, name, value) == MHD_YES;
}

/* Takes the body. NULL: no memory, or a header that is none. */
static struct MHD_Response *make_reply(const struct server *server, struct response *response)
{
	static char nothing[] = "";
	struct buffer *body = &response->body;
	enum MHD_ResponseMemoryMode mode =
		body->size ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT;
	struct MHD_Response *reply = MHD_create_response_from_buffer(
		body->size, body->size ? (void *)body->data : nothing, mode);
	bool is_whole =
		reply && headers_make(response, server->options.is_secure, add_header, reply);

	if (reply && body->size)
		*body = (struct buffer)BUFFER_INIT(body->limit);
	if (reply && !is_whole) {
		MHD_destroy_response(reply);
		reply = NULL;
	}
	return reply;
}

/* Takes what @response owns. Without memory even for an error page, no reply is made. */
static void set_reply(
	const struct server *server, struct exchange *exchange, struct response *response)
{
	bool has_status = response->status >= MHD_HTTP_OK && response->status < 600;

	exchange->status = response->status;
	exchange->reply = has_status ? make_reply(server, response) : NULL;
	response_release(response);
	if (exchange->reply)
		return;
	error_page_make(MHD_HTTP_INTERNAL_SERVER_ERROR, server->options.prefix, response);
	exchange->status = response->status;
	exchange->reply = make_reply(server, response);
	response_release(response);
}

static void set_error(struct server *server, struct exchange *exchange, unsigned status)
{
	struct response response;

	if (status == STATUS_REDIRECT)
		error_page_redirect(server->options.prefix, &response);
	else
		error_page_make(status, server->options.prefix, &response);
	count_status(server, response.status);
	set_reply(server, exchange, &response);
}

/* Whether there is room for the answer among those that clients have not taken yet. */
static bool hold(struct server *server, struct exchange *exchange, size_t bytes)
{
	size_t before = atomic_fetch_add(&server->held_bytes, bytes);
	size_t theirs = atomic_fetch_add(&server->held_of[exchange->whose % HELD_BUCKETS], bytes);

	exchange->held_bytes = bytes;
	return before + bytes <= server->options.held_max &&
	       (!exchange->whose || theirs + bytes <= server->options.held_max / PART_OF_HELD);
}

static void let_go(struct server *server, struct exchange *exchange)
{
	(void)atomic_fetch_sub(&server->held_bytes, exchange->held_bytes);
	(void)atomic_fetch_sub(
		&server->held_of[exchange->whose % HELD_BUCKETS], exchange->held_bytes);
	exchange->held_bytes = 0;
}

/* The exchange belongs to the library's thread again when this returns. */
static void answer(struct server *server, size_t worker, struct exchange *exchange)
{
	struct response response = {.body = BUFFER_INIT(RESPONSE_LIMIT)};

	server->options.answer(server->options.context, worker, &exchange->request, &response);
	if (hold(server, exchange, response.body.capacity)) {
		set_reply(server, exchange, &response);
	} else {
		let_go(server, exchange);
		response_release(&response);
		set_error(server, exchange, MHD_HTTP_SERVICE_UNAVAILABLE);
	}
	MHD_resume_connection(exchange->connection);
}

static void *work(void *context)
{
	const struct worker *worker = context;
	struct exchange *exchange;

	while ((exchange = queue_pop(&worker->server->waiting))) {
		uint64_t whose = exchange->whose;

		answer(worker->server, worker->number, exchange);
		queue_done(&worker->server->waiting, whose);
	}
	return NULL;
}

static struct connection *connection_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static enum MHD_Result send_reply(
	struct server *server, struct MHD_Connection *connection, struct exchange *exchange)
{
	enum MHD_Result result;

	/* Kept alive, it would be cut off in the middle of the next request. */
	if (atomic_load(&server->is_draining))
		(void)add_header(exchange->reply, MHD_HTTP_HEADER_CONNECTION, "close");
	gate_turn(&server->gate, connection_of(connection), CONNECTION_ANSWERING);
	result = MHD_queue_response(connection, exchange->status, exchange->reply);
	MHD_destroy_response(hm_steal(&exchange->reply));
	return result;
}

static enum MHD_Result refuse(struct server *server, struct MHD_Connection *connection,
	struct exchange *exchange, unsigned status)
{
	set_error(server, exchange, status);
	return exchange->reply ? send_reply(server, connection, exchange) : MHD_NO;
}

struct header_context {
	const struct server *server;
	struct exchange *exchange;
	int r;
};

static enum MHD_Result take_header(
	void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct header_context *headers = context;

	(void)kind;
	headers->r = exchange_add_header(
		headers->exchange, headers->server->options.named_header, name, value ? value : "");
	return headers->r < 0 ? MHD_NO : MHD_YES;
}

/* The headers are there; the body, if any, is not. */
static enum MHD_Result judge(struct server *server, struct MHD_Connection *connection,
	struct exchange *exchange, const char *method)
{
	const struct connection *place = connection_of(connection);
	struct header_context headers = {.server = server, .exchange = exchange};
	unsigned status;

	if (!place)
		return MHD_NO;
	if (!gate_allows_peer(&server->gate, &place->peer))
		return refuse(server, connection, exchange, MHD_HTTP_TOO_MANY_REQUESTS);
	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, &headers);
	if (headers.r < 0)
		return MHD_NO;
	memcpy(exchange->request.address, place->peer.address, sizeof(place->peer.address));
	status = exchange_judge(exchange, method, server->options.prefix);
	return status ? refuse(server, connection, exchange, status) : MHD_YES;
}

/* As a number: two who share one, by a chance of one in 2^63, share their part of the workers. */
static uint64_t find_whose(const struct server *server, struct request *request)
{
	if (server->options.whose)
		server->options.whose(server->options.context, request, request->whose);
	return *request->whose
		       ? hash_bytes(server->seed, request->whose, strlen(request->whose)) | 1
		       : 0;
}

static enum MHD_Result hand_over(
	struct server *server, struct MHD_Connection *connection, struct exchange *exchange)
{
	gate_turn(&server->gate, connection_of(connection), CONNECTION_WAITING);
	exchange->connection = connection;
	exchange->is_handed_over = true;
	exchange->whose = find_whose(server, &exchange->request);
	MHD_suspend_connection(connection); /* first: a worker may be done before we go on */
	if (!queue_push(&server->waiting, exchange, exchange->whose)) {
		set_error(server, exchange, MHD_HTTP_SERVICE_UNAVAILABLE);
		MHD_resume_connection(connection);
	}
	return MHD_YES;
}

static void *begin(void *context, const char *target, struct MHD_Connection *connection)
{
	struct server *server = context;
	struct exchange *exchange = exchange_new(target);

	(void)connection;
	if (exchange)
		gate_begin(&server->gate);
	return exchange;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
	const char *method, const char *version, const char *data, size_t *size, void **state)
{
	struct server *server = context;
	struct exchange *exchange = *state;
	size_t n = *size;

	(void)path;
	(void)version;
	(void)data;
	if (!exchange)
		return MHD_NO; /* no memory */
	if (exchange->reply)
		return send_reply(server, connection, exchange);
	if (exchange->is_handed_over)
		return MHD_NO; /* resumed without an answer: the server ends */
	if (!exchange->has_headers) {
		exchange->has_headers = true;
		return judge(server, connection, exchange, method);
	}
	*size = 0;
	if (n)
		return exchange_add_body(exchange, n) ? MHD_YES : MHD_NO;
	if (exchange_is_too_large(exchange))
		return refuse(server, connection, exchange, MHD_HTTP_CONTENT_TOO_LARGE);
	return hand_over(server, connection, exchange);
}

static void complete(void *context, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode code)
{
	struct server *server = context;
	struct exchange *exchange = *state;

	(void)code;
	*state = NULL;
	gate_turn(&server->gate, connection_of(connection), CONNECTION_READING);
	if (!exchange)
		return;
	let_go(server, exchange);
	if (exchange->reply)
		MHD_destroy_response(exchange->reply);
	exchange_free(exchange);
	gate_end(&server->gate);
}

/* Targets are decoded by ourselves, from what begin() was given. */
static size_t leave_encoded(void *context, struct MHD_Connection *connection, char *text)
{
	(void)context;
	(void)connection;
	return strlen(text);
}

static enum MHD_Result admit(void *context, const struct sockaddr *address, socklen_t address_size)
{
	struct server *server = context;

	(void)address_size;
	return gate_admits(&server->gate, address) ? MHD_YES : MHD_NO;
}

static void notice(void *context, struct MHD_Connection *connection, void **place,
	enum MHD_ConnectionNotificationCode code)
{
	struct server *server = context;
	const union MHD_ConnectionInfo *fd, *address;

	if (code != MHD_CONNECTION_NOTIFY_STARTED) {
		gate_leave(&server->gate, *place);
		return;
	}
	fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	address = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	*place = gate_enter(&server->gate, fd->connect_fd, address->client_addr);
}

static int fail(int r, char *error, size_t size, const char *reason)
{
	(void)snprintf(error, size, "%s", reason);
	return r;
}

/* Every connection is a descriptor, and the usual limit of 1024 is for all of the process. */
static size_t limit_connections(size_t wanted)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return wanted;
	if (files.rlim_cur < wanted + OTHER_FILES) {
		files.rlim_cur = files.rlim_max < wanted + OTHER_FILES ? files.rlim_max
								       : wanted + OTHER_FILES;
		if (setrlimit(RLIMIT_NOFILE, &files) < 0 && getrlimit(RLIMIT_NOFILE, &files) < 0)
			return wanted;
	}
	if (files.rlim_cur >= wanted + OTHER_FILES)
		return wanted;
	return files.rlim_cur / 2 < wanted ? files.rlim_cur / 2 : wanted;
}

static void set_defaults(struct server_options *options)
{
	if (!options->connections_max)
		options->connections_max = SERVER_CONNECTIONS_MAX;
	options->connections_max = limit_connections(options->connections_max);
	if (!options->waiting_max)
		options->waiting_max = SERVER_WAITING_MAX;
	if (!options->held_max)
		options->held_max = SERVER_HELD_MAX;
	if (!options->request_usec)
		options->request_usec = (int64_t)SERVER_REQUEST_SEC * USEC_PER_SEC;
	if (!options->answer_usec)
		options->answer_usec = (int64_t)SERVER_ANSWER_SEC * USEC_PER_SEC;
}

static struct server *server_new(const struct server_options *options)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return NULL;
	server->options = *options;
	set_defaults(&server->options);
	server->listener = -1;
	server->seed = hash_random_seed();
	return server;
}

static int start_threads(struct server *server)
{
	size_t n = server->options.n_workers;
	int r = 0;

	for (; server->n_running < n && r == 0; server->n_running += r == 0) {
		struct worker *worker = &server->worker[server->n_running];

		worker->server = server;
		worker->number = server->n_running;
		r = pthread_create(&worker->thread, NULL, work, worker);
	}
	return -r;
}

static int start_daemon(struct server *server, const struct sockaddr_storage *address)
{
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME |
			 (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);

	errno = 0;
	/* Without LISTENING_ADDRESS_REUSE: it is SO_REUSEPORT, and a second server would get half
	 * of the requests. */
	server->daemon = MHD_start_daemon(flags, 0, admit, server, handle, server,
		MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)address, MHD_OPTION_URI_LOG_CALLBACK,
		begin, server, MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, complete, server, MHD_OPTION_NOTIFY_CONNECTION, notice,
		server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)server->options.connections_max,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_MAX,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (server->daemon)
		return 0;
	return errno ? -errno : -EIO;
}

static int start(struct server *server, const struct sockaddr_storage *address)
{
	int r = queue_init(
		&server->waiting, server->options.waiting_max, server->options.n_workers);

	if (r < 0)
		return r;
	r = gate_init(&server->gate, server->options.connections_max, server->options.request_usec,
		server->options.answer_usec, server->options.limits_local);
	if (r < 0)
		return r;
	r = gate_open(&server->gate);
	if (r < 0)
		return r;
	r = start_threads(server);
	return r < 0 ? r : start_daemon(server, address);
}

/* NULL: they are fine. */
static const char *fault_of(const struct server_options *options, struct sockaddr_storage *ret)
{
	size_t size = strlen(options->prefix);

	if (listen_address_parse(options->listen, ret) < 0)
		return "not an address and a port, as in 127.0.0.1:8086";
	if (!size || options->prefix[0] != '/' || options->prefix[size - 1] != '/')
		return "the prefix must begin and end with a slash";
	if (!options->n_workers || options->n_workers > SERVER_WORKERS_MAX)
		return "not a number of workers";
	return NULL;
}

int server_start(
	const struct server_options *options, struct server **ret, char *error, size_t error_size)
{
	hm_cleanup(server_freep) struct server *server = NULL;
	struct sockaddr_storage address;
	sigset_t all, before;
	const char *fault = fault_of(options, &address);
	int r;

	if (fault)
		return fail(-EINVAL, error, error_size, fault);
	server = server_new(options);
	if (!server)
		return fail(-ENOMEM, error, error_size, strerror(ENOMEM));

	/* Threads inherit the mask: signals are for whoever waits for them in main(). */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = start(server, &address);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r < 0)
		return fail(r, error, error_size, strerror(-r));

	*ret = hm_steal(&server);
	return 0;
}

unsigned server_port(const struct server *server)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : 0;
}

bool server_allows(struct server *server, const char *key)
{
	return gate_allows_person(&server->gate, key);
}

void server_drain(struct server *server)
{
	atomic_store(&server->is_draining, true);
	if (server->listener < 0) {
		server->listener = MHD_quiesce_daemon(server->daemon);
		/* Not closed yet: the library's thread may just be looking at it. */
		(void)shutdown(server->listener, SHUT_RDWR);
	}
	gate_wait(&server->gate, server->options.request_usec);
}

static void stop_workers(struct server *server)
{
	struct exchange *exchange;

	if (!server->waiting.entry)
		return;
	queue_close(&server->waiting);
	for (size_t i = 0; i < server->n_running; i++)
		(void)pthread_join(server->worker[i].thread, NULL);
	while ((exchange = queue_take(&server->waiting)))
		MHD_resume_connection(exchange->connection);
}

void server_free(struct server *server)
{
	if (!server)
		return;
	stop_workers(server); /* first: the library must not end with suspended connections */
	if (server->daemon)
		MHD_stop_daemon(server->daemon);
	if (server->listener >= 0)
		(void)close(server->listener); /* nobody is served by it any more */
	gate_release(&server->gate);
	queue_release(&server->waiting);
	free(server);
}

const char *server_library(void)
{
	static char text[48];

	(void)snprintf(text, sizeof(text), "libmicrohttpd %s", MHD_get_version()); /* fits */
	return text;
}

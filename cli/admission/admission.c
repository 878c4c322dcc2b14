/*
 * A thread for each connection: a slow client holds up nobody else. Who does not know the token is
 * answered before a byte of the body is read; a body that is too large is read on, until the
 * request's time is over, so that its sender hears why.
 */
#include "cli/admission/admission.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>

#include "cli/admission/exchange.h"
#include "cli/admission/token.h"
#include "common/listen_address.h"
#include "hubmeter/cleanup.h"

#define HEADER_MAX	(8 * 1024)
#define THREAD_STACK	(512 * 1024)
#define STATUS_TOO_BUSY 503

struct admission {
	struct admission_options options;
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	size_t n_running; /* requests whose body is there and whose answer is not */
};

/* A request that comes in, until its answer is out. */
struct incoming {
	const char *path;
	bool is_post;
	bool is_running;
	bool is_too_large;
	time_t begin;
	size_t size;
	char body[ADMISSION_BODY_MAX];
};

static time_t now_sec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static enum MHD_Result reply(struct MHD_Connection *connection, struct answer answer)
{
	static char out_of_memory[] = "{\"error\": \"out of memory\"}";
	char *body = answer.body ? answer.body : out_of_memory;
	unsigned status = answer.body ? answer.status : STATUS_TOO_BUSY;
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(body), body, answer.body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;

	if (!response) {
		free(answer.body);
		return MHD_NO;
	}
	/* Without them the answer is an answer all the same. */
	(void)MHD_add_response_header(response, "Content-Type", "application/json");
	(void)MHD_add_response_header(response, "Cache-Control", "no-store");
	if (status == MHD_HTTP_UNAUTHORIZED)
		(void)MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
	if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
		(void)MHD_add_response_header(response, "Retry-After", "1");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* Whether the request is answered already, by its headers. */
static bool refuse(const struct admission *admission, struct MHD_Connection *connection,
	const char *path, const char *method, enum MHD_Result *ret)
{
	bool is_health = strcmp(path, "/healthz") == 0;
	bool is_known =
		is_health || strcmp(path, "/v1/can-spawn") == 0 || strcmp(path, "/v1/release") == 0;
	const char *size = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	struct answer answer = {0};

	if (!is_health && !token_matches(admission->options.token,
				  MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
					  MHD_HTTP_HEADER_AUTHORIZATION)))
		answer = exchange_error(MHD_HTTP_UNAUTHORIZED, "the token is missing or wrong");
	else if (!is_known)
		answer = exchange_error(MHD_HTTP_NOT_FOUND, "there is no such page");
	else if (strcmp(method, is_health ? "GET" : "POST") != 0)
		answer = exchange_error(
			MHD_HTTP_METHOD_NOT_ALLOWED, is_health ? "say GET" : "say POST");
	else if (size && strtoull(size, NULL, 10) > ADMISSION_BODY_MAX)
		answer = exchange_error(
			MHD_HTTP_CONTENT_TOO_LARGE, "the body is larger than 16 KiB");
	else
		return false;
	*ret = reply(connection, answer);
	return true;
}

static struct incoming *begin(const char *path, const char *method)
{
	struct incoming *incoming = calloc(1, sizeof(*incoming));

	if (!incoming)
		return NULL;
	incoming->path = strcmp(path, "/healthz") == 0	    ? "/healthz"
			 : strcmp(path, "/v1/release") == 0 ? "/v1/release"
							    : "/v1/can-spawn";
	incoming->is_post = strcmp(method, "POST") == 0;
	incoming->begin = now_sec();
	return incoming;
}

static bool add(struct incoming *incoming, const char *data, size_t size)
{
	if (now_sec() - incoming->begin > ADMISSION_REQUEST_SEC)
		return false;
	if (size > ADMISSION_BODY_MAX - incoming->size) {
		incoming->is_too_large = true;
		return true;
	}
	memcpy(incoming->body + incoming->size, data, size);
	incoming->size += size;
	return true;
}

static void count(struct admission *admission, struct incoming *incoming, bool is_running)
{
	(void)pthread_mutex_lock(&admission->lock);
	if (is_running != incoming->is_running)
		admission->n_running += is_running ? 1 : (size_t)-1;
	incoming->is_running = is_running;
	(void)pthread_cond_broadcast(&admission->ended);
	(void)pthread_mutex_unlock(&admission->lock);
}

static struct answer act(const struct admission *admission, const struct incoming *incoming)
{
	if (incoming->is_too_large)
		return exchange_error(MHD_HTTP_CONTENT_TOO_LARGE, "the body is larger than 16 KiB");
	if (!incoming->is_post)
		return exchange_health(admission->options.pool);
	return exchange_act(admission->options.pool, admission->options.hubs,
		strcmp(incoming->path, "/v1/release") == 0 ? ADMISSION_ACT_RELEASE
							   : ADMISSION_ACT_SPAWN,
		incoming->body, incoming->size);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
	const char *method, const char *version, const char *data, size_t *size, void **state)
{
	struct admission *admission = context;
	struct incoming *incoming = *state;
	enum MHD_Result result;

	(void)version;
	if (!incoming) {
		if (refuse(admission, connection, path, method, &result))
			return result;
		*state = begin(path, method);
		return *state ? MHD_YES : MHD_NO;
	}
	if (*size) {
		result = add(incoming, data, *size) ? MHD_YES : MHD_NO;
		*size = 0;
		return result;
	}
	count(admission, incoming, true);
	return reply(connection, act(admission, incoming));
}

static void complete(void *context, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode code)
{
	struct incoming *incoming = *state;

	(void)connection;
	(void)code;
	if (!incoming)
		return;
	count(context, incoming, false);
	free(incoming);
	*state = NULL;
}

static int fail(int r, char *error, size_t size, const char *reason)
{
	(void)snprintf(error, size, "%s", reason);
	return r;
}

static struct MHD_Daemon *start(struct admission *admission, const struct sockaddr_storage *address)
{
	unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
			 MHD_USE_ITC | (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);

	return MHD_start_daemon(flags, 0, NULL, NULL, handle, admission, MHD_OPTION_SOCK_ADDR,
		(const struct sockaddr *)address, MHD_OPTION_NOTIFY_COMPLETED, complete, admission,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)ADMISSION_CONNECTIONS_MAX,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)ADMISSION_CONNECTIONS_MAX / 2,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)ADMISSION_REQUEST_SEC,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_MAX * 2,
		MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK, MHD_OPTION_END);
}

int admission_start(const struct admission_options *options, struct admission **ret, char *error,
	size_t error_size)
{
	hm_cleanup(admission_freep) struct admission *admission = calloc(1, sizeof(*admission));
	struct sockaddr_storage address;
	int r = listen_address_parse(options->listen, &address);

	if (r < 0)
		return fail(
			r, error, error_size, "not an address and a port, as in 127.0.0.1:8085");
	if (admission) {
		admission->options = *options;
		/* Neither can fail on Linux. */
		(void)pthread_mutex_init(&admission->lock, NULL);
		(void)pthread_cond_init(&admission->ended, NULL);
		errno = 0;
		admission->daemon = start(admission, &address);
		r = admission->daemon ? 0 : (errno ? -errno : -EIO);
	} else {
		r = -ENOMEM;
	}
	if (r < 0)
		return fail(r, error, error_size, strerror(-r));

	*ret = hm_steal(&admission);
	return 0;
}

unsigned admission_port(const struct admission *admission)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(admission->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : 0;
}

void admission_drain(struct admission *admission)
{
	MHD_socket listener = MHD_quiesce_daemon(admission->daemon);
	struct timespec until;
	int r = 0;

	if (listener != MHD_INVALID_SOCKET)
		(void)close(listener); /* nobody is served by it any more */
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ADMISSION_REQUEST_SEC;
	(void)pthread_mutex_lock(&admission->lock);
	while (admission->n_running && r == 0)
		r = pthread_cond_timedwait(&admission->ended, &admission->lock, &until);
	(void)pthread_mutex_unlock(&admission->lock);
}

void admission_free(struct admission *admission)
{
	if (!admission)
		return;
	if (admission->daemon) {
		MHD_stop_daemon(admission->daemon);
		(void)pthread_cond_destroy(&admission->ended);
		(void)pthread_mutex_destroy(&admission->lock);
	}
	free(admission);
}

const char *admission_library(void)
{
	static char text[48];

	(void)snprintf(text, sizeof(text), "libmicrohttpd %s", MHD_get_version()); /* fits */
	return text;
}

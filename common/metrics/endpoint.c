/* libmicrohttpd's own polling thread does all the work: there is one page and it is in memory. */
#include "common/metrics/endpoint.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include "common/listen_address.h"

#define CONNECTIONS_MAX 16
#define TIMEOUT_SEC	10
#define HEADERS_MAX	((size_t)8 << 10)
#define CONTENT_TYPE	"text/plain; version=0.0.4; charset=utf-8"

struct endpoint {
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock;
	struct MHD_Response *page; /* under the lock; NULL: none was published */
};

/* 404, 405, 503: a line that says so. */
static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *why)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(why), (void *)(uintptr_t)why, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_NO;

	if (!response)
		return MHD_NO; /* the connection ends */
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result show(struct endpoint *endpoint, struct MHD_Connection *connection)
{
	enum MHD_Result result = MHD_NO;
	bool is_known;

	(void)pthread_mutex_lock(&endpoint->lock); /* fails for our bugs only */
	is_known = endpoint->page != NULL;
	if (is_known)
		result = MHD_queue_response(connection, MHD_HTTP_OK, endpoint->page);
	(void)pthread_mutex_unlock(&endpoint->lock); /* as above */
	return is_known
		       ? result
		       : refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "nothing is known yet\n");
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
	const char *method, const char *version, const char *data, size_t *size, void **request)
{
	(void)version;
	(void)data;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		*size = 0; /* whatever it sends is passed over */
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only to be read\n");
	}
	if (!*request) {
		*request = context; /* the headers are there: answered when the rest is */
		return MHD_YES;
	}
	if (strcmp(path, "/metrics") != 0)
		return refuse(connection, MHD_HTTP_NOT_FOUND, "see /metrics\n");
	return show(context, connection);
}

static int start(struct endpoint *endpoint, const struct sockaddr_storage *address)
{
	const unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO |
			       (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);

	errno = 0;
	endpoint->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, endpoint,
		MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)address, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_SEC,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEADERS_MAX, MHD_OPTION_END);
	if (endpoint->daemon)
		return 0;
	return errno ? -errno : -EIO;
}

int endpoint_new(const char *address, struct endpoint **ret)
{
	struct sockaddr_storage socket_address;
	struct endpoint *endpoint;
	int r;

	if (listen_address_parse(address, &socket_address) < 0)
		return -EINVAL;
	endpoint = calloc(1, sizeof(*endpoint));
	if (!endpoint)
		return -ENOMEM;
	(void)pthread_mutex_init(&endpoint->lock, NULL); /* never fails on Linux */
	r = start(endpoint, &socket_address);
	if (r < 0) {
		endpoint_free(endpoint);
		return r;
	}
	*ret = endpoint;
	return 0;
}

uint16_t endpoint_port(const struct endpoint *endpoint)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(endpoint->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : 0;
}

static struct MHD_Response *response_of(const struct page *page)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		page->text.size, page->text.data, MHD_RESPMEM_MUST_COPY);

	if (response)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, CONTENT_TYPE);
	return response;
}

/* Who is being answered keeps the page before: responses count who uses them. */
void endpoint_publish(struct endpoint *endpoint, const struct page *page)
{
	struct MHD_Response *fresh = page_is_whole(page) ? response_of(page) : NULL;
	struct MHD_Response *old;

	if (!fresh)
		return;
	(void)pthread_mutex_lock(&endpoint->lock); /* fails for our bugs only */
	old = endpoint->page;
	endpoint->page = fresh;
	(void)pthread_mutex_unlock(&endpoint->lock); /* as above */
	if (old)
		MHD_destroy_response(old);
}

void endpoint_free(struct endpoint *endpoint)
{
	if (!endpoint)
		return;
	if (endpoint->daemon)
		MHD_stop_daemon(endpoint->daemon);
	if (endpoint->page)
		MHD_destroy_response(endpoint->page);
	(void)pthread_mutex_destroy(&endpoint->lock); /* nobody is left */
	free(endpoint);
}

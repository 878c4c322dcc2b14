/*
 * libmicrohttpd's own polling thread does all the work: there is one page and it is in memory. The
 * program leaves a new one in a slot, and the thread takes it from there when somebody asks: an
 * exchange of one pointer, so that neither can hold the other up.
 */
#include "common/metrics/endpoint.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/listen_address.h"
#include "common/metrics/httpd.h"

#define CONNECTIONS_MAX 16
#define TIMEOUT_SEC	10
#define HEADERS_MAX	((size_t)8 << 10)
#define CONTENT_TYPE	"text/plain; version=0.0.4; charset=utf-8"

struct endpoint {
	struct httpd httpd;
	struct MHD_Daemon *daemon;
	_Atomic(struct MHD_Response *) fresh; /* published and not taken yet; NULL: there is none */
	struct MHD_Response *page;	      /* the thread's: taken last; NULL: none so far */
};

/* 404, 405, 503: a line that says so. */
static enum MHD_Result refuse(const struct httpd *httpd, struct MHD_Connection *connection,
	unsigned status, const char *why)
{
	struct MHD_Response *response =
		httpd->create_response(strlen(why), (void *)(uintptr_t)why, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_NO;

	if (!response)
		return MHD_NO; /* the connection ends */
	(void)httpd->add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)httpd->add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = httpd->queue_response(connection, status, response);
	httpd->destroy_response(response);
	return result;
}

/* @page is gone when nobody is being answered with it any more: responses count who uses them. */
static void forget(const struct httpd *httpd, struct MHD_Response *page)
{
	if (page)
		httpd->destroy_response(page);
}

static enum MHD_Result show(struct endpoint *endpoint, struct MHD_Connection *connection)
{
	struct MHD_Response *fresh = atomic_exchange(&endpoint->fresh, NULL);

	if (fresh) {
		forget(&endpoint->httpd, endpoint->page);
		endpoint->page = fresh;
	}
	if (!endpoint->page)
		return refuse(&endpoint->httpd, connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			"nothing is known yet\n");
	return endpoint->httpd.queue_response(connection, MHD_HTTP_OK, endpoint->page);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
	const char *method, const char *version, const char *data, size_t *size, void **request)
{
	struct endpoint *endpoint = context;

	(void)version;
	(void)data;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		*size = 0; /* whatever it sends is passed over */
		return refuse(&endpoint->httpd, connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			"only to be read\n");
	}
	if (!*request) {
		*request = endpoint; /* the headers are there: answered when the rest is */
		return MHD_YES;
	}
	if (strcmp(path, "/metrics") != 0)
		return refuse(&endpoint->httpd, connection, MHD_HTTP_NOT_FOUND, "see /metrics\n");
	return show(endpoint, connection);
}

static int start(struct endpoint *endpoint, const struct sockaddr_storage *address)
{
	const unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO |
			       (address->ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);

	errno = 0;
	endpoint->daemon = endpoint->httpd.start_daemon(flags, 0, NULL, NULL, handle, endpoint,
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
	r = httpd_load(HTTPD_FILE, &endpoint->httpd);
	if (r == 0)
		r = start(endpoint, &socket_address);
	if (r < 0) {
		endpoint_free(endpoint);
		return r;
	}
	*ret = endpoint;
	return 0;
}

const char *endpoint_error_text(int error)
{
	switch (error) {
	case -EINVAL:
		return "not an address and a port, as in 127.0.0.1:9464";
	case -ELIBACC:
		return "\"" HTTPD_FILE "\" can't be loaded, install libmicrohttpd";
	case -ELIBBAD:
		return "\"" HTTPD_FILE "\" lacks functions of libmicrohttpd";
	default:
		return strerror(-error);
	}
}

uint16_t endpoint_port(const struct endpoint *endpoint)
{
	const union MHD_DaemonInfo *info =
		endpoint->httpd.get_daemon_info(endpoint->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : 0;
}

static struct MHD_Response *response_of(const struct httpd *httpd, const struct page *page)
{
	struct MHD_Response *response =
		httpd->create_response(page->text.size, page->text.data, MHD_RESPMEM_MUST_COPY);

	if (response)
		(void)httpd->add_response_header(
			response, MHD_HTTP_HEADER_CONTENT_TYPE, CONTENT_TYPE);
	return response;
}

void endpoint_publish(struct endpoint *endpoint, const struct page *page)
{
	const struct httpd *httpd = &endpoint->httpd;
	struct MHD_Response *fresh = page_is_whole(page) ? response_of(httpd, page) : NULL;

	if (fresh)
		forget(httpd, atomic_exchange(&endpoint->fresh, fresh));
}

void endpoint_free(struct endpoint *endpoint)
{
	if (!endpoint)
		return;
	if (endpoint->daemon)
		endpoint->httpd.stop_daemon(endpoint->daemon);
	forget(&endpoint->httpd, atomic_load(&endpoint->fresh)); /* the thread is over */
	forget(&endpoint->httpd, endpoint->page);
	httpd_unload(&endpoint->httpd);
	free(endpoint);
}

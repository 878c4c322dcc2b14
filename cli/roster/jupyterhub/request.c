/* What the hub's statuses mean. */
#include "cli/roster/jupyterhub/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/http/http.h"
#include "common/secret.h"

#define CONNECT_TIMEOUT_SEC 10L
#define TIMEOUT_SEC	    120L

struct request {
	struct http *http;
	char error[1024];
};

static int set_headers(struct request *request, const char *token)
{
	char authorization[SECRET_SIZE_MAX + 64];
	const char *const lines[] = {
		authorization, "Accept: application/jupyterhub-pagination+json"};

	(void)snprintf(authorization, sizeof(authorization), "Authorization: token %s", token);
	return http_set_headers(request->http, lines, sizeof(lines) / sizeof(lines[0]));
}

struct request *request_new(const char *token)
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->http = http_new(CONNECT_TIMEOUT_SEC, TIMEOUT_SEC);
	if (request->http && set_headers(request, token) == 0)
		return request;
	request_free(request);
	return NULL;
}

static int refused(struct request *request, const char *url, long status)
{
	static const struct {
		long status;
		int r;
		const char *reason;
	} known[] = {
		{401, -EPERM, "the hub does not know the token"},
		{403, -EPERM,
			"the token may not: it needs the scopes list:users, list:groups and "
			"read:groups"},
		{404, -EPROTO,
			"there is nothing: the URL is that of the hub, such as "
			"https://hub.example.org"},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].status != status)
			continue;
		(void)snprintf(request->error, sizeof(request->error), "%s: %s (HTTP %ld)", url,
			known[i].reason, status);
		return known[i].r;
	}
	(void)snprintf(request->error, sizeof(request->error), "%s: answers HTTP %ld%s", url,
		status, http_status_hint(status));
	return -EPROTO;
}

int request_get(struct request *request, const char *url, struct buffer *ret)
{
	long status = 0;

	if (http_get(request->http, url, ret, &status) < 0) {
		(void)snprintf(request->error, sizeof(request->error), "%s: %s", url,
			http_error(request->http));
		return -EIO;
	}
	return status == 200 ? 0 : refused(request, url, status);
}

const char *request_error(const struct request *request)
{
	return request->error;
}

void request_free(struct request *request)
{
	if (!request)
		return;
	http_free(request->http);
	free(request);
}

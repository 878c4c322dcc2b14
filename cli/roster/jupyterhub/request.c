/* One connection is kept for all pages. */
#include "cli/roster/jupyterhub/request.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "cli/roster/jupyterhub/token.h"
#include "hubmeter/version.h"

#define CONNECT_TIMEOUT_SEC 10L
#define TIMEOUT_SEC	    120L

struct request {
	CURL *curl;
	struct curl_slist *headers;
	char error[1024];
	char reason[CURL_ERROR_SIZE];
};

static size_t take(char *data, size_t size, size_t count, void *context)
{
	return buffer_append(context, data, size * count) < 0 ? 0 : size * count;
}

static bool add_header(struct request *request, const char *line)
{
	struct curl_slist *longer = curl_slist_append(request->headers, line);

	if (longer)
		request->headers = longer;
	return longer != NULL;
}

static bool add_headers(struct request *request, const char *token)
{
	char line[TOKEN_SIZE_MAX + 64];

	(void)snprintf(line, sizeof(line), "Authorization: token %s", token);
	return add_header(request, line) &&
	       add_header(request, "Accept: application/jupyterhub-pagination+json");
}

static bool set_options(struct request *request)
{
	CURL *curl = request->curl;

	return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_HTTPHEADER, request->headers) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_SEC) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_SEC) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_USERAGENT, "hubmeter/" HUBMETER_VERSION) ==
		       CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, request->reason) == CURLE_OK;
}

struct request *request_new(const char *token)
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->curl = curl_easy_init();
	if (request->curl && add_headers(request, token) && set_options(request))
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
		status, status / 100 == 3 ? ", a redirect: say the URL it leads to" : "");
	return -EPROTO;
}

int request_get(struct request *request, const char *url, struct buffer *ret)
{
	CURLcode code;
	long status = 0;

	buffer_clear(ret);
	*request->reason = '\0';
	code = curl_easy_setopt(request->curl, CURLOPT_URL, url);
	if (code == CURLE_OK)
		code = curl_easy_setopt(request->curl, CURLOPT_WRITEDATA, ret);
	if (code == CURLE_OK)
		code = curl_easy_perform(request->curl);
	if (code != CURLE_OK) {
		(void)snprintf(request->error, sizeof(request->error), "%s: %s", url,
			code == CURLE_WRITE_ERROR ? "the answer is too large"
			: *request->reason	  ? request->reason
						  : curl_easy_strerror(code));
		return -EIO;
	}
	if (curl_easy_getinfo(request->curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
		status != 200)
		return refused(request, url, status);
	return 0;
}

const char *request_error(const struct request *request)
{
	return request->error;
}

void request_free(struct request *request)
{
	if (!request)
		return;
	curl_easy_cleanup(request->curl);
	curl_slist_free_all(request->headers);
	free(request);
}

const char *request_library(void)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "libcurl %s",
		curl_version_info(CURLVERSION_NOW)->version); /* fits */
	return text;
}

/* libcurl's options are set once, what differs from request to request in perform(). */
#include "common/http/http.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "hubmeter/cleanup.h"
#include "hubmeter/version.h"

struct http {
	CURL *curl;
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE];
};

/* @context: the buffer to append to; NULL: the answer is passed over. */
static size_t take(char *data, size_t size, size_t count, void *context)
{
	if (!context)
		return size * count;
	return buffer_append(context, data, size * count) < 0 ? 0 : size * count;
}

static bool set_options(struct http *http, long connect_timeout_sec, long timeout_sec)
{
	CURL *curl = http->curl;

	return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connect_timeout_sec) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_sec) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_USERAGENT, "hubmeter/" HUBMETER_VERSION) ==
		       CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->error) == CURLE_OK;
}

struct http *http_new(long connect_timeout_sec, long timeout_sec)
{
	hm_cleanup(http_freep) struct http *http = calloc(1, sizeof(*http));

	if (!http)
		return NULL;
	http->curl = curl_easy_init();
	if (!http->curl || !set_options(http, connect_timeout_sec, timeout_sec))
		return NULL;
	return hm_steal(&http);
}

static int make_headers(const char *const *lines, size_t count, struct curl_slist **ret)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < count; i++) {
		struct curl_slist *longer = curl_slist_append(list, lines[i]);

		if (!longer) {
			curl_slist_free_all(list);
			return -ENOMEM;
		}
		list = longer;
	}
	*ret = list;
	return 0;
}

int http_set_headers(struct http *http, const char *const *lines, size_t count)
{
	struct curl_slist *headers;
	int r = make_headers(lines, count, &headers);

	if (r < 0)
		return r;
	if (curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers) != CURLE_OK) {
		curl_slist_free_all(headers);
		return -ENOMEM;
	}
	curl_slist_free_all(http->headers);
	http->headers = headers;
	return 0;
}

int http_set_peer(struct http *http, const struct http_peer *peer)
{
	CURL *curl = http->curl;
	CURLcode code = CURLE_OK;

	if (peer->ca_file)
		code = curl_easy_setopt(curl, CURLOPT_CAINFO, peer->ca_file);
	if (code == CURLE_OK && peer->is_insecure)
		code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	if (code == CURLE_OK && peer->is_insecure)
		code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	if (code == CURLE_OK && peer->is_direct)
		code = curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	return code == CURLE_OK ? 0 : -ENOMEM;
}

static int perform(struct http *http, const char *url, void *answer, long *ret_status)
{
	CURLcode code = curl_easy_setopt(http->curl, CURLOPT_URL, url);

	*http->error = '\0';
	if (code == CURLE_OK)
		code = curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, answer);
	if (code == CURLE_OK)
		code = curl_easy_perform(http->curl);
	if (code == CURLE_OK)
		code = curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, ret_status);
	if (code == CURLE_OK)
		return 0;
	if (code == CURLE_WRITE_ERROR || !*http->error)
		(void)snprintf(http->error, sizeof(http->error), "%s",
			code == CURLE_WRITE_ERROR ? "the answer is too large"
						  : curl_easy_strerror(code));
	return -EIO;
}

static int fail(struct http *http, CURLcode code)
{
	(void)snprintf(http->error, sizeof(http->error), "%s", curl_easy_strerror(code));
	return -EIO;
}

int http_get(struct http *http, const char *url, struct buffer *ret, long *ret_status)
{
	CURLcode code = curl_easy_setopt(http->curl, CURLOPT_HTTPGET, 1L); /* after a POST */

	buffer_clear(ret);
	return code == CURLE_OK ? perform(http, url, ret, ret_status) : fail(http, code);
}

struct taker {
	struct http *http;
	int (*take)(void *context, const void *data, size_t size);
	void *context;
};

static size_t hand_on(char *data, size_t size, size_t count, void *context)
{
	const struct taker *taker = context;
	long status = 0;

	if (curl_easy_getinfo(taker->http->curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
		status != 200)
		return size * count;
	return taker->take(taker->context, data, size * count) < 0 ? 0 : size * count;
}

int http_get_to(struct http *http, const char *url,
	int (*take_piece)(void *context, const void *data, size_t size), void *context,
	long *ret_status)
{
	struct taker taker = {http, take_piece, context};
	CURLcode code = curl_easy_setopt(http->curl, CURLOPT_HTTPGET, 1L);
	int r;

	if (code == CURLE_OK)
		code = curl_easy_setopt(http->curl, CURLOPT_WRITEFUNCTION, hand_on);
	r = code == CURLE_OK ? perform(http, url, &taker, ret_status) : fail(http, code);
	code = curl_easy_setopt(http->curl, CURLOPT_WRITEFUNCTION, take);
	return r == 0 && code != CURLE_OK ? fail(http, code) : r;
}

int http_post(
	struct http *http, const char *url, const char *body, struct buffer *ret, long *ret_status)
{
	CURLcode code = curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, body);

	if (ret)
		buffer_clear(ret);
	return code == CURLE_OK ? perform(http, url, ret, ret_status) : fail(http, code);
}

const char *http_error(const struct http *http)
{
	return http->error;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	curl_easy_cleanup(http->curl);
	curl_slist_free_all(http->headers);
	free(http);
}

const char *http_status_hint(long status)
{
	return status / 100 == 3 ? ", a redirect: say the URL it leads to" : "";
}

const char *http_library(void)
{
	static char text[32];

	(void)snprintf(text, sizeof(text), "libcurl %s",
		curl_version_info(CURLVERSION_NOW)->version); /* fits */
	return text;
}

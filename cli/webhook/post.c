/* One connection is kept for all messages. */
#include "cli/webhook/post.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "cli/webhook/signature.h"
#include "hubmeter/cleanup.h"
#include "hubmeter/version.h"

#define POST_TIMEOUT_SEC 30L

struct post {
	CURL *curl;
	char *secret;
	char error[CURL_ERROR_SIZE + 64];
	char reason[CURL_ERROR_SIZE];
};

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's signature */
static size_t pass_over(char *data, size_t size, size_t count, void *context)
{
	(void)data;
	(void)context;
	return size * count;
}

static bool prepare(struct post *post, const char *url)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {{CURLOPT_FOLLOWLOCATION, 0L}, {CURLOPT_NOSIGNAL, 1L}, {CURLOPT_POST, 1L},
		{CURLOPT_TIMEOUT, POST_TIMEOUT_SEC}};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (curl_easy_setopt(post->curl, numbers[i].option, numbers[i].value) != CURLE_OK)
			return false;
	}
	return curl_easy_setopt(post->curl, CURLOPT_URL, url) == CURLE_OK &&
	       curl_easy_setopt(post->curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(post->curl, CURLOPT_USERAGENT, "hubmeter/" HUBMETER_VERSION) ==
		       CURLE_OK &&
	       curl_easy_setopt(post->curl, CURLOPT_WRITEFUNCTION, pass_over) == CURLE_OK &&
	       curl_easy_setopt(post->curl, CURLOPT_ERRORBUFFER, post->reason) == CURLE_OK;
}

struct post *post_new(const char *url, const char *secret)
{
	hm_cleanup(post_freep) struct post *post = calloc(1, sizeof(*post));

	if (!post)
		return NULL;
	post->curl = curl_easy_init();
	post->secret = strdup(secret);
	if (!post->curl || !post->secret || !prepare(post, url))
		return NULL;
	return hm_steal(&post);
}

static void add_line(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = *list ? curl_slist_append(*list, line) : NULL;

	if (!longer)
		curl_slist_free_all(*list);
	*list = longer;
}

/* NULL: out of memory, or no signature. The caller frees. */
static struct curl_slist *make_headers(const struct post *post, const char *body)
{
	char digits[SIGNATURE_SIZE], line[sizeof(digits) + 64];
	struct curl_slist *list;

	if (signature_make(post->secret, body, digits) < 0)
		return NULL;
	(void)snprintf(line, sizeof(line), "X-Hubmeter-Signature: sha256=%s", digits); /* fits */
	list = curl_slist_append(NULL, "Content-Type: application/json");
	add_line(&list, line);
	add_line(&list, "Expect:"); /* a body this short is not announced first */
	return list;
}

static int perform(struct post *post, const char *body, struct curl_slist *headers, long *ret)
{
	CURLcode code = curl_easy_setopt(post->curl, CURLOPT_HTTPHEADER, headers);

	*post->reason = '\0';
	if (code == CURLE_OK)
		code = curl_easy_setopt(post->curl, CURLOPT_POSTFIELDS, body);
	if (code == CURLE_OK)
		code = curl_easy_perform(post->curl);
	if (code == CURLE_OK)
		code = curl_easy_getinfo(post->curl, CURLINFO_RESPONSE_CODE, ret);
	if (code == CURLE_OK)
		return 0;
	(void)snprintf(post->error, sizeof(post->error), "%s",
		*post->reason ? post->reason : curl_easy_strerror(code));
	return -EIO;
}

int post_send(struct post *post, const char *body, int *ret_status)
{
	struct curl_slist *headers = make_headers(post, body);
	long status = 0;
	int r;

	*ret_status = 0;
	if (!headers) {
		(void)snprintf(post->error, sizeof(post->error), "it can't be signed");
		return -EIO;
	}
	r = perform(post, body, headers, &status);
	curl_slist_free_all(headers);
	if (r < 0)
		return r;
	*ret_status = (int)status;
	if (status / 100 == 2)
		return 0;
	(void)snprintf(post->error, sizeof(post->error), "the webhook answers HTTP %ld%s", status,
		status / 100 == 3 ? ", a redirect: say the URL it leads to" : "");
	return -EPROTO;
}

const char *post_error(const struct post *post)
{
	return post->error;
}

void post_free(struct post *post)
{
	if (!post)
		return;
	curl_easy_cleanup(post->curl);
	free(post->secret);
	free(post);
}

/* The signature is of the body, so every message has headers of its own. */
#include "cli/webhook/post.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/webhook/signature.h"
#include "common/http/http.h"
#include "hubmeter/cleanup.h"

#define TIMEOUT_SEC 30L

struct post {
	struct http *http;
	const char *url;
	char *secret;
	char error[512];
};

struct post *post_new(const char *url, const char *secret)
{
	hm_cleanup(post_freep) struct post *post = calloc(1, sizeof(*post));

	if (!post)
		return NULL;
	post->url = url;
	post->http = http_new(TIMEOUT_SEC, TIMEOUT_SEC);
	post->secret = strdup(secret);
	return post->http && post->secret ? hm_steal(&post) : NULL;
}

static int set_headers(struct post *post, const char *body)
{
	char digits[SIGNATURE_SIZE], signature[sizeof(digits) + 64];
	const char *const lines[] = {"Content-Type: application/json", signature,
		"Expect:" /* a body this short is not announced first */};
	int r = signature_make(post->secret, body, digits);

	if (r < 0)
		return r;
	(void)snprintf(
		signature, sizeof(signature), "X-Hubmeter-Signature: sha256=%s", digits); /* fits */
	return http_set_headers(post->http, lines, sizeof(lines) / sizeof(lines[0]));
}

__attribute__((format(printf, 3, 4))) static int fail(
	struct post *post, int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(post->error, sizeof(post->error), format, arguments);
	va_end(arguments);
	return r;
}

int post_send(struct post *post, const char *body, int *ret_status)
{
	long status = 0;

	*ret_status = 0;
	if (set_headers(post, body) < 0)
		return fail(post, -EIO, "it can't be signed");
	if (http_post(post->http, post->url, body, NULL, &status) < 0)
		return fail(post, -EIO, "%s", http_error(post->http));
	*ret_status = (int)status;
	if (status / 100 == 2)
		return 0;
	return fail(
		post, -EPROTO, "the webhook answers HTTP %ld%s", status, http_status_hint(status));
}

const char *post_error(const struct post *post)
{
	return post->error;
}

void post_free(struct post *post)
{
	if (!post)
		return;
	http_free(post->http);
	free(post->secret);
	free(post);
}

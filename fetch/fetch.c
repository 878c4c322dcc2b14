/* Whoever reads the other end parses as it reads: nothing is kept here either. */
#include "fetch/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/http/http.h"
#include "hubmeter/cleanup.h"

#define TOKEN_MAX  16384
#define ACCEPT_MAX 256

struct sink {
	int out;
	size_t size;
	int error; /* of writing */
};

static int hand_on(void *context, const void *data, size_t size)
{
	struct sink *sink = context;
	const char *at = data;

	sink->size += size;
	if (sink->size > FETCH_SIZE_MAX)
		return -E2BIG;
	while (size > 0) {
		ssize_t n = write(sink->out, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			sink->error = -errno;
			return -errno;
		}
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/* "Authorization: Bearer TOKEN" into @line; a token is one word. */
static int read_token(const char *path, bool no_links, char line[TOKEN_MAX])
{
	static const char name[] = "Authorization: Bearer ";
	hm_cleanup(hm_closep) int fd =
		open(path, O_RDONLY | O_CLOEXEC | (no_links ? O_NOFOLLOW : 0));
	size_t size = strlen(name);
	ssize_t n;

	if (fd < 0)
		return -errno;
	memcpy(line, name, size);
	n = read(fd, line + size, TOKEN_MAX - size);
	if (n < 0)
		return -errno;
	size += (size_t)n;
	while (size > strlen(name) && strchr(" \t\r\n", line[size - 1]))
		size--;
	if (size == strlen(name) || size == TOKEN_MAX)
		return -EINVAL;
	line[size] = '\0';
	for (size_t i = strlen(name); i < size; i++)
		if (line[i] <= ' ' || line[i] > '~')
			return -EINVAL;
	return 0;
}

/* The header's line; left empty where no token may be shown. */
static int add_token(
	const struct fetch_request *request, char line[TOKEN_MAX], char error[FETCH_ERROR_SIZE])
{
	int r;

	if (!request->token_file || strncmp(request->url, "https://", 8) != 0)
		return 0;
	r = read_token(request->token_file, request->no_links, line);
	if (r < 0)
		(void)snprintf(error, FETCH_ERROR_SIZE, "token \"%.200s\": %s", request->token_file,
			r == -EINVAL ? "not one word of text" : strerror(-r));
	return r;
}

static int set_up(
	struct http *http, const struct fetch_request *request, char error[FETCH_ERROR_SIZE])
{
	const struct http_peer peer = {.ca_file = request->ca_file,
		.is_insecure = request->is_insecure,
		.is_direct = true};
	char token[TOKEN_MAX] = "", accept[ACCEPT_MAX];
	const char *lines[2];
	size_t n = 0;
	int r = add_token(request, token, error);

	if (r < 0)
		return r;
	if (*token)
		lines[n++] = token;
	if (request->accept) {
		(void)snprintf(accept, sizeof(accept), "Accept: %s", request->accept);
		lines[n++] = accept;
	}
	r = http_set_peer(http, &peer);
	if (r == 0 && n > 0)
		r = http_set_headers(http, lines, n);
	explicit_bzero(token, sizeof(token));
	if (r < 0)
		(void)snprintf(error, FETCH_ERROR_SIZE, "%s", strerror(-r));
	return r;
}

static const char *hint(long status)
{
	if (status == 401)
		return ": the token is not one of those that are known there, or has expired";
	if (status == 403)
		return ": the token gives no right to this (of kubelet: get nodes/pods; of a hub: "
		       "list:users)";
	return http_status_hint(status);
}

enum fetch_result fetch(const struct fetch_request *request, int out, char error[FETCH_ERROR_SIZE])
{
	hm_cleanup(http_freep) struct http *http =
		http_new(FETCH_CONNECT_TIMEOUT_SEC, FETCH_TIMEOUT_SEC);
	struct sink sink = {.out = out};
	long status = 0;
	int r;

	(void)snprintf(error, FETCH_ERROR_SIZE, "out of memory");
	if (!http || set_up(http, request, error) < 0)
		return FETCH_FAILED;
	r = http_get_to(http, request->url, hand_on, &sink, &status);
	if (sink.error < 0) {
		(void)snprintf(error, FETCH_ERROR_SIZE, "the answer can't be handed on: %s",
			strerror(-sink.error));
		return FETCH_FAILED;
	}
	if (r < 0) {
		(void)snprintf(error, FETCH_ERROR_SIZE, "%s", http_error(http));
		return FETCH_NO_ANSWER;
	}
	if (status != 200) {
		(void)snprintf(error, FETCH_ERROR_SIZE, "status %ld%s", status, hint(status));
		return FETCH_REFUSED;
	}
	*error = '\0';
	return FETCH_OK;
}

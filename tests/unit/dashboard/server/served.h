/*
 * A server with pages for tests, and a client that is as slow or as rude as a test wants it.
 *
 *	"echo" says what was asked, "wait" waits for release(), "large" has 8 MiB.
 */
#ifndef TESTS_UNIT_DASHBOARD_SERVER_SERVED_H
#define TESTS_UNIT_DASHBOARD_SERVER_SERVED_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "dashboard/server/server.h"

#define PREFIX	    "/services/x/"
#define GET(path_)  "GET " PREFIX path_ " HTTP/1.1\r\nHost: x\r\n\r\n"
#define PATIENCE_MS 5000 /* of a test with the server, in all that it waits for */
#define LARGE_SIZE  (8u << 20)

struct served {
	struct server *server;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t n_waiting;
	bool is_released;
};

static inline void page_wait(struct served *served)
{
	(void)pthread_mutex_lock(&served->lock);
	served->n_waiting++;
	(void)pthread_cond_broadcast(&served->changed);
	while (!served->is_released)
		(void)pthread_cond_wait(&served->changed, &served->lock);
	(void)pthread_mutex_unlock(&served->lock);
}

/* Until @n requests are at "wait". */
static inline void await(struct served *served, size_t n)
{
	(void)pthread_mutex_lock(&served->lock);
	while (served->n_waiting < n)
		(void)pthread_cond_wait(&served->changed, &served->lock);
	(void)pthread_mutex_unlock(&served->lock);
}

static inline void release(struct served *served)
{
	(void)pthread_mutex_lock(&served->lock);
	served->is_released = true;
	(void)pthread_cond_broadcast(&served->changed);
	(void)pthread_mutex_unlock(&served->lock);
}

static inline void print(struct response *response, const char *format, ...)
{
	char text[4096];
	va_list values;

	va_start(values, format);
	(void)vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	assert_int_equal(buffer_append(&response->body, text, strlen(text)), 0);
}

static inline void page_echo(
	size_t worker, const struct request *request, struct response *response)
{
	sigset_t mask;

	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	print(response, "%s worker=%zu address=%s cookies=%s header=%s term=%d",
		request->is_post ? "POST" : "GET", worker, request->address, request->cookies,
		request->named_header ? request->named_header : "-", sigismember(&mask, SIGTERM));
	for (size_t i = 0; i < request->n_arguments; i++)
		print(response, " %s=%s", request->argument[i].name, request->argument[i].value);
}

static inline void page_large(struct response *response)
{
	assert_int_equal(buffer_reserve(&response->body, LARGE_SIZE), 0);
	memset(response->body.data, 'x', LARGE_SIZE);
	response->body.size = LARGE_SIZE;
}

static inline void serve_page(
	void *context, size_t worker, const struct request *request, struct response *response)
{
	response->status = 200;
	response->type = "text/html; charset=utf-8";
	if (!*request->path) {
		print(response, "<p>first page</p>");
	} else if (strcmp(request->path, "echo") == 0) {
		page_echo(worker, request, response);
	} else if (strcmp(request->path, "large") == 0) {
		page_large(response);
	} else if (strcmp(request->path, "wait") == 0) {
		page_wait(context);
		print(response, "waited");
	} else if (strcmp(request->path, "file") == 0) {
		response->file_name = strdup("people.csv");
		response->cookie[0] = strdup("a=1; HttpOnly");
		response->may_be_cached = true;
	} else if (strcmp(request->path, "split") == 0) {
		response->location = strdup("/\r\nSet-Cookie: a=1");
		print(response, "not to be seen");
	} else if (strcmp(request->path, "nothing") == 0) {
		response->status = 0;
	} else {
		response->status = 404;
		print(response, "<p>none</p>");
	}
}

static inline void named(void *context, const struct request *request, char ret[REQUEST_WHOSE_SIZE])
{
	(void)context;
	(void)snprintf(
		ret, REQUEST_WHOSE_SIZE, "%s", request->named_header ? request->named_header : "");
}

static inline struct served *serve(struct server_options options)
{
	struct served *served = calloc(1, sizeof(*served));
	char error[128] = "";

	assert_non_null(served);
	(void)pthread_mutex_init(&served->lock, NULL);
	(void)pthread_cond_init(&served->changed, NULL);
	options.listen = "127.0.0.1:0";
	options.prefix = PREFIX;
	options.named_header = "X-Remote-User";
	options.n_workers = options.n_workers ? options.n_workers : 2;
	options.answer = serve_page;
	options.whose = named;
	options.context = served;
	assert_int_equal(server_start(&options, &served->server, error, sizeof(error)), 0);
	assert_int_not_equal(server_port(served->server), 0);
	return served;
}

static inline void end_served(struct served *served)
{
	release(served);
	server_free(served->server);
	(void)pthread_cond_destroy(&served->changed);
	(void)pthread_mutex_destroy(&served->lock);
	free(served);
}

/* -errno. @receive_size 0: as the system has it. */
static inline int try_call(unsigned port, int receive_size)
{
	const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
	const struct linger none = {.l_onoff = 1}; /* leave no port behind in TIME_WAIT */
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)), 0);
	if (receive_size)
		assert_int_equal(
			setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_size, sizeof(receive_size)),
			0);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	(void)close(fd);
	return -errno;
}

static inline int call(const struct served *served)
{
	int fd = try_call(server_port(served->server), 0);

	assert_true(fd >= 0);
	return fd;
}

/* What the server has closed takes nothing, which a rude client does not care about. */
static inline void say(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t n = send(fd, text, size, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		size -= (size_t)n;
	}
}

static inline int ask(const struct served *served, const char *request)
{
	int fd = call(served);

	say(fd, request, strlen(request));
	return fd;
}

struct heard {
	unsigned status;  /* 0: the connection ended instead */
	size_t size;	  /* of the body, as announced */
	char text[16384]; /* head and body, as far as they fit */
	char *body;
};

static inline size_t body_size(const char *head)
{
	const char *at = strcasestr(head, "\r\nContent-Length:");

	return at ? strtoull(at + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

/* Read one answer and no byte more; to a HEAD there is none behind the headers. */
static inline void hear(int fd, bool has_body, struct heard *ret)
{
	size_t n = 0, left;
	char *end = NULL;

	*ret = (struct heard){0};
	while (!end && n < sizeof(ret->text) - 1 && recv(fd, ret->text + n, 1, 0) == 1) {
		n++;
		end = n >= 4 ? strstr(ret->text + n - 4, "\r\n\r\n") : NULL;
	}
	if (!end)
		return;
	ret->status = (unsigned)strtoul(ret->text + strlen("HTTP/1.1 "), NULL, 10);
	ret->size = body_size(ret->text);
	ret->body = ret->text + n;
	left = has_body ? ret->size : 0;
	assert_true(left < sizeof(ret->text) - n);
	while (left) {
		ssize_t got = recv(fd, ret->text + n, left, 0);

		assert_true(got > 0);
		n += (size_t)got;
		left -= (size_t)got;
	}
}

/* Bytes until the end of the connection; the test fails when it does not end. */
static inline size_t hear_all(int fd)
{
	static char text[65536];
	size_t all = 0;
	ssize_t n;

	while ((n = recv(fd, text, sizeof(text), 0)) > 0)
		all += (size_t)n;
	assert_false(n < 0 && errno != ECONNRESET);
	return all;
}

/* Ask for one page on a new connection. */
static inline unsigned status_of(const struct served *served, const char *request)
{
	struct heard heard;
	int fd = ask(served, request);

	hear(fd, strncmp(request, "HEAD", 4) != 0, &heard);
	(void)close(fd);
	return heard.status;
}

#endif

/*
 * A hub that says what a test tells it to: a thread that answers one connection after another.
 */
#ifndef TESTS_UNIT_DASHBOARD_SIGN_IN_SCRIPTED_HUB_H
#define TESTS_UNIT_DASHBOARD_SIGN_IN_SCRIPTED_HUB_H

#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct scripted_answer {
	int status; /* 0: none; the connection is held, and nothing said */
	const char *body;
	size_t filler; /* bytes of blanks before the body */
};

struct scripted_hub {
	struct scripted_answer token, user; /* set when none is being read */
	char asked[2][8192];		    /* the last two requests as they came */
	size_t n_asked;
	sem_t asks; /* posted for each request */
	int listener;
	int held; /* a connection without an answer, or -1 */
	char api_url[64];
	pthread_t thread;
};

/* A whole request: what stands in Content-Length comes behind the empty line. */
static inline bool scripted_hub_read(int fd, char *text, size_t size)
{
	size_t n = 0;

	for (;;) {
		ssize_t got = recv(fd, text + n, size - 1 - n, 0);
		const char *length, *body;

		if (got <= 0)
			return false;
		n += (size_t)got;
		text[n] = '\0';
		body = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "\r\nContent-Length: ");
		if (body && (!length || strlen(body + 4) >=
						strtoul(length + strlen("\r\nContent-Length: "),
							NULL, 10)))
			return true;
	}
}

static inline void scripted_hub_say(int fd, const struct scripted_answer *answer)
{
	char head[256], blanks[4096];
	ssize_t sent = snprintf(head, sizeof(head),
		"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n\r\n",
		answer->status, answer->filler + strlen(answer->body));

	memset(blanks, ' ', sizeof(blanks));
	sent = send(fd, head, (size_t)sent, MSG_NOSIGNAL);
	for (size_t i = 0; i < answer->filler && sent > 0; i += sizeof(blanks))
		sent = send(fd, blanks, sizeof(blanks), MSG_NOSIGNAL);
	if (sent > 0)
		(void)send(fd, answer->body, strlen(answer->body), MSG_NOSIGNAL);
}

static inline void *scripted_hub_run(void *context)
{
	struct scripted_hub *hub = context;

	for (;;) {
		int fd = accept(hub->listener, NULL, NULL);
		char *text = hub->asked[hub->n_asked % 2];
		struct scripted_answer answer;

		if (fd < 0)
			return NULL;
		if (!scripted_hub_read(fd, text, sizeof(hub->asked[0]))) {
			(void)close(fd);
			continue;
		}
		hub->n_asked++;
		answer = strncmp(text, "POST ", 5) == 0 ? hub->token : hub->user;
		(void)sem_post(&hub->asks);
		if (!answer.status) {
			hub->held = fd;
			continue;
		}
		scripted_hub_say(fd, &answer);
		(void)close(fd);
	}
}

/* 0, or -1: nothing can be listened at. */
static inline int scripted_hub_start(struct scripted_hub *hub)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);

	*hub = (struct scripted_hub){.held = -1};
	hub->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(hub->listener, (struct sockaddr *)&address, size) < 0 ||
		listen(hub->listener, 8) < 0 ||
		getsockname(hub->listener, (struct sockaddr *)&address, &size) < 0 ||
		sem_init(&hub->asks, 0, 0) < 0)
		return -1;
	(void)snprintf(hub->api_url, sizeof(hub->api_url), "http://127.0.0.1:%d/hub/api",
		ntohs(address.sin_port));
	return pthread_create(&hub->thread, NULL, scripted_hub_run, hub) ? -1 : 0;
}

/* From here on nobody listens at its address. */
static inline void scripted_hub_stop(struct scripted_hub *hub)
{
	(void)shutdown(hub->listener, SHUT_RDWR);
	(void)pthread_join(hub->thread, NULL);
	(void)close(hub->listener);
	if (hub->held >= 0)
		(void)close(hub->held);
}

#endif

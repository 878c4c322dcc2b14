/*
 * A service manager of one socket, which NOTIFY_SOCKET names from then on: what sd_notify(3) tells
 * it waits there.
 *
 *	int fd = service_manager();
 *
 *	...
 *	assert_told(fd, "READY=1");
 *	(void)close(fd);
 */
#ifndef TESTS_SUPPORT_SERVICE_MANAGER_H
#define TESTS_SUPPORT_SERVICE_MANAGER_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static inline int service_manager(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[64];
	int size = snprintf(name, sizeof(name), "@hubmeter-test-%ld", (long)getpid());
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	memcpy(address.sun_path + 1, name + 1, (size_t)size - 1);
	assert_int_equal(
		bind(fd, (const struct sockaddr *)&address,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)size)),
		0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

/* The next it was told is @text. */
static inline void assert_told(int fd, const char *text)
{
	char got[128] = "nothing";
	ssize_t size = recv(fd, got, sizeof(got) - 1, 0);

	got[size < 0 ? (ssize_t)strlen(got) : size] = '\0';
	assert_string_equal(got, text);
}

/* How often the next it was told is @text, and again. */
static inline unsigned service_manager_skip(int fd, const char *text)
{
	const ssize_t size = (ssize_t)strlen(text);
	char got[128];
	unsigned count = 0;

	while (recv(fd, got, sizeof(got), MSG_PEEK) == size &&
		memcmp(got, text, (size_t)size) == 0) {
		(void)recv(fd, got, sizeof(got), 0); /* it is there */
		count++;
	}
	return count;
}

#endif

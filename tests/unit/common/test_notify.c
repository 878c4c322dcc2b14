/* A service manager of one socket. */
#include "common/notify.h"

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

/* Listen at an abstract name of our own, and say so in the environment. */
static int make_manager(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[64];
	int size = snprintf(name, sizeof(name), "@hubmeter-test-notify-%ld", (long)getpid());
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

static void assert_told(int fd, const char *text)
{
	char got[128];
	ssize_t size = recv(fd, got, sizeof(got), 0);

	assert_int_equal(size, (ssize_t)strlen(text));
	assert_memory_equal(got, text, strlen(text));
}

static void assert_told_nothing(int fd)
{
	char got;

	assert_int_equal(recv(fd, &got, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

static void test_states(void **state)
{
	int fd = make_manager();

	(void)state;
	assert_int_equal(notify_state("READY=1"), 0);
	assert_told(fd, "READY=1");
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	assert_int_equal(notify_state("STOPPING=1"), 0);
	assert_told_nothing(fd);
	assert_int_equal(setenv("NOTIFY_SOCKET", "somewhere", 1), 0);
	assert_int_equal(notify_state("STOPPING=1"), -EINVAL);
	assert_int_equal(setenv("NOTIFY_SOCKET", "@hubmeter-test-nobody", 1), 0);
	assert_int_equal(notify_state("STOPPING=1"), -ECONNREFUSED);
	(void)close(fd); /* a test socket */
}

static void test_watchdog(void **state)
{
	int fd = make_manager();
	int64_t next = 0;
	char pid[32];

	(void)state;
	assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);
	assert_int_equal(notify_watchdog_usec(), 0);
	notify_watchdog(1, &next);
	assert_told_nothing(fd);
	assert_int_equal(setenv("WATCHDOG_USEC", "3000000", 1), 0);
	assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
	assert_int_equal(notify_watchdog_usec(), 0);
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid()); /* fits */
	assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
	assert_int_equal(notify_watchdog_usec(), 1500000);
	notify_watchdog(10, &next);
	assert_told(fd, "WATCHDOG=1");
	notify_watchdog(1500009, &next);
	assert_told_nothing(fd);
	notify_watchdog(1500010, &next);
	assert_told(fd, "WATCHDOG=1");
	assert_int_equal(setenv("WATCHDOG_USEC", "soon", 1), 0);
	assert_int_equal(notify_watchdog_usec(), 0);
	(void)close(fd); /* a test socket */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_watchdog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a service manager is told, and what it says in the environment. */
#include "common/notify.h"

#include "tests/support/service_manager.h"

static void assert_told_nothing(int fd)
{
	char got;

	assert_int_equal(recv(fd, &got, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

static void test_states(void **state)
{
	int fd = service_manager();

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
	char pid[32];

	(void)state;
	assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);
	assert_int_equal(notify_watchdog_usec(), 0);
	assert_int_equal(setenv("WATCHDOG_USEC", "3000000", 1), 0);
	assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
	assert_int_equal(notify_watchdog_usec(), 0);
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid()); /* fits */
	assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
	assert_int_equal(notify_watchdog_usec(), 1500000);
	assert_int_equal(setenv("WATCHDOG_USEC", "soon", 1), 0);
	assert_int_equal(notify_watchdog_usec(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_watchdog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

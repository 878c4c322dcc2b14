/* Lines of a topic, a partition and an offset, and nothing else. */
#include "aggregator/loop/until.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int load(const char *text, struct until *ret)
{
	char path[] = "/tmp/hubmeter-test-until-XXXXXX";
	const int fd = mkstemp(path);
	int r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
	r = until_load(path, ret);
	assert_int_equal(unlink(path), 0);
	return r;
}

static void test_offsets(void **state)
{
	struct until until;

	(void)state;
	assert_int_equal(
		load("usage.b.v1 1 5\nusage.a.v1 0 4711\nusage.b.v1 0 0\nusage.a.v1 10 7", &until),
		0);
	assert_true(until_offset(&until, "usage.a.v1", 0) == 4711);
	assert_true(until_offset(&until, "usage.a.v1", 10) == 7);
	assert_true(until_offset(&until, "usage.b.v1", 0) == 0);
	assert_true(until_offset(&until, "usage.b.v1", 1) == 5);
	assert_true(until_offset(&until, "usage.b.v1", 2) == 0);
	assert_true(until_offset(&until, "usage.c.v1", 0) == 0);
	until_release(&until);
}

/* A file that names nothing bounds everything; no file nothing. */
static void test_empty(void **state)
{
	struct until until;

	(void)state;
	assert_int_equal(load("", &until), 0);
	assert_true(until_offset(&until, "usage.a.v1", 0) == 0);
	until_release(&until);
	assert_int_equal(until_load("", &until), 0);
	assert_true(until_offset(&until, "usage.a.v1", 0) == INT64_MAX);
	until_release(&until);
}

static void test_what_is_refused(void **state)
{
	static const char *const texts[] = {"\n", "usage.a.v1\n", "usage.a.v1 0\n",
		"usage.a.v1 0 1 2\n", "usage.a.v1 x 1\n", "usage.a.v1 -1 1\n", "usage.a.v1 0 -1\n",
		"usage.a.v1 0 1\nrubbish\n", "usage.a.v1 2147483648 1\n",
		"usage.a.v1 0 9223372036854775808\n", "usage.a.v1  0 1\n"};
	struct until until;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(load(texts[i], &until), -EBADMSG);
	assert_int_equal(until_load("/nowhere/at-all", &until), -ENOENT);
	assert_null(until.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

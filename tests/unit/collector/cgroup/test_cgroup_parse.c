#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collector/cgroup/cgroup_parse.h"

/* Its entry point is called here; libFuzzer has a main() of its own. */
#include "tests/fuzz/fuzz_cgroup_parse.c"
#include "tests/support/replay_corpus.h"

static int number(const char *text)
{
	uint64_t value = 7;
	int r = cgroup_parse_number(text, strlen(text), &value);

	return r < 0 ? r : (int)value;
}

static int key(const char *text, const char *name)
{
	uint64_t value = 7;
	int r = cgroup_parse_key(text, strlen(text), name, &value);

	return r < 0 ? r : (int)value;
}

static void test_numbers(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(number("0\n"), 0);
	assert_int_equal(number("285897608\n"), 285897608);
	assert_int_equal(cgroup_parse_number("18446744073709551615\n", 21, &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(number("18446744073709551616\n"), -EBADMSG);
	assert_int_equal(number("12"), -EBADMSG); /* cut short */
	assert_int_equal(number("\n"), -EBADMSG);
	assert_int_equal(number(""), -EBADMSG);
	assert_int_equal(number("max\n"), -EBADMSG);
	assert_int_equal(number("-1\n"), -EBADMSG);
	assert_int_equal(number("1 2\n"), -EBADMSG);
}

static void test_keys(void **state)
{
	(void)state;
	assert_int_equal(key("usage_usec 5\nuser_usec 3\n", "usage_usec"), 5);
	assert_int_equal(key("user_usec 3\nusage_usec 5\n", "usage_usec"), 5);
	assert_int_equal(key("inactive_file_x 1\ninactive_file 2\n", "inactive_file"), 2);
	assert_int_equal(key("total_inactive_file 1\n", "inactive_file"), -EBADMSG);
	assert_int_equal(key("inactive_file 2", "inactive_file"), -EBADMSG);
	assert_int_equal(key("inactive_file\n", "inactive_file"), -EBADMSG);
	assert_int_equal(key("inactive_file \n", "inactive_file"), -EBADMSG);
	assert_int_equal(key("", "populated"), -EBADMSG);
	assert_int_equal(key("a 1\n", "populated"), -EBADMSG);
}

/* No prefix of a file is understood as another figure. */
static void test_cut_short(void **state)
{
	static const char text[] = "user_usec 33\nusage_usec 5555\nsystem_usec 4\n";

	(void)state;
	for (size_t size = 0; size < sizeof(text) - 1; size++) {
		uint64_t value;
		int r = cgroup_parse_key(text, size, "usage_usec", &value);

		assert_true(r == -EBADMSG || (r == 0 && value == 5555));
	}
}

static void test_corpus(void **state)
{
	(void)state;
	assert_int_equal(replay_folder(REPLAY_CORPUS("cgroup_parse")), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

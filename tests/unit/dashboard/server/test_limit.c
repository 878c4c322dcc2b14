/* How often somebody may ask. */
#include "dashboard/server/limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEC  1000000
#define NOON 43200000000

static bool allows(struct limit *limit, const char *key, int64_t now_usec)
{
	return limit_allows(limit, key, strlen(key), now_usec);
}

static size_t count_allowed(struct limit *limit, const char *key, int64_t now_usec, size_t asked)
{
	size_t n = 0;

	for (size_t i = 0; i < asked; i++)
		n += allows(limit, key, now_usec);
	return n;
}

static void test_burst_then_rate(void **state)
{
	static struct limit limit;

	(void)state;
	limit_init(&limit, 7, 20, 100);
	assert_int_equal(count_allowed(&limit, "ada", NOON, 1000), 100);
	assert_int_equal(count_allowed(&limit, "ada", NOON + SEC / 20 - 1, 1000), 0);
	assert_int_equal(count_allowed(&limit, "ada", NOON + SEC / 20, 1000), 1);
	assert_int_equal(count_allowed(&limit, "ada", NOON + SEC, 1000), 19);
	assert_int_equal(count_allowed(&limit, "ada", NOON + 3 * SEC, 1000), 40);
	assert_int_equal(count_allowed(&limit, "ada", NOON + 3600LL * SEC, 1000), 100);
}

static void test_others_do_not_wait(void **state)
{
	static struct limit limit;

	(void)state;
	limit_init(&limit, 7, 1, 1);
	assert_true(allows(&limit, "ada", NOON));
	assert_false(allows(&limit, "ada", NOON));
	assert_true(allows(&limit, "bob", NOON));
	assert_true(allows(&limit, "", NOON));
	assert_false(allows(&limit, "", NOON));
}

/* Many strangers fill the table; whoever shares a bucket with them waits no longer than the rate
 * says. */
static void test_strangers_fill_the_table(void **state)
{
	static struct limit limit;
	size_t n = 0;

	(void)state;
	limit_init(&limit, 7, 1, 1);
	for (uint32_t i = 0; i < 100000; i++)
		n += limit_allows(&limit, &i, sizeof(i), NOON);
	assert_int_equal(n, LIMIT_BUCKETS);
	assert_true(allows(&limit, "ada", NOON + SEC));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst_then_rate),
		cmocka_unit_test(test_others_do_not_wait),
		cmocka_unit_test(test_strangers_fill_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

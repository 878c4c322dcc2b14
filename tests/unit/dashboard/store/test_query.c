/* Questions with names in them, as libpq takes them. */
#include "dashboard/store/query.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct filter chosen = {.value = {[FILTER_INSTITUTION] = "north",
					     [FILTER_MONTH] = "2026-09",
					     [FILTER_UNIT] = "'; --"}};

static void test_names_become_numbers(void **state)
{
	struct query query;

	(void)state;
	assert_int_equal(query_bind("-- don't :'look'\nSELECT 'it''s :' || :'month'::date, "
				    ":'unit', :'month' -- end\nFROM x",
				 &chosen, 7, &query),
		0);
	assert_string_equal((const char *)query.text.data,
		"-- don't :'look'\nSELECT 'it''s :' || $1::date, $2, $1 -- end\nFROM x\nLIMIT 7");
	assert_int_equal(query.n_values, 2);
	assert_string_equal(query.value[0], "2026-09");
	assert_string_equal(query.value[1], "'; --");
	query_release(&query);
}

static void test_a_name_that_nobody_knows(void **state)
{
	static const char *const wrong[] = {"SELECT :'nobody'", "SELECT :''", "SELECT :'month"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct query query;

		assert_int_equal(query_bind(wrong[i], &chosen, 1, &query), -EINVAL);
		query_release(&query);
	}
}

static void test_nothing_to_bind(void **state)
{
	struct query query;

	(void)state;
	assert_int_equal(query_bind("SELECT 1", &chosen, 1, &query), 0);
	assert_string_equal((const char *)query.text.data, "SELECT 1\nLIMIT 1");
	assert_int_equal(query.n_values, 0);
	query_release(&query);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_become_numbers),
		cmocka_unit_test(test_a_name_that_nobody_knows),
		cmocka_unit_test(test_nothing_to_bind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

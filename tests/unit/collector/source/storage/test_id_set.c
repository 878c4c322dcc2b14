#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/storage/id_set.h"

static void test_each_number_is_new_once(void **state)
{
	struct id_set set = {.seed = 7};

	(void)state;
	assert_false(id_set_has(&set, 5));
	for (uint64_t id = 1; id <= 5000; id++)
		assert_int_equal(id_set_add(&set, id << 32), 1);
	for (uint64_t id = 1; id <= 5000; id++) {
		assert_true(id_set_has(&set, id << 32));
		assert_int_equal(id_set_add(&set, id << 32), 0);
	}
	assert_false(id_set_has(&set, 5));
	assert_int_equal(set.count, 5000);
	id_set_clear(&set);
	assert_false(id_set_has(&set, 1ull << 32));
	assert_int_equal(set.seed, 7);
}

static void test_there_is_an_end(void **state)
{
	struct id_set set = {.seed = 1};

	(void)state;
	for (uint64_t id = 1; id <= ID_SET_MAX; id++)
		assert_int_equal(id_set_add(&set, id), 1);
	assert_int_equal(id_set_add(&set, ID_SET_MAX + 1), -ENOSPC);
	assert_int_equal(id_set_add(&set, ID_SET_MAX), 0);
	assert_false(id_set_has(&set, ID_SET_MAX + 1));
	assert_true(set.slots * sizeof(*set.slot) <= 4u << 20);
	id_set_clear(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_number_is_new_once),
		cmocka_unit_test(test_there_is_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

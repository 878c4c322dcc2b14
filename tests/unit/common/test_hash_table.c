#include "common/hash_table.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static bool same_number(const void *entry, const void *key)
{
	return *(const uint32_t *)entry == *(const uint32_t *)key;
}

/* Hashes that collide all the time. */
static uint32_t hash_of(uint32_t number)
{
	return number / 7;
}

static uint32_t find(const struct hash_table *table, uint32_t number)
{
	return hash_table_find(table, hash_of(number), &number, same_number);
}

static void fill(struct hash_table *table, uint32_t from, uint32_t to)
{
	for (uint32_t number = from; number < to; number++) {
		uint32_t at;

		assert_int_equal(hash_table_reserve(table, 1), 0);
		assert_int_equal(find(table, number), HASH_TABLE_NONE);
		at = hash_table_append(table, hash_of(number));
		*(uint32_t *)hash_table_at(table, at) = number;
	}
}

/* Numbers stay while it grows, and everything is found again. */
static void test_grows(void **state)
{
	struct hash_table table = HASH_TABLE_INIT(uint32_t);

	(void)state;
	assert_int_equal(find(&table, 5), HASH_TABLE_NONE); /* without memory yet */
	fill(&table, 0, 5000);
	for (uint32_t number = 0; number < 5000; number++)
		assert_int_equal(find(&table, number), number);
	assert_int_equal(find(&table, 5000), HASH_TABLE_NONE);
	assert_true(hash_table_used_bytes(&table) >= 5000 * sizeof(uint32_t));
	hash_table_release(&table);
}

static void test_clear_forgets(void **state)
{
	struct hash_table table = HASH_TABLE_INIT(uint32_t);
	const unsigned char *memory;

	(void)state;
	hash_table_clear(&table); /* empty: nothing to do */
	fill(&table, 0, 100);
	memory = table.entry;
	hash_table_clear(&table);
	assert_int_equal(table.count, 0);
	assert_int_equal(hash_table_used_bytes(&table), 0);
	fill(&table, 50, 150); /* also what was there before is new */
	assert_int_equal(find(&table, 50), 0);
	assert_int_equal(find(&table, 49), HASH_TABLE_NONE);
	assert_ptr_equal(table.entry, memory); /* and no memory is asked for again */
	hash_table_release(&table);
	assert_int_equal(table.entry_size, sizeof(uint32_t));
	fill(&table, 0, 10);
	hash_table_release(&table);
}

static void test_limit(void **state)
{
	struct hash_table table = HASH_TABLE_INIT(uint32_t);

	(void)state;
	assert_int_equal(hash_table_reserve(&table, (size_t)HASH_TABLE_MAX_ENTRIES + 1), -ENOSPC);
	assert_null(table.entry);
	hash_table_release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_clear_forgets),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

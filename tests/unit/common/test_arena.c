#include "common/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_blocks_are_aligned_and_apart(void **state)
{
	struct arena arena;
	unsigned char *a, *b;

	(void)state;
	assert_int_equal(arena_init(&arena, 1024), 0);
	a = arena_alloc(&arena, 3);
	b = arena_alloc(&arena, 17);
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal((uintptr_t)a % 16, 0);
	assert_int_equal((uintptr_t)b % 16, 0);
	memset(a, 1, 3);
	memset(b, 2, 17);
	assert_int_equal(a[2], 1);
	arena_release(&arena);
}

static void test_cap_holds(void **state)
{
	struct arena arena;

	(void)state;
	assert_int_equal(arena_init(&arena, 64), 0);
	assert_null(arena_alloc(&arena, 65));
	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_non_null(arena_alloc(&arena, 48));
	assert_null(arena_alloc(&arena, 17));
	assert_non_null(arena_alloc(&arena, 16));
	assert_non_null(arena_alloc(&arena, 0));
	assert_null(arena_alloc(&arena, 1));
	assert_int_equal(arena.used, 64);
	arena_release(&arena);
}

static void test_odd_cap_is_rounded_down(void **state)
{
	struct arena arena;

	(void)state;
	assert_int_equal(arena_init(&arena, 31), 0);
	assert_null(arena_alloc(&arena, 17));
	assert_non_null(arena_alloc(&arena, 16));
	assert_null(arena_alloc(&arena, 1));
	arena_release(&arena);

	assert_int_equal(arena_init(&arena, 0), 0);
	assert_null(arena_alloc(&arena, 1));
	arena_release(&arena);
}

static void test_calloc_zeroes_and_checks_the_product(void **state)
{
	static const unsigned char zeros[40];
	struct arena arena;
	unsigned char *block;

	(void)state;
	assert_int_equal(arena_init(&arena, 128), 0);
	memset(arena_alloc(&arena, 128), 0xff, 128);
	arena_reset(&arena);
	block = arena_calloc(&arena, 5, 8);
	assert_non_null(block);
	assert_memory_equal(block, zeros, sizeof(zeros));
	assert_null(arena_calloc(&arena, SIZE_MAX / 2, 3));
	assert_null(arena_calloc(&arena, 100, 2));
	arena_release(&arena);
}

static void test_reset_keeps_the_memory(void **state)
{
	struct arena arena;
	void *first;

	(void)state;
	assert_int_equal(arena_init(&arena, 64), 0);
	first = arena_alloc(&arena, 64);
	assert_null(arena_alloc(&arena, 1));
	arena_reset(&arena);
	assert_ptr_equal(arena_alloc(&arena, 64), first);
	arena_release(&arena);
	assert_null(arena.base);
	arena_release(&arena);
}

static void test_rewound_to_where_it_was(void **state)
{
	struct arena arena;
	void *second;
	size_t used;

	(void)state;
	assert_int_equal(arena_init(&arena, 64), 0);
	memset(arena_alloc(&arena, 16), 0x5a, 16);
	used = arena.used;
	second = arena_alloc(&arena, 30);
	arena_rewind(&arena, used);
	assert_int_equal(arena.used, used);
	assert_int_equal(arena.base[15], 0x5a);
	assert_ptr_equal(arena_alloc(&arena, 48), second);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks_are_aligned_and_apart),
		cmocka_unit_test(test_cap_holds),
		cmocka_unit_test(test_odd_cap_is_rounded_down),
		cmocka_unit_test(test_calloc_zeroes_and_checks_the_product),
		cmocka_unit_test(test_reset_keeps_the_memory),
		cmocka_unit_test(test_rewound_to_where_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

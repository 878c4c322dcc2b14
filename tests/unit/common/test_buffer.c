#include "common/buffer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void fill_example(struct buffer *buffer)
{
	assert_int_equal(buffer_append_u32(buffer, 0x01020304), 0);
	assert_int_equal(buffer_append_u64(buffer, 0x1122334455667788), 0);
	assert_int_equal(buffer_append_sized(buffer, "abc", 3), 0);
	assert_int_equal(buffer_append_sized(buffer, NULL, 0), 0);
}

static void test_format_is_little_endian(void **state)
{
	static const unsigned char expected[] = {4, 3, 2, 1, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33,
		0x22, 0x11, 3, 0, 0, 0, 'a', 'b', 'c', 0, 0, 0, 0};
	struct buffer buffer = BUFFER_INIT(100);

	(void)state;
	fill_example(&buffer);
	assert_int_equal(buffer.size, sizeof(expected));
	assert_memory_equal(buffer.data, expected, sizeof(expected));
	buffer_release(&buffer);
	assert_null(buffer.data);
	assert_int_equal(buffer.limit, 100);
}

static void test_limit_changes_nothing(void **state)
{
	struct buffer buffer = BUFFER_INIT(10);

	(void)state;
	assert_int_equal(buffer_append(&buffer, "1234567", 7), 0);
	assert_int_equal(buffer_append(&buffer, "890a", 4), -E2BIG);
	assert_int_equal(buffer_append_u32(&buffer, 1), -E2BIG);
	assert_int_equal(buffer_append_sized(&buffer, "", 0), -E2BIG);
	assert_int_equal(buffer_reserve(&buffer, SIZE_MAX), -E2BIG);
	assert_int_equal(buffer_append_sized(&buffer, "x", (size_t)UINT32_MAX + 1), -E2BIG);
	assert_int_equal(buffer_append_sized(&buffer, "x", SIZE_MAX), -E2BIG);
	assert_int_equal(buffer.size, 7);
	assert_memory_equal(buffer.data, "1234567", 7);
	assert_int_equal(buffer_append(&buffer, "890", 3), 0);
	buffer_release(&buffer);
}

static void test_sized_fits_as_a_whole_or_not(void **state)
{
	struct buffer buffer = BUFFER_INIT(10);

	(void)state;
	assert_int_equal(buffer_append_sized(&buffer, "1234567", 7), -E2BIG);
	assert_int_equal(buffer.size, 0);
	assert_int_equal(buffer_append_sized(&buffer, "123456", 6), 0);
	buffer_release(&buffer);
}

static void test_growth_keeps_content(void **state)
{
	struct buffer buffer = BUFFER_INIT(100000);
	uint32_t i, value = 0;
	struct cursor cursor;

	(void)state;
	for (i = 0; i < 25000; i++)
		assert_int_equal(buffer_append_u32(&buffer, i), 0);
	assert_int_equal(buffer_append_u32(&buffer, i), -E2BIG);
	assert_true(buffer.capacity <= buffer.limit);

	cursor = (struct cursor){buffer.data, buffer.data + buffer.size};
	for (i = 0; i < 25000; i++) {
		assert_int_equal(cursor_u32(&cursor, &value), 0);
		assert_int_equal(value, i);
	}
	assert_int_equal(cursor_u32(&cursor, &value), -EBADMSG);
	buffer_clear(&buffer);
	assert_int_equal(buffer.size, 0);
	assert_non_null(buffer.data);
	buffer_release(&buffer);
}

/* Reads what fill_example() wrote; the number of fields that could be read. */
static int read_example(struct cursor *cursor)
{
	const unsigned char *bytes;
	uint32_t u32;
	uint64_t u64;
	size_t size;

	if (cursor_u32(cursor, &u32) < 0)
		return 0;
	assert_int_equal(u32, 0x01020304);
	if (cursor_u64(cursor, &u64) < 0)
		return 1;
	assert_true(u64 == 0x1122334455667788);
	if (cursor_sized(cursor, &bytes, &size) < 0)
		return 2;
	assert_int_equal(size, 3);
	assert_memory_equal(bytes, "abc", 3);
	if (cursor_sized(cursor, &bytes, &size) < 0)
		return 3;
	assert_int_equal(size, 0);
	return 4;
}

static void test_every_truncation_is_refused(void **state)
{
	struct buffer buffer = BUFFER_INIT(100);
	size_t n;

	(void)state;
	fill_example(&buffer);
	for (n = 0; n <= buffer.size; n++) {
		unsigned char *exact = malloc(n ? n : 1); /* so ASan sees a read past it */
		struct cursor cursor;

		assert_non_null(exact);
		memcpy(exact, buffer.data, n);
		cursor = (struct cursor){exact, exact + n};
		assert_int_equal(read_example(&cursor), n < 4	 ? 0
							: n < 12 ? 1
							: n < 19 ? 2
							: n < 23 ? 3
								 : 4);
		free(exact);
	}
	buffer_release(&buffer);
}

static void test_refused_sized_leaves_the_cursor(void **state)
{
	static const unsigned char bytes[] = {5, 0, 0, 0, 'a'};
	struct cursor cursor = {bytes, bytes + sizeof(bytes)};
	const unsigned char *at;
	size_t size;

	(void)state;
	assert_int_equal(cursor_sized(&cursor, &at, &size), -EBADMSG);
	assert_ptr_equal(cursor.at, bytes);
	assert_int_equal(cursor_bytes(&cursor, 6, &at), -EBADMSG);
	assert_int_equal(cursor_bytes(&cursor, SIZE_MAX, &at), -EBADMSG);
	assert_int_equal(cursor_bytes(&cursor, 5, &at), 0);
	assert_ptr_equal(cursor.at, cursor.end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format_is_little_endian),
		cmocka_unit_test(test_limit_changes_nothing),
		cmocka_unit_test(test_sized_fits_as_a_whole_or_not),
		cmocka_unit_test(test_growth_keeps_content),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_refused_sized_leaves_the_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

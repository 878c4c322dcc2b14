/* What COPY must read back as it was. */
#include "cli/format/copy_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_rows(void **state)
{
	struct buffer copy = BUFFER_INIT(1024);
	static const char expected[] = "7\tplain\t\\N\ta\\\\N\\tb\\nc\\rd\n"
				       "4294967295\t\\\\\n";

	(void)state;
	assert_int_equal(copy_text_number(&copy, 7), 0);
	assert_int_equal(copy_text_field(&copy, "plain"), 0);
	assert_int_equal(copy_text_field(&copy, ""), 0);
	assert_int_equal(copy_text_field(&copy, "a\\N\tb\nc\rd"), 0);
	copy_text_end(&copy);
	assert_int_equal(copy_text_number(&copy, UINT32_MAX), 0);
	assert_int_equal(copy_text_field(&copy, "\\"), 0);
	copy_text_end(&copy);
	assert_int_equal(copy.size, strlen(expected));
	assert_memory_equal(copy.data, expected, copy.size);
	buffer_release(&copy);
}

static void test_no_room(void **state)
{
	struct buffer copy = BUFFER_INIT(4);

	(void)state;
	assert_int_equal(copy_text_field(&copy, "longer"), -E2BIG);
	assert_int_equal(copy_text_field(&copy, "\t\t\t"), -E2BIG);
	buffer_release(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

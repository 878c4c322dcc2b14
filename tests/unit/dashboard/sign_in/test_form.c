#include "dashboard/sign_in/form.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_fields(void **state)
{
	static const struct form_field field[] = {
		{"a b", "x&y=z"}, {"", ""}, {"q", "\xc3\xa4%\r\n"}};
	struct buffer buffer = BUFFER_INIT(256);
	char *text;

	(void)state;
	assert_int_equal(buffer_append(&buffer, "http://h/?", 10), 0);
	assert_int_equal(form_add(&buffer, field, 3), 0);
	assert_int_equal(form_finish(&buffer, &text), 0);
	assert_string_equal(text, "http://h/?a%20b=x%26y%3Dz&=&q=%C3%A4%25%0D%0A");
	assert_null(buffer.data);
	free(text);
}

static void test_limit(void **state)
{
	static const struct form_field field[] = {{"a", "b"}, {"c", "d"}};
	char *text = NULL;

	(void)state;
	for (size_t limit = 0; limit < 8; limit++) {
		struct buffer buffer = BUFFER_INIT(limit);
		int r = form_add(&buffer, field, 2);

		assert_int_equal(r, limit < 7 ? -E2BIG : 0);
		if (r == 0)
			assert_int_equal(form_finish(&buffer, &text), -E2BIG);
		buffer_release(&buffer);
	}
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every reason has its words, and they are on one line. */
#include "cli/command/quarantine/reason_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/wire.h"

static void test_every_reason(void **state)
{
	(void)state;
	for (int i = HM_REJECT_NONE + 1; i <= HM_REJECT_STREAM_GAPS; i++) {
		const char *text = reason_text(hm_reject_name((enum hm_reject)i));

		assert_true(strlen(text) > 10);
		assert_null(strchr(text, '\n'));
		for (int other = HM_REJECT_NONE + 1; other < i; other++)
			assert_string_not_equal(
				text, reason_text(hm_reject_name((enum hm_reject)other)));
	}
	assert_string_equal(reason_text("tomorrow's"), "");
	assert_string_equal(reason_text(""), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_reason)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

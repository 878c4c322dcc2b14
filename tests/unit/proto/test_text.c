#include "proto/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct text_case {
	const char *text;
	size_t size;
};

/* Each is also judged in a block of its own size, so that ASan sees a read past the end. */
static bool is_valid(const struct text_case *c)
{
	unsigned char *exact = malloc(c->size ? c->size : 1);
	bool valid;

	assert_non_null(exact);
	memcpy(exact, c->text, c->size);
	valid = hm_text_is_valid(exact, c->size);
	free(exact);
	return valid;
}

static void test_valid(void **state)
{
	static const struct text_case cases[] = {
		{"", 0},
		{"abc\x01\x7f", 5},
		{"\xc2\x80", 2},	 /* U+0080 */
		{"\xdf\xbf", 2},	 /* U+07FF */
		{"\xe0\xa0\x80", 3},	 /* U+0800 */
		{"\xed\x9f\xbf", 3},	 /* U+D7FF */
		{"\xee\x80\x80", 3},	 /* U+E000 */
		{"\xef\xbf\xbf", 3},	 /* U+FFFF */
		{"\xf0\x90\x80\x80", 4}, /* U+10000 */
		{"\xf4\x8f\xbf\xbf", 4}, /* U+10FFFF */
		{"a\xe5\xae\x89z", 5},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!is_valid(&cases[i]))
			fail_msg("case %zu is refused", i);
	}
}

static void test_invalid(void **state)
{
	static const struct text_case cases[] = {
		{"\x00", 1},
		{"a\x00z", 3},
		{"\x80", 1}, /* a continuation alone */
		{"\xbf", 1},
		{"\xc0\x80", 2}, /* overlong NUL */
		{"\xc1\xbf", 2}, /* overlong U+007F */
		{"\xc2", 1},	 /* cut off */
		{"\xc2\x41", 2},
		{"\xe0\x9f\xbf", 3}, /* overlong U+07FF */
		{"\xe0\xa0", 2},
		{"\xe1\x80\x41", 3},
		{"\xed\xa0\x80", 3},	 /* the first surrogate */
		{"\xed\xbf\xbf", 3},	 /* the last surrogate */
		{"\xf0\x8f\xbf\xbf", 4}, /* overlong U+FFFF */
		{"\xf0\x90\x80", 3},
		{"\xf1\x80\x80\xc0", 4},
		{"\xf4\x90\x80\x80", 4}, /* U+110000 */
		{"\xf5\x80\x80\x80", 4},
		{"\xff", 1},
		{"ok\xe5\xae", 4},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (is_valid(&cases[i]))
			fail_msg("case %zu is accepted", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

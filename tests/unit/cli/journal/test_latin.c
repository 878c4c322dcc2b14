/* Every equivalent is ASCII, and short; what is guessed nowhere. */
#include "cli/journal/latin.h"

#include "tests/unit/cli/journal/sample.h"

static void test_all_are_ascii(void **state)
{
	unsigned known = 0;

	(void)state;
	for (uint32_t code = 0x80; code < 0x11000; code++) {
		const char *ascii = latin_ascii(code);

		if (!ascii)
			continue;
		known++;
		assert_in_range(strlen(ascii), 1, 3);
		for (; *ascii; ascii++)
			assert_in_range(*ascii, ' ', '~');
	}
	assert_int_equal(known, 191 + 2 + 11 + 6 + 3 + 3 + 3);
}

static void test_some(void **state)
{
	static const struct {
		uint32_t code;
		const char *ascii;
	} cases[] = {
		{0xa0, " "},
		{0xbf, NULL},
		{0xc0, "A"},
		{0xc6, "AE"},
		{0xd7, "x"},
		{0xdf, "ss"},
		{0xe9, "e"},
		{0xf7, NULL},
		{0xff, "y"},
		{0x100, "A"},
		{0x131, "i"},
		{0x142, "l"},
		{0x17e, "z"},
		{0x17f, "s"},
		{0x180, NULL},
		{0x2013, "-"},
		{0x2019, "'"},
		{0x201b, NULL},
		{0x2026, "..."},
		{0x20ac, NULL},
		{0x10ffff, NULL},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH_OF(cases); i++) {
		const char *ascii = latin_ascii(cases[i].code);

		if (cases[i].ascii) {
			assert_non_null(ascii);
			assert_string_equal(ascii, cases[i].ascii);
		} else {
			assert_null(ascii);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_ascii),
		cmocka_unit_test(test_some),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Names that a hub's user chose, as a terminal and a spreadsheet get them. */
#include "common/format/safe_text.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/utf8.h"

static void assert_shown(const char *text, const char *expected)
{
	char *shown = NULL;
	size_t size;
	FILE *out = open_memstream(&shown, &size);

	assert_non_null(out);
	safe_text_print(text, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(shown, expected);
	assert_int_equal(safe_text_width(text), utf8_width(expected));
	free(shown);
}

static void test_letters_stay(void **state)
{
	static const char *const texts[] = {"", "ada", "Zo\xc3\xab", "\xe6\x95\xb0",
		"\xd8\xb9\xd9\x84\xdb\x8c", "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae", "e\xcc\x81",
		"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac", "a\\b ~"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_shown(texts[i], texts[i]);
}

static void test_the_rest_is_escaped(void **state)
{
	(void)state;
	assert_shown("\x1b[2J", "\\u001b[2J");
	assert_shown("a\nb\r\tc", "a\\nb\\r\\tc");
	assert_shown("\x7f", "\\u007f");
	assert_shown("\xc2\x9b"
		     "1m",
		"\\u009b1m");
	assert_shown("a\xe2\x80\xae"
		     "b",
		"a\\u202eb");
	assert_shown("\xe2\x81\xa6x\xe2\x81\xa9", "\\u2066x\\u2069");
	assert_shown("a\xe2\x80\x8b", "a\\u200b");
	assert_shown("\xef\xbb\xbf"
		     "a",
		"\\ufeffa");
	assert_shown("\xf3\xa0\x81\x81", "\\U000e0041");
	assert_shown("a\xff\xc3", "a\\xff\\xc3");
}

static void test_formulas(void **state)
{
	static const char *const formulas[] = {"=1", "+1", "-1", "@a", "\ta", "\ra", "=",
		"\xef\xbc\x9d"
		"1",
		"\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
	static const char *const others[] = {"", "a=1", "1-2", "(suspense)", "'=1", "\xff=", " a"};

	(void)state;
	for (size_t i = 0; i < sizeof(formulas) / sizeof(formulas[0]); i++)
		assert_true(safe_text_is_formula(formulas[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(safe_text_is_formula(others[i]));
}

static void test_one_line(void **state)
{
	static const char *const cases[][2] = {{"", ""}, {"a b", "a b"}, {"a\n\tb\n", "a b"},
		{"  a", "a"}, {"a \r\n", "a"}, {"\n", ""}, {"a\tb  c", "a b c"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "%s", cases[i][0]);
		safe_text_one_line(text);
		assert_string_equal(text, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letters_stay),
		cmocka_unit_test(test_the_rest_is_escaped),
		cmocka_unit_test(test_formulas),
		cmocka_unit_test(test_one_line),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 77; /* widths are the locale's */
	return cmocka_run_group_tests(tests, NULL, NULL);
}

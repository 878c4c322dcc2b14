#include "common/utf8.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
	char *exact = malloc(c->size ? c->size : 1);
	bool valid;

	assert_non_null(exact);
	memcpy(exact, c->text, c->size);
	valid = utf8_valid_size(exact, c->size) == c->size;
	free(exact);
	return valid;
}

static void test_valid(void **state)
{
	static const struct text_case cases[] = {
		{"", 0},
		{"abc\x01\x7f", 5},
		{"a\x00z", 3},
		{"eight by\xc2\x80"
		 "tes and more",
			22},
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

/* The fast way over ASCII and the slow one agree about where text ends, at every distance. */
static void test_first_bad_byte(void **state)
{
	char text[40];

	(void)state;
	for (size_t at = 0; at < sizeof(text); at++) {
		memset(text, 'a', sizeof(text));
		text[at] = '\xff';
		assert_int_equal(utf8_valid_size(text, sizeof(text)), at);
		assert_int_equal(utf8_valid_size(text, at), at);
	}
}

static void test_decode(void **state)
{
	static const char *const bad[] = {"\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xf8", "\xc3", "\xe6\x95"};
	uint32_t code = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(utf8_decode(bad[i], strlen(bad[i]), &code), 0);
	assert_int_equal(utf8_decode("", 0, &code), 0);
	assert_int_equal(utf8_decode("\xe6\x95\xb0", 3, &code), 3);
	assert_int_equal(code, 0x6570);
	assert_int_equal(utf8_decode("\xf0\x9f\x98\x80", 4, &code), 4);
	assert_int_equal(code, 0x1f600);
	assert_int_equal(utf8_decode("\xf0\x9f\x98", 3, &code), 0);
	assert_int_equal(code, 0x1f600); /* untouched */
}

/* This program never called setlocale(): its own locale is C. */
static void test_width_in_any_locale(void **state)
{
	(void)state;
	assert_int_equal(utf8_width(""), 0);
	assert_int_equal(utf8_width("Zoe\xcc\x88"), 3); /* combining diaeresis */
	assert_int_equal(utf8_width("\xe6\x95\xb0"), 2);
	assert_int_equal(utf8_width("a\xff"), 2);
	assert_int_equal(utf8_width("\x1b"), 1);
	assert_string_equal(setlocale(LC_CTYPE, NULL), "C");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_first_bad_byte),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_width_in_any_locale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

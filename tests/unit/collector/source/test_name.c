#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/name.h"
#include "common/utf8.h"

static void assert_copied(const char *from, const char *expected)
{
	char *copy = name_copy(from, strlen(from));

	assert_string_equal(copy, expected);
	free(copy);
}

static void test_names_that_are_fit_stay(void **state)
{
	char longest[NAME_MAX_SIZE + 1];

	(void)state;
	memset(longest, 'x', NAME_MAX_SIZE);
	longest[NAME_MAX_SIZE] = '\0';
	assert_copied(longest, longest);
	assert_copied("o|neil+x@example.org", "o|neil+x@example.org");
	assert_copied("zo\xc3\xab \xf0\x9f\x98\x80", "zo\xc3\xab \xf0\x9f\x98\x80");
	assert_copied("", "");
}

static void test_names_become_valid_text(void **state)
{
	static const char *const broken[] = {
		"a\nb", "\xff\xc3", "\xc0\xaf", "\xed\xa0\x80", "z\xc2\x9b", "\x7f"};

	(void)state;
	assert_copied("a\nb", "a\xef\xbf\xbd"
			      "b~7e18f737311b2dc3");
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		char *copy = name_copy(broken[i], strlen(broken[i]));

		assert_int_equal(utf8_valid_size(copy, strlen(copy)), strlen(copy));
		assert_non_null(strstr(copy, "\xef\xbf\xbd"));
		assert_int_equal(copy[strlen(copy) - 17], '~');
		free(copy);
	}
}

static void test_names_that_are_no_text_stay_apart(void **state)
{
	char *names[10];

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		const char name[] = {'z', (char)(0xf0 + i)};

		names[i] = name_copy(name, sizeof(name));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
	for (size_t i = 0; i < 10; i++)
		free(names[i]);
}

static void test_long_names_are_cut_between_characters_and_stay_apart(void **state)
{
	char name[1000];
	char *one, *other;

	(void)state;
	for (size_t i = 0; i < sizeof(name); i += 2)
		memcpy(name + i, "\xc3\xab", 2);
	one = name_copy(name, sizeof(name));
	name[sizeof(name) - 2] = 'x';
	name[sizeof(name) - 1] = 'y';
	other = name_copy(name, sizeof(name));
	assert_true(strlen(one) <= NAME_MAX_SIZE && strlen(one) > NAME_MAX_SIZE - 3);
	assert_int_equal(utf8_valid_size(one, strlen(one)), strlen(one));
	assert_null(strstr(one, "\xef\xbf\xbd"));
	assert_string_not_equal(one, other);
	free(one);
	free(other);
}

/* Somebody who calls himself what another's name became is a third. */
static void test_nobody_can_be_called_what_a_name_became(void **state)
{
	static const char *const names[] = {
		"z\xff", "a\nb", "\xed\xa0\x80~0123456789abcdef", "\x01"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *first = name_copy(names[i], strlen(names[i]));
		char *second = name_copy(first, strlen(first));
		char *third = name_copy(second, strlen(second));

		assert_string_not_equal(first, second);
		assert_string_not_equal(second, third);
		assert_string_not_equal(first, third);
		assert_true(strlen(third) <= NAME_MAX_SIZE);
		free(first);
		free(second);
		free(third);
	}
	assert_copied("x~0123456789abcdef", "x~0123456789abcdef~a1352948bd541d89");
	assert_copied("x~0123456789abcdeF", "x~0123456789abcdeF");
	assert_copied("x~0123456789abcde", "x~0123456789abcde");
	assert_copied("0123456789abcdef", "0123456789abcdef");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_that_are_fit_stay),
		cmocka_unit_test(test_names_become_valid_text),
		cmocka_unit_test(test_names_that_are_no_text_stay_apart),
		cmocka_unit_test(test_nobody_can_be_called_what_a_name_became),
		cmocka_unit_test(test_long_names_are_cut_between_characters_and_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

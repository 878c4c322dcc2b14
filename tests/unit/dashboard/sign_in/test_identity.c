#include "dashboard/sign_in/identity.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_names(void **state)
{
	static const struct {
		const char *name, *wanted;
	} cases[] = {{"ada", "hub:ada"}, {"a:b", "hub:a:b"},
		{"\xc3\xa4"
		 "da l",
			"hub:\xc3\xa4"
			"da l"},
		{"ada@example.org", "hub:ada@example.org"}, {"", NULL}, {"a\nb", NULL},
		{"a\x7f", NULL}, {"a\x1b[2J", NULL}, {"\xc2\x85", NULL}, {"\xff", NULL},
		{"\xc2\xa0", "hub:\xc2\xa0"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char identity[IDENTITY_SIZE] = "untouched";
		int r = identity_make("hub", cases[i].name, identity);

		assert_int_equal(r, cases[i].wanted ? 0 : -EBADMSG);
		assert_string_equal(identity, cases[i].wanted ? cases[i].wanted : "untouched");
	}
}

static void test_what_fits(void **state)
{
	char name[IDENTITY_SIZE], identity[IDENTITY_SIZE];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[IDENTITY_SIZE - 1 - 4] = '\0';
	assert_int_equal(identity_make("hub", name, identity), 0);
	assert_int_equal(strlen(identity), IDENTITY_SIZE - 1);
	assert_int_equal(identity_make("hubs", name, identity), -EBADMSG);
}

static void test_hubs(void **state)
{
	(void)state;
	assert_true(identity_is_hub("physics"));
	assert_true(identity_is_hub("proxy2"));
	assert_false(identity_is_hub("proxy"));
	assert_false(identity_is_hub("local"));
	assert_false(identity_is_hub("a:b"));
	assert_false(identity_is_hub(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_what_fits),
		cmocka_unit_test(test_hubs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

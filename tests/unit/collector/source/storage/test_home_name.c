#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/storage/home_name.h"

static const struct {
	const char *templates, *shared, *name, *user; /* NULL: nobody's */
} names[] = {
	{"{username}", "", "ada", "ada"},
	{"{username}", "", "ada-40x.org", "ada-40x.org"},
	{"{username}", "", ".ssh", ".ssh"},
	{"{username}", "_shared* .*", ".ssh", NULL},
	{"{username}", "_shared* shared lost+found .*", "_shared-public", NULL},
	{"{username}", "_shared* shared lost+found .*", "_sharon", "_sharon"},
	{"{username}", "_shared* shared lost+found .*", "shared", NULL},
	{"{username}", "_shared* shared lost+found .*", "shared2", "shared2"},
	{"{username}", "course-[0-9]*", "course-7", NULL},
	{"{escaped}", "", "ada-40x-2eorg", "ada@x.org"},
	{"{escaped}", "", "ada-2dlovelace", "ada-lovelace"},
	{"{escaped}", "", "ada-", "ada-"},
	{"{escaped}", "", "ada-4", "ada-4"},
	{"{escaped}", "", "ada-4G", "ada-4G"},
	{"{escaped}", "", "ada-2D", "ada-2D"},
	{"{escaped}", "", "a-00b", "a-00b"},
	{"{escaped}", "", "-c3-a9", "\xc3\xa9"},
	{"{escaped}", "", "-ff", "\xff"},
	{"jupyter-{username}", "", "jupyter-ada", "ada"},
	{"jupyter-{username}", "", "jupyter-", NULL},
	{"jupyter-{username}", "", "ubuntu", NULL},
	{"jupyter-{username} {username}", "", "ubuntu", "ubuntu"},
	{"jupyter-{username} {username}", "", "jupyter-ada", "ada"},
	{"  home-{escaped}.d  ", "", "home-a-40b.d", "a@b"},
	{"home-{escaped}.d", "", "home-a-40b", NULL},
	{"{username}", "", "\xff\n\x01", "\xff\n\x01"},
	{"a{username}a", "", "aa", NULL},
	{"a{username}a", "", "aba", "b"},
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct home_rules rules = {names[i].templates, names[i].shared};
		char user[HOME_NAME_MAX + 1];
		bool is_home = home_user(&rules, names[i].name, user);

		assert_int_equal(is_home, names[i].user != NULL);
		if (is_home)
			assert_string_equal(user, names[i].user);
	}
}

static void test_longest_names(void **state)
{
	const struct home_rules rules = {"{escaped}", "_shared*"};
	char name[HOME_NAME_MAX + 1], user[HOME_NAME_MAX + 1];

	(void)state;
	memset(name, '-', HOME_NAME_MAX);
	name[HOME_NAME_MAX] = '\0';
	assert_true(home_user(&rules, name, user));
	assert_string_equal(user, name);
	for (size_t i = 0; i + 3 <= HOME_NAME_MAX; i += 3)
		memcpy(name + i, "-41", 3);
	assert_true(home_user(&rules, name, user));
	assert_int_equal(strlen(user), HOME_NAME_MAX / 3);
	assert_int_equal(strspn(user, "A"), HOME_NAME_MAX / 3);
}

static void test_templates(void **state)
{
	(void)state;
	assert_true(home_templates_are_valid("{username}"));
	assert_true(home_templates_are_valid(" a-{escaped} {username}-b "));
	assert_false(home_templates_are_valid(""));
	assert_false(home_templates_are_valid("  "));
	assert_false(home_templates_are_valid("{username} home"));
	assert_false(home_templates_are_valid("{USERNAME}"));
	assert_false(home_templates_are_valid("{username}{escaped}"));
	assert_false(home_templates_are_valid("{escaped}{username}"));
	assert_false(home_templates_are_valid("{username}-{username}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_longest_names),
		cmocka_unit_test(test_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/systemd/unit.h"

/* Its entry point is called here; libFuzzer has a main() of its own. */
#include "tests/fuzz/fuzz_cgroup_name.c"
#include "tests/support/replay_corpus.h"

#define BOTH "jupyter-{USERNAME}-singleuser jupyter-{USERNAME}"

static void check(const char *templates, const char *name, const char *expected)
{
	char user[UNIT_NAME_MAX + 1];
	size_t size;
	bool is_unit = unit_user(templates, name, user, &size);

	assert_int_equal(is_unit, expected != NULL);
	if (!expected)
		return;
	assert_int_equal(size, strlen(expected));
	assert_memory_equal(user, expected, size);
}

static void test_names(void **state)
{
	(void)state;
	check(BOTH, "jupyter-ada-singleuser.service", "ada");
	check(BOTH, "jupyter-ada.service", "ada");
	check(BOTH, "jupyter-a-b.service", "a-b");
	check(BOTH, "jupyter-a.b@c.org-singleuser.service", "a.b@c.org");
	check(BOTH, "jupyter-a\\x20b\\xc3\\xa9.service", "a b\xc3\xa9");
	check(BOTH, "jupyter-a\\x5cx20.service", "a\\x20"); /* decoded once */
	check(BOTH, "jupyter-a\\x00.service", "a\\x00");
	check(BOTH, "jupyter-a\\xg0.service", "a\\xg0");
	check(BOTH, "jupyter-a\\x2.service", "a\\x2");
	check(BOTH, "jupyter--singleuser.service", "-singleuser");
	check(BOTH, "jupyter-.service", NULL);
	check(BOTH, "jupyterhub.service", NULL);
	check(BOTH, "jupyter-ada.scope", NULL);
	check(BOTH, "ssh.service", NULL);
	check(BOTH, ".service", NULL);
	check(BOTH, "", NULL);
}

static void test_templates(void **state)
{
	char long_name[400];

	(void)state;
	check("lab-{USERNAME}.service", "lab-ada.service", "ada");
	check("  lab-{USERNAME}  ", "lab-ada.service", "ada");
	check("{USERNAME}", "ada.service", "ada");
	check("lab", "lab.service", NULL); /* stands for nobody */
	check("", "jupyter-ada.service", NULL);
	snprintf(long_name, sizeof(long_name), "jupyter-%0300d.service", 0);
	check(BOTH, long_name, NULL);
}

static void test_corpus(void **state)
{
	(void)state;
	assert_int_equal(replay_folder(REPLAY_CORPUS("cgroup_name")), 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

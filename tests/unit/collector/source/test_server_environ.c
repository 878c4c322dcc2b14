#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/server_environ.h"

static void test_environments(void **state)
{
	static const char notebook[] = "JUPYTERHUB_API_URL=http://a\0JUPYTERHUB_USER=u";
	static const char service[] = "JUPYTERHUB_API_URL=http://a\0JUPYTERHUB_USER=";
	struct server_environ env;

	(void)state;
	server_environ_parse(notebook, sizeof(notebook), &env);
	assert_true(server_environ_is_server(&env, ""));
	assert_true(server_environ_is_server(&env, "http://a"));
	assert_false(server_environ_is_server(&env, "http://b"));
	assert_false(server_environ_is_server(&env, "http://"));
	server_environ_parse(service, sizeof(service), &env);
	assert_false(server_environ_is_server(&env, ""));
}

static void test_promises_are_at_most_the_node(void **state)
{
	static const char some[] = "CPU_GUARANTEE=1.5\0MEM_GUARANTEE=1073741824";
	static const char none[] = "CPU_GUARANTEE=much\0MEM_GUARANTEE=1G";
	struct server_environ env;

	(void)state;
	server_environ_parse(some, sizeof(some) - 1, &env);
	assert_int_equal(server_environ_microcores(&env, 2), 1500000);
	assert_int_equal(server_environ_microcores(&env, 1), 1000000);
	assert_int_equal(server_environ_bytes(&env, 1 << 20), 1 << 20);
	assert_int_equal(server_environ_bytes(&env, 1ULL << 40), 1 << 30);
	server_environ_parse(none, sizeof(none) - 1, &env);
	assert_int_equal(server_environ_microcores(&env, 2), 0);
	assert_int_equal(server_environ_bytes(&env, 1 << 20), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_environments),
		cmocka_unit_test(test_promises_are_at_most_the_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

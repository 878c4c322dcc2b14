#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/process/ownership.h"
#include "hubmeter/usage.h"

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

static struct process *add(struct process_table *table, int32_t pid, int32_t parent, uint64_t start,
	struct server *server)
{
	struct process *process = process_table_add(table, pid, start);

	process->parent = parent;
	process->server = server;
	return process;
}

static void test_descendants_inherit(void **state)
{
	struct process_table table = {0};
	struct server server = {0};

	(void)state;
	add(&table, 50, 40, 9, NULL);
	add(&table, 40, 30, 8, NULL);
	add(&table, 30, 1, 7, &server);
	add(&table, 60, 61, 9, NULL); /* a cycle of reused pids */
	add(&table, 61, 60, 9, NULL);
	process_table_sort(&table);
	assert_ptr_equal(ownership_inherited(&table, process_table_find(&table, 50, 9)), &server);
	assert_null(ownership_inherited(&table, process_table_find(&table, 60, 9)));
	process_table_release(&table);
}

/* A parent never started after its child; the dead meant the dead, the living the living. */
static void test_parents_by_pid_and_time(void **state)
{
	struct process_table table = {0};
	struct process child = {.parent = 5, .start_ticks = 10};

	(void)state;
	add(&table, 5, 1, 20, NULL);
	process_table_sort(&table);
	assert_true(process_table_find_parent(&table, &child) == PROCESS_NONE);
	add(&table, 5, 1, 3, NULL)->has_exited = true;
	process_table_sort(&table);
	assert_int_equal(process_table_find_parent(&table, &child), 0);
	add(&table, 5, 1, 4, NULL);
	process_table_sort(&table);
	assert_int_equal(process_table_find_parent(&table, &child), 1);
	child.has_exited = true;
	assert_int_equal(process_table_find_parent(&table, &child), 0);
	assert_int_equal(process_table_find_live(&table, 5), 1);
	process_table_sweep(&table);
	assert_int_equal(table.count, 2);
	assert_true(process_table_find(&table, 5, 3) == PROCESS_NONE);
	process_table_release(&table);
}

static struct server *known(struct server **servers, int32_t pid, const char *user, uint32_t uid)
{
	struct server_identity identity = {strdup(user), strdup(""), strdup(""), strdup("")};
	struct server *server = server_add(servers, pid, 100, &identity);

	server->uid = uid;
	server->start_usec = 1000;
	return server;
}

static struct server *adopt(
	struct server *servers, const char *user, uint32_t uid, int64_t start_usec)
{
	struct process_table table = {0};
	struct server_identity identity = {
		.user = strdup(user), .name = strdup(""), .api_url = strdup("")};
	struct server *server = ownership_adopt(servers, &identity, uid, 1, start_usec, &table);

	server_identity_release(&identity);
	return server;
}

static void test_orphans_are_adopted(void **state)
{
	struct server *servers = NULL;
	struct server *ada = known(&servers, 10, "ada", 1000);
	struct server *bob = known(&servers, 11, "bob", 1001);

	(void)state;
	assert_ptr_equal(adopt(servers, "ada", 1000, 2000), ada);
	assert_ptr_equal(adopt(servers, "bob", 1000, 2000), ada); /* a claim is no proof */
	assert_ptr_equal(adopt(servers, "bob", 1001, 2000), bob);
	assert_null(adopt(servers, "bob", 1002, 2000));
	assert_null(adopt(servers, "eve", 1000, 2000));
	assert_null(adopt(servers, "ada", 1000, 999)); /* older than the server */
	ada->exit_usec = 5000;
	assert_ptr_equal(adopt(servers, "ada", 1000, 4000), ada);
	assert_null(adopt(servers, "ada", 1000, 6000)); /* the next server of that name */
	(void)known(&servers, 12, "eve", 1000);
	assert_null(adopt(servers, "bob", 1000, 2000)); /* two could be meant */
	servers_release(&servers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_environments),
		cmocka_unit_test(test_descendants_inherit),
		cmocka_unit_test(test_parents_by_pid_and_time),
		cmocka_unit_test(test_orphans_are_adopted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/process/whose/ownership.h"
#include "hubmeter/usage.h"

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

static struct server *known(struct server **servers, struct process_table *table, int32_t pid,
	const char *user, uint32_t uid)
{
	struct server_identity identity = {strdup(user), strdup(""), strdup(""), strdup("")};
	struct server *server = server_add(servers, pid, 100, &identity);

	server->uid = uid;
	server->start_usec = 1000;
	server->is_vouched = server->is_proven = server->is_own_account = true;
	add(table, pid, 5, 100, server);
	process_table_sort(table);
	return server;
}

static struct newcomer newcomer_of(const struct server_identity *claim, uint32_t uid)
{
	return (struct newcomer){.claim = claim, .uid = uid, .parent = 1, .start_usec = 2000};
}

static void test_one_server_of_a_name_at_a_time(void **state)
{
	char ada_name[] = "ada", none[] = "";
	struct server_identity claim = {.user = ada_name, .name = none, .api_url = none};
	struct newcomer newcomer = newcomer_of(&claim, 1000);
	struct process_table table = {0};
	struct server *servers = NULL;
	struct server *ada = known(&servers, &table, 10, "ada", 1000);
	struct process *own = &table.entry[0];

	(void)state;
	assert_ptr_equal(ownership_same_server(servers, &newcomer, false, &table), ada);
	assert_ptr_equal(ownership_same_server(servers, &newcomer, true, &table), ada);
	newcomer.start_usec = 999; /* older than the server */
	assert_null(ownership_same_server(servers, &newcomer, false, &table));
	newcomer = newcomer_of(&claim, 1001);
	assert_null(ownership_same_server(servers, &newcomer, false, &table));
	newcomer = newcomer_of(&claim, 1000);
	own->has_exited = true; /* at some moment since the last pass */
	assert_ptr_equal(ownership_same_server(servers, &newcomer, false, &table), ada);
	assert_null(ownership_same_server(servers, &newcomer, true, &table));
	own->has_exited = false;
	own->is_zombie = true;
	assert_null(ownership_same_server(servers, &newcomer, true, &table));
	ada->exit_usec = 5000;
	assert_ptr_equal(ownership_same_server(servers, &newcomer, false, &table), ada);
	newcomer.start_usec = 6000;
	assert_null(ownership_same_server(servers, &newcomer, false, &table));
	ada->has_own_cgroup = true; /* a container is one server as long as it is there */
	ada->cgroup = newcomer.cgroup = 7;
	assert_ptr_equal(ownership_same_server(servers, &newcomer, true, &table), ada);
	newcomer.cgroup = 8;
	assert_null(ownership_same_server(servers, &newcomer, true, &table));
	ada->cgroup = 8;
	ada->end_usec = 6000;
	assert_null(ownership_same_server(servers, &newcomer, true, &table));
	process_table_release(&table);
	servers_release(&servers);
}

static void test_an_account_of_ones_own(void **state)
{
	struct newcomer newcomer = newcomer_of(NULL, 1000);
	struct process_table table = {0};
	struct server *servers = NULL;
	struct server *first = known(&servers, &table, 10, "ada", 1000);
	struct server *second = known(&servers, &table, 11, "ada", 1000);
	struct server *third;

	(void)state;
	(void)known(&servers, &table, 12, "bob", 1001);
	second->start_usec = 1500;
	assert_ptr_equal(ownership_by_account(servers, &newcomer), second); /* the youngest */
	newcomer.start_usec = 1200;
	assert_ptr_equal(ownership_by_account(servers, &newcomer), first);
	newcomer.start_usec = 900; /* a session that was there before */
	assert_null(ownership_by_account(servers, &newcomer));
	newcomer = newcomer_of(NULL, 1000);
	newcomer.cgroup = 3; /* a session beside the hub's */
	assert_null(ownership_by_account(servers, &newcomer));
	newcomer = newcomer_of(NULL, 1002);
	assert_null(ownership_by_account(servers, &newcomer));
	newcomer = newcomer_of(NULL, 1000);
	third = known(&servers, &table, 13, "eve", 1000);
	assert_null(ownership_by_account(servers, &newcomer)); /* two could be meant */
	third->is_own_account = false;
	assert_ptr_equal(ownership_by_account(servers, &newcomer), second);
	second->end_usec = 1800;
	assert_ptr_equal(ownership_by_account(servers, &newcomer), first);
	process_table_release(&table);
	servers_release(&servers);
}

static void test_crowds_are_bounded(void **state)
{
	struct process_table table = {0};
	struct server *servers = NULL, *one = NULL;
	char name[] = "a";

	(void)state;
	for (int i = 0; i < CROWD_MAX; i++, name[0]++) {
		assert_null(ownership_crowd(servers, 1000));
		one = known(&servers, &table, 10 + i, name, 1000);
		assert_null(ownership_crowd(
			servers, 1000)); /* those that are vouched for don't count */
		one->is_vouched = one->is_proven = false;
	}
	assert_false(ownership_crowd(servers, 1000)->is_proven);
	assert_null(ownership_crowd(servers, 1001));
	one->end_usec = 7000;
	assert_null(ownership_crowd(servers, 1000));
	process_table_release(&table);
	servers_release(&servers);
}

/* One person with as many accounts as a user namespace has. */
static void test_crowds_of_many_accounts(void **state)
{
	struct process_table table = {0};
	struct server *servers = NULL, *one = NULL;
	char name[] = "a";

	(void)state;
	for (int32_t i = 0; i < CROWD_ALL_MAX; i++) {
		assert_null(ownership_crowd(servers, 100000 + (uint32_t)i));
		one = known(&servers, &table, 10 + i, name, 100000 + (uint32_t)i);
		one->is_vouched = one->is_proven = false;
	}
	assert_non_null(ownership_crowd(servers, 7));
	one->is_proven = true; /* by its account: takes in nobody else's */
	assert_null(ownership_crowd(servers, 7));
	process_table_release(&table);
	servers_release(&servers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descendants_inherit),
		cmocka_unit_test(test_parents_by_pid_and_time),
		cmocka_unit_test(test_one_server_of_a_name_at_a_time),
		cmocka_unit_test(test_an_account_of_ones_own),
		cmocka_unit_test(test_crowds_are_bounded),
		cmocka_unit_test(test_crowds_of_many_accounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

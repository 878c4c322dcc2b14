/* How many workloads a source says that it meters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/systemd/systemd_source.h"
#include "tests/unit/collector/fake_cgroups.h"

#define SECOND 1000000
#define ADA    "system.slice/jupyter-ada-singleuser.service"
#define BOB    "system.slice/jupyter-bob.service"
#define SSH    "system.slice/ssh.service"

static const struct source_ops *const only_systemd[] = {&systemd_source_ops, NULL};

static void note_count(void *context, const char *source, size_t count)
{
	assert_string_equal(source, "systemd");
	*(size_t *)context = count;
}

static void assert_meters(const struct fake_node *node, size_t count)
{
	size_t said = SIZE_MAX;

	meter_count(node->meter, note_count, &said);
	assert_int_equal(said, count);
}

/* Servers; neither other units nor the slices around them, nor those that ended. */
static void test_servers_that_live(void **state)
{
	struct fake_node *node = fake_node_new(FAKE_UNIFIED, only_systemd);

	(void)state;
	fake_make_cgroup(node, "system.slice", 0);
	fake_make_cgroup(node, SSH, 40);
	fake_pass(node, 0);
	assert_meters(node, 0);
	fake_make_cgroup(node, ADA, 50);
	fake_make_cgroup(node, BOB, 60);
	fake_pass(node, 10 * SECOND);
	assert_meters(node, 2);
	fake_remove_cgroup(node, ADA);
	fake_pass(node, 10 * SECOND);
	assert_meters(node, 1);
	fake_node_free(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_servers_that_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is printed of a node on which one server is known and another one only claims to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/explain.h"
#include "collector/source/process/process_source.h"
#include "tests/unit/collector/fake_machine.h"

#define HUB_PID 10

static const struct source_ops *const only_process[] = {&process_source_ops, NULL};

static void print(struct fake_machine *machine, char *text, size_t size)
{
	struct config config = {.hub = (char[]){""},
		.node = (char[]){"node-1"},
		.resource_class = (char[]){"c"},
		.api_url = (char[]){""},
		.proc = machine->path,
		.memory_interval = 60000000};
	FILE *out = fmemopen(text, size, "w");

	assert_non_null(out);
	assert_int_equal(explain(&config, only_process, out), 0);
	fclose(out);
}

static void test_whose_and_how_it_is_known(void **state)
{
	struct fake_machine machine;
	char text[4096] = "";

	(void)state;
	fake_machine_init(&machine);
	fake_start(&machine, 1, 0, 0, "");
	fake_start(&machine, HUB_PID, 1, 0, "");
	fake_start(&machine, 20, HUB_PID, 1000,
		"JUPYTERHUB_USER=ada\nJUPYTERHUB_SERVER_NAME=lab\nHUBMETER_TAG=physics\n");
	fake_start(&machine, 30, 1, 1001, "JUPYTERHUB_USER=bob\n");
	print(&machine, text, sizeof(text));
	assert_non_null(strstr(text, "\nprocess  ada   lab     physics         0 "));
	assert_non_null(strstr(text, "  process 20 of account 1000  its parent may say so\n"));
	assert_non_null(strstr(text, "process 30 of account 1001  unproven"));
	assert_null(strstr(text, "bob"));
	assert_non_null(strstr(text, "\nnode node-1: 0 ms of CPU in 1"));
	fake_machine_release(&machine);
}

static void test_nobody(void **state)
{
	struct fake_machine machine;
	char text[4096] = "";

	(void)state;
	fake_machine_init(&machine);
	fake_start(&machine, 1, 0, 0, "");
	print(&machine, text, sizeof(text));
	assert_non_null(strstr(text, "no server is seen on this node\n"));
	fake_machine_release(&machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose_and_how_it_is_known),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a collector says of processes that it has no right to see. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/meter/meter.h"
#include "collector/source/process/process_source.h"
#include "tests/unit/collector/fake_machine.h"

#define NOBODY 65534
#define HOUR   SIGHT_PAUSE_USEC
#define BOTH   ((1ull << 19) | (1ull << 2))

static const struct source_ops *const only_process[] = {&process_source_ops, NULL};

static bool is_news(struct sight_watch watch, size_t unreadable, bool lists_init, int64_t after)
{
	struct sight now = {.processes = 10, .unreadable = unreadable, .lists_init = lists_init};

	return sight_is_news(&watch, &now, (watch.said_usec ? watch.said_usec : 1) + after);
}

static void test_what_is_news(void **state)
{
	struct sight_watch fresh = {.is_known = true, .said = {.lists_init = true}};
	struct sight_watch said = {
		.is_known = true, .said = {10, 4, 0, true}, .said_usec = 5 * HOUR};
	struct sight_watch root = {.is_known = true, .capabilities = BOTH};

	(void)state;
	assert_false(is_news(fresh, 0, true, 0));
	assert_true(is_news(fresh, 1, true, 0));
	assert_true(is_news(fresh, 0, false, 0)); /* hidden from us */
	assert_false(is_news(root, 0, false, 0)); /* no init to be seen, and nothing hidden */
	assert_false(is_news(said, 4, true, HOUR));
	assert_false(is_news(said, 8, true, HOUR));
	assert_true(is_news(said, 9, true, HOUR));
	assert_true(is_news(said, 0, true, HOUR));
	assert_false(is_news(said, 0, true, HOUR - 1));
}

static void test_what_is_missing(void **state)
{
	static const struct {
		uint64_t capabilities;
		const char *missing;
	} cases[] = {
		{0, "CAP_SYS_PTRACE,CAP_DAC_READ_SEARCH"},
		{1ull << 2, "CAP_SYS_PTRACE"},
		{1ull << 1, "CAP_SYS_PTRACE"}, /* CAP_DAC_OVERRIDE opens files too */
		{1ull << 19, "CAP_DAC_READ_SEARCH"},
		{BOTH, "none"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sight_watch watch = {
			.is_known = true, .capabilities = cases[i].capabilities};

		assert_string_equal(sight_missing(&watch), cases[i].missing);
	}
	assert_string_equal(sight_missing(&(struct sight_watch){0}), "unknown");
}

/* Files are for everybody, but environments for their owner, as in the kernel's /proc. */
static int open_up(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	if (strcmp(path + ftw->base, "environ") != 0)
		assert_int_equal(chmod(path, type == FTW_F ? 0644 : 0755), 0);
	return 0;
}

static void start_machine(struct fake_machine *machine)
{
	static const char status[] = "Name:\tx\nCapEff:\t0000000000000000\n";
	char path[192];

	fake_machine_init(machine);
	fake_start(machine, 1, 0, 0, "");
	fake_start(machine, 9, 1, 0, "");
	fake_start(machine, 10, 9, 0, "JUPYTERHUB_USER=ada\nJUPYTERHUB_API_URL=http://h\n");
	fake_start(machine, 11, 9, NOBODY, "JUPYTERHUB_USER=bob\nJUPYTERHUB_API_URL=http://h\n");
	snprintf(path, sizeof(path), "%s/11/environ", machine->path);
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	fake_mkdir(machine, "self");
	fake_write(machine, "self/status", status, strlen(status));
	assert_int_equal(nftw(machine->path, open_up, 8, FTW_PHYS), 0);
}

static void stop_machine(struct fake_machine *machine)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/self/status", machine->path);
	(void)remove(path);
	snprintf(path, sizeof(path), "%s/self", machine->path);
	(void)remove(path);
	fake_machine_release(machine);
}

static void meter_as(struct fake_machine *machine, const char *proc, uid_t uid, int passes)
{
	struct config config = {.hub = (char[]){"h"},
		.node = (char[]){"n"},
		.resource_class = (char[]){"c"},
		.api_url = (char[]){""},
		.proc = (char *)(uintptr_t)proc,
		.memory_interval = 30000000};
	struct meter *meter;

	assert_int_equal(seteuid(uid), 0);
	assert_int_equal(meter_new(&config, &machine->clock, only_process, &meter), 0);
	for (int i = 0; i < passes; i++) {
		machine->boottime_usec += 10000000;
		assert_int_equal(meter_pass(meter), 0);
	}
	meter_free(meter);
	assert_int_equal(seteuid(0), 0);
}

/* What is said on standard error meanwhile. */
static void listen(struct fake_machine *machine, const char *proc, uid_t uid, int passes, char *ret,
	size_t size)
{
	FILE *file = tmpfile();
	int old = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	meter_as(machine, proc, uid, passes);
	assert_true(dup2(old, STDERR_FILENO) >= 0);
	close(old);
	rewind(file);
	n = fread(ret, 1, size - 1, file);
	ret[n] = '\0';
	fclose(file);
}

static void test_said_once_with_what_is_missing(void **state)
{
	struct fake_machine machine;
	char said[4096];

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: needs root, to become somebody else\n");
		skip();
	}
	start_machine(&machine);
	listen(&machine, machine.path, NOBODY, 5, said, sizeof(said));
	assert_non_null(strstr(said, "<4>event=processes_unreadable "
				     "missing=CAP_SYS_PTRACE,CAP_DAC_READ_SEARCH unreadable=3 of=4 "
				     "hidden=no estimated=0 "));
	assert_ptr_equal(strchr(said, '\n') + 1, strchr(said, '\0'));
	listen(&machine, machine.path, 0, 5, said, sizeof(said));
	assert_string_equal(said, "");
	stop_machine(&machine);
}

static void test_the_kernel_refuses_nobody_as_the_stand_in_does(void **state)
{
	struct fake_machine machine;
	char said[4096];

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: needs root, to become somebody else\n");
		skip();
	}
	start_machine(&machine);
	listen(&machine, "/proc", NOBODY, 3, said, sizeof(said));
	assert_non_null(strstr(said, "event=processes_unreadable "
				     "missing=CAP_SYS_PTRACE,CAP_DAC_READ_SEARCH unreadable="));
	assert_ptr_equal(strchr(said, '\n') + 1, strchr(said, '\0'));
	stop_machine(&machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_news),
		cmocka_unit_test(test_what_is_missing),
		cmocka_unit_test(test_said_once_with_what_is_missing),
		cmocka_unit_test(test_the_kernel_refuses_nobody_as_the_stand_in_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

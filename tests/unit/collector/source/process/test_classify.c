/* Whether processes are looked at, and environments of any length, on a machine that stands still.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/meter/meter.h"
#include "collector/source/process/process_source.h"
#include "tests/unit/collector/fake_machine.h"

static char hub[] = "h", node[] = "n", resource_class[] = "c", api_url[] = "http://h";
static const struct source_ops *const only_process[] = {&process_source_ops, NULL};

#define HUB_PID 10

struct bench {
	struct fake_machine machine;
	struct config config;
	struct meter *meter;
	struct hm_batch batch; /* the last one taken */
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	fake_machine_init(&bench->machine);
	fake_start(&bench->machine, 1, 0, 0, "");
	fake_start(&bench->machine, HUB_PID, 1, 0, "JUPYTERHUB_USER=\n");
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.api_url = api_url,
		.proc = bench->machine.path,
		.memory_interval = 30000000};
	assert_int_equal(
		meter_new(&bench->config, &bench->machine.clock, only_process, &bench->meter), 0);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	meter_free(bench->meter);
	fake_machine_release(&bench->machine);
	free(bench);
	return 0;
}

static void pass_after(struct bench *bench, int64_t msec)
{
	bench->machine.boottime_usec += msec * 1000;
	fake_publish(&bench->machine);
	assert_int_equal(meter_pass(bench->meter), 0);
}

static void pass_and_take(struct bench *bench, int64_t msec)
{
	pass_after(bench, msec);
	assert_int_equal(meter_close_window(bench->meter, &bench->batch), 0);
	meter_commit_window(bench->meter);
}

/* An environment of @size bytes, with @last as its last variable. */
static void start_with_environ(struct bench *bench, int32_t pid, size_t size, const char *last)
{
	static const char first[] = "JUPYTERHUB_API_URL=http://h";
	char name[32];
	char *text = malloc(size);

	assert_non_null(text);
	memset(text, 'x', size);
	memcpy(text, first, sizeof(first));
	text[size - strlen(last) - 2] = '\0';
	memcpy(text + size - strlen(last) - 1, last, strlen(last) + 1);
	fake_start(&bench->machine, pid, HUB_PID, 1000, "");
	snprintf(name, sizeof(name), "%d/environ", pid);
	fake_write(&bench->machine, name, text, size);
	free(text);
}

static size_t n_rows_of(const struct bench *bench, const char *user)
{
	size_t n = 0;

	for (size_t i = 0; i < bench->batch.n_rows; i++)
		n += strcmp(bench->batch.strings[bench->batch.user[i]], user) == 0;
	return n;
}

static void test_the_last_variable_of_a_long_environment(void **state)
{
	static const size_t sizes[] = {4096, 2400000, PROCESS_ENVIRON_MAX - 1};
	static const char *const names[] = {
		"JUPYTERHUB_USER=ada", "JUPYTERHUB_USER=bob", "JUPYTERHUB_USER=eve"};
	struct bench *bench = *state;

	pass_after(bench, 0);
	for (size_t i = 0; i < 3; i++)
		start_with_environ(bench, 20 + (int32_t)i, sizes[i], names[i]);
	pass_and_take(bench, 10000);
	assert_int_equal(bench->batch.n_rows, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(n_rows_of(bench, strchr(names[i], '=') + 1), 1);
}

/* The kernel lets nobody exec with one; where it comes from somewhere, it is said, not guessed. */
static void test_an_environment_without_end(void **state)
{
	struct bench *bench = *state;
	FILE *file = tmpfile();
	int old = dup(STDERR_FILENO);
	char said[1024] = "";

	pass_after(bench, 0);
	start_with_environ(bench, 20, PROCESS_ENVIRON_MAX + 10, "JUPYTERHUB_USER=ada-and-bob");
	start_with_environ(bench, 21, PROCESS_ENVIRON_MAX + 10, "JUPYTERHUB_USER=ada-and-bob");
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	pass_and_take(bench, 10000);
	pass_and_take(bench, 10000);
	assert_true(dup2(old, STDERR_FILENO) >= 0);
	close(old);
	rewind(file);
	said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
	fclose(file);
	assert_int_equal(bench->batch.n_rows, 0);
	assert_non_null(strstr(said, "<4>event=environ_too_long pid=20 read=6291456 "));
	assert_ptr_equal(strchr(said, '\n') + 1, strchr(said, '\0'));
}

/* Where all servers have cgroups nobody looks at processes, and they are the system's. */
static void test_only_cgroups(void **state)
{
	const struct config only = {.only_cgroups = true};
	const struct source_context context = {.config = &only, .clock = &clock_system};
	void *source = NULL;

	(void)state;
	assert_int_equal(process_source_ops.init(&context, &source), -ENOENT);
	assert_null(source);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_the_last_variable_of_a_long_environment),
		TEST(test_an_environment_without_end),
		cmocka_unit_test(test_only_cgroups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Memory is read of a whole tree at one moment, as often as needed and no longer than allowed. */
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

static char hub[] = "h", node[] = "n", resource_class[] = "c", api_url[] = "";
static const struct source_ops *const only_process[] = {&process_source_ops, NULL};

#define ADA	"JUPYTERHUB_USER=ada\n"
#define HUB_PID 10

struct bench {
	struct fake_machine machine;
	struct config config;
	struct meter *meter;
	int64_t read_takes_usec; /* every look at the clock */
	uint64_t mib_sec;	 /* of all rows taken */
	uint32_t flags;
};

static int64_t slow_boottime(void *context)
{
	struct bench *bench = context;

	bench->machine.boottime_usec += bench->read_takes_usec;
	return bench->machine.boottime_usec;
}

static int64_t realtime(void *context)
{
	struct bench *bench = context;

	return FAKE_BOOTED_USEC + bench->machine.boottime_usec;
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	fake_machine_init(&bench->machine);
	bench->machine.clock = (struct clock){realtime, slow_boottime, slow_boottime, bench};
	fake_start(&bench->machine, 1, 0, 0, "");
	fake_start(&bench->machine, HUB_PID, 1, 0, "");
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.api_url = api_url,
		.proc = bench->machine.path,
		.memory_interval = 60000000};
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

static void pass_and_take(struct bench *bench, int64_t seconds)
{
	struct hm_batch batch;

	bench->machine.boottime_usec += seconds * 1000000;
	fake_publish(&bench->machine);
	assert_int_equal(meter_pass(bench->meter), 0);
	bench->mib_sec = 0;
	bench->flags = 0;
	if (meter_close_window(bench->meter, &batch) == -EAGAIN)
		return;
	for (size_t i = 0; i < batch.n_rows; i++) {
		bench->mib_sec += batch.quantity[HM_QUANTITY_MEMORY_USED_MIB_SEC][i];
		bench->flags |= batch.flags[i];
	}
	meter_commit_window(bench->meter);
}

/* Kernels forked off one after the other: what one no longer counts another one does. */
static void test_staggered_forks(void **state)
{
	struct bench *bench = *state;

	pass_and_take(bench, 0);
	fake_start(&bench->machine, 20, HUB_PID, 1000, ADA);
	fake_write_memory(&bench->machine, 20, 1024, 1024);
	pass_and_take(bench, 10);
	for (unsigned int n = 2; n <= 7; n++) {
		fake_start(&bench->machine, 19 + (int32_t)n, 20, 1000, "");
		for (unsigned int i = 0; i < n; i++)
			fake_write_memory(&bench->machine, 20 + (int32_t)i, 1024, 1024 / n);
		pass_and_take(bench, 10);
		assert_in_range(bench->mib_sec, 10 * 1018, 10 * 1024); /* whole MiB of 1024 / n */
	}
	for (unsigned int n = 6; n >= 1; n--) { /* and go again */
		fake_end(&bench->machine, fake_find(&bench->machine, 20 + (int32_t)n), true);
		for (unsigned int i = 0; i < n; i++)
			fake_write_memory(&bench->machine, 20 + (int32_t)i, 1024, 1024 / n);
		pass_and_take(bench, 10);
		assert_in_range(bench->mib_sec, 10 * 1018, 10 * 1024);
	}
	assert_int_equal(bench->flags & HM_FLAG_ESTIMATED, 0);
}

/* Read again when its time has come; between two samples there is their mean. */
static void test_levels(void **state)
{
	struct bench *bench = *state;

	pass_and_take(bench, 0);
	fake_start(&bench->machine, 20, HUB_PID, 1000, ADA);
	pass_and_take(bench, 10);
	assert_int_equal(bench->mib_sec, 500); /* from nothing to 100 MiB */
	pass_and_take(bench, 10);
	assert_int_equal(bench->mib_sec, 1000);
	fake_write_memory(&bench->machine, 20, 300, 300);
	pass_and_take(bench, 40);
	assert_int_equal(bench->mib_sec, 4000); /* nobody looked */
	pass_and_take(bench, 10);
	assert_int_equal(bench->mib_sec, 2000);
	pass_and_take(bench, 10);
	assert_int_equal(bench->mib_sec, 3000);
	fake_end(&bench->machine, fake_find(&bench->machine, 20), true);
	pass_and_take(bench, 1);
	assert_int_equal(bench->mib_sec, 300);
}

static void test_large_ones_by_rss(void **state)
{
	struct bench *bench = *state;

	pass_and_take(bench, 0);
	fake_start(&bench->machine, 20, HUB_PID, 1000, ADA);
	fake_write_memory(&bench->machine, 20, 4096, 4000);
	pass_and_take(bench, 10);
	pass_and_take(bench, 10);
	assert_int_equal(bench->mib_sec, 40000);
	assert_int_equal(bench->flags & HM_FLAG_ESTIMATED, 0);
	fake_write_memory(&bench->machine, 20, 4097, 4000);
	pass_and_take(bench, 60);
	pass_and_take(bench, 10);
	assert_int_equal(bench->mib_sec, 40970);
	assert_true(bench->flags & HM_FLAG_ESTIMATED);
}

/* A look at the clock takes 40 ms here: two trees a pass are read, the others later, in turn. */
static void test_late_ones(void **state)
{
	struct bench *bench = *state;
	char environ[64];

	pass_and_take(bench, 0);
	for (int i = 0; i < 5; i++) {
		snprintf(environ, sizeof(environ), "JUPYTERHUB_USER=u%d\n", i);
		fake_start(&bench->machine, 20 + i, HUB_PID, 1000, environ);
	}
	bench->read_takes_usec = 40000;
	pass_and_take(bench, 9);
	assert_true(bench->flags & HM_FLAG_ESTIMATED);
	pass_and_take(bench, 9);
	assert_true(bench->flags & HM_FLAG_ESTIMATED);
	for (int i = 0; i < 3; i++)
		pass_and_take(bench, 9);
	assert_int_equal(bench->flags & HM_FLAG_ESTIMATED, 0);
	assert_in_range(bench->mib_sec, 5 * 900, 5 * 1000);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_staggered_forks),
		TEST(test_levels),
		TEST(test_large_ones_by_rss),
		TEST(test_late_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

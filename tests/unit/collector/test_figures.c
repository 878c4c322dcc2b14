/* What is shown of a meter, a spool and a publisher that nobody answers; and who is told of it. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/figures.h"
#include "collector/source/process/process_source.h"
#include "common/log.h"
#include "tests/unit/collector/fake_machine.h"

#define ADA "JUPYTERHUB_USER=ada\nJUPYTERHUB_SERVER_NAME=\nJUPYTERHUB_API_URL=http://h\n"

#define HUB_PID 10
#define ADA_PID 20

static const struct source_ops *const only_process[] = {&process_source_ops, NULL};

struct bench {
	struct fake_machine machine;
	struct config config;
	char path[64];
	struct spool spool;
	struct meter *meter;
	struct publisher *publisher;
	struct window_writer writer;
	struct figures figures;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Nobody listens there: what is spooled stays. */
static void start_publisher(struct bench *bench)
{
	static char name[] = "bootstrap.servers", value[] = "127.0.0.1:1";
	static struct option_pair nowhere[] = {{name, value}};
	static const struct option_pairs pairs = {.pair = nowhere, .count = 1};
	const struct publisher_config config = {.hub = "h",
		.node = "n",
		.kafka = &pairs,
		.clock = &bench->machine.clock,
		.boot_id = meter_boot_id(bench->meter)};
	char error[256];

	assert_int_equal(
		publisher_new(&config, &bench->spool, 0, error, sizeof(error), &bench->publisher),
		0);
}

static int set_up(void **state)
{
	static char hub[] = "h", node[] = "n", resource_class[] = "c", api_url[] = "http://h";
	struct bench *bench = calloc(1, sizeof(*bench));
	struct buffer last = BUFFER_INIT(SPOOL_RECORD_MAX_SIZE);
	struct spool_config spooling = {
		.directory = bench->path, .segment_size = 4096, .max_size = 1 << 20};

	log_set_threshold((enum log_priority)0);
	fake_machine_init(&bench->machine);
	fake_start(&bench->machine, 1, 0, 0, "");
	fake_start(&bench->machine, HUB_PID, 1, 0, "JUPYTERHUB_USER=\n");
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.api_url = api_url,
		.proc = bench->machine.path};
	strcpy(bench->path, "/tmp/figures-XXXXXX");
	assert_non_null(mkdtemp(bench->path));
	assert_int_equal(spool_open(&bench->spool, &spooling, &last), 0);
	assert_int_equal(
		meter_new(&bench->config, &bench->machine.clock, only_process, &bench->meter), 0);
	window_writer_init(&bench->writer, bench->meter, &bench->spool);
	start_publisher(bench);
	bench->figures = (struct figures){.listen = "127.0.0.1:0",
		.clock = &bench->machine.clock,
		.meter = bench->meter,
		.writer = &bench->writer,
		.publisher = bench->publisher};
	buffer_release(&last);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	figures_release(&bench->figures);
	publisher_free(bench->publisher);
	window_writer_release(&bench->writer);
	meter_free(bench->meter);
	spool_close(&bench->spool);
	fake_machine_release(&bench->machine);
	(void)nftw(bench->path, remove_one, 8, FTW_DEPTH | FTW_PHYS); /* it is there */
	free(bench);
	return 0;
}

/* @line is a whole line of the last page. */
static bool says(const struct figures *figures, const char *line)
{
	char whole[128];

	(void)snprintf(whole, sizeof(whole), "\n%s\n", line); /* fits */
	return memmem(figures->page.text.data, figures->page.text.size, whole, strlen(whole));
}

static bool mentions(const struct figures *figures, const char *name)
{
	return memmem(figures->page.text.data, figures->page.text.size, name, strlen(name));
}

static void meter_a_window(struct bench *bench)
{
	bench->machine.boottime_usec += 1000000;
	fake_publish(&bench->machine);
	assert_int_equal(meter_pass(bench->meter), 0);
	assert_int_equal(window_writer_write(&bench->writer), 0);
}

static void test_what_is_shown(void **state)
{
	struct bench *bench = *state;
	struct figures *figures = &bench->figures;
	char line[128];

	figures_init(figures);
	assert_non_null(figures->endpoint);
	fake_start(&bench->machine, ADA_PID, HUB_PID, 1000, ADA);
	meter_a_window(bench);
	meter_a_window(bench);
	figures_add_sample(figures, true, 1500000);
	figures_add_sample(figures, false, 250000);
	figures_add_sample(figures, false, 250000);
	figures_add_lag(figures, 250000);
	figures_add_lag(figures, -7);
	publisher_work(bench->publisher, 0);
	figures_look(figures, 4711);
	figures_tell(figures, false);
	assert_true(says(figures, "hubmeter_collector_samples_total 1"));
	assert_true(says(figures, "hubmeter_collector_sample_failures_total 2"));
	assert_true(says(figures, "hubmeter_collector_sample_seconds_total 2.000000"));
	assert_true(says(figures, "hubmeter_collector_sample_lag_seconds_total 0.250000"));
	assert_true(says(figures, "hubmeter_collector_workloads{source=\"process\"} 1"));
	assert_true(says(figures, "hubmeter_collector_spool_bytes 4711"));
	assert_true(says(figures, "hubmeter_collector_spool_max_bytes 1048576"));
	assert_true(says(figures, "hubmeter_collector_spool_full 0"));
	assert_true(says(figures, "hubmeter_collector_up{of=\"spool\"} 1"));
	assert_false(mentions(figures, "gpu"));
	(void)snprintf(line, sizeof(line), "hubmeter_collector_records_written_total %u",
		(unsigned)spool_last_sequence(&bench->spool));
	assert_true(spool_last_sequence(&bench->spool) > 0);
	assert_true(says(figures, line));
	(void)snprintf(line, sizeof(line), "hubmeter_collector_spool_records %u",
		(unsigned)spool_last_sequence(&bench->spool));
	assert_true(says(figures, line));
}

/* The first record waits since its window ended, however many follow it and are tried again. */
static void test_since_when_it_waits(void **state)
{
	struct bench *bench = *state;
	struct figures *figures = &bench->figures;
	char line[128];

	figures_init(figures);
	assert_int_equal(meter_pass(bench->meter), 0);
	meter_a_window(bench);
	(void)snprintf(line, sizeof(line),
		"hubmeter_collector_spool_oldest_timestamp_seconds %lld.%06lld",
		(long long)(clock_realtime_usec(figures->clock) / 1000000),
		(long long)(clock_realtime_usec(figures->clock) % 1000000));
	publisher_work(bench->publisher, 0);
	meter_a_window(bench);
	publisher_work(bench->publisher, 1000000);
	figures_look(figures, 1);
	figures_tell(figures, false);
	assert_true(says(figures, line));
	assert_int_equal(spool_ack(&bench->spool, 1), 0);
	figures_look(figures, 1);
	figures_tell(figures, false);
	assert_false(mentions(figures, "spool_oldest_timestamp_seconds")); /* not known yet */
	publisher_work(bench->publisher, 2000000);
	figures_look(figures, 1);
	figures_tell(figures, false);
	assert_false(says(figures, line));
	assert_int_equal(spool_ack(&bench->spool, spool_last_sequence(&bench->spool)), 0);
	figures_look(figures, 1);
	figures_tell(figures, false);
	assert_false(mentions(figures, "spool_oldest_timestamp_seconds"));
	assert_true(says(figures, "hubmeter_collector_spool_records 0"));
}

static void test_what_is_wrong_is_shown(void **state)
{
	struct bench *bench = *state;
	struct figures *figures = &bench->figures;

	figures_init(figures);
	meter_a_window(bench);
	meter_a_window(bench);
	bench->writer.full_until = spool_last_sequence(&bench->spool);
	bench->writer.n_missing = 2;
	bench->spool.n_lost = 1;
	figures_look(figures, 1);
	figures_tell(figures, true);
	assert_true(says(figures, "hubmeter_collector_spool_full 1"));
	assert_true(says(figures, "hubmeter_collector_records_lost_total 3"));
	assert_true(says(figures, "hubmeter_collector_up{of=\"spool\"} 0"));
	assert_int_equal(spool_ack(&bench->spool, spool_last_sequence(&bench->spool)), 0);
	figures_look(figures, 1);
	bench->writer.is_failing = true;
	figures_tell(figures, false);
	assert_true(says(figures, "hubmeter_collector_spool_full 0"));
	assert_true(says(figures, "hubmeter_collector_up{of=\"spool\"} 0"));
}

static void test_nobody_asks(void **state)
{
	struct bench *bench = *state;
	struct figures *figures = &bench->figures;

	figures->listen = "";
	figures_init(figures);
	meter_a_window(bench);
	figures_add_sample(figures, true, 1);
	figures_look(figures, 1);
	figures_tell(figures, false);
	assert_false(figures_are_wanted(figures));
	assert_null(figures->endpoint);
	assert_null(figures->page.text.data);
}

/* While something is sent there is a page a second, not one for each record. */
static void test_a_page_a_second(void **state)
{
	struct bench *bench = *state;
	struct figures *figures = &bench->figures;

	figures_init(figures);
	figures_tell(figures, false);
	figures_look(figures, 1);
	assert_true(says(figures, "hubmeter_collector_spool_bytes 0"));
	bench->machine.boottime_usec += FIGURES_PAGE_USEC;
	figures_look(figures, 2);
	assert_true(says(figures, "hubmeter_collector_spool_bytes 2"));
}

static void test_an_address_that_is_free_again(void **state)
{
	struct bench *bench = *state;
	struct figures *figures = &bench->figures;
	struct endpoint *other;
	char address[32];

	assert_int_equal(endpoint_new("127.0.0.1:0", &other), 0);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", (unsigned)endpoint_port(other));
	figures->listen = address;
	figures_init(figures);
	assert_null(figures->endpoint);
	assert_true(figures->is_refused);
	figures_tell(figures, false);
	assert_null(figures->endpoint);
	endpoint_free(other);
	bench->machine.boottime_usec += FIGURES_AGAIN_USEC - 1;
	figures_tell(figures, false);
	assert_null(figures->endpoint);
	bench->machine.boottime_usec += 1;
	figures_tell(figures, false);
	assert_non_null(figures->endpoint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_shown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_since_when_it_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_wrong_is_shown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_asks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_page_a_second, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_an_address_that_is_free_again, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

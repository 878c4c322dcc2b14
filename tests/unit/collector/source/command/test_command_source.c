/* The meter with a real script: what it reports leaves once, whatever fails in between. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/meter/meter.h"
#include "collector/source/command/command_source.h"
#include "common/log.h"
#include "proto/validate.h"
#include "tests/unit/collector/fake_machine.h"

#define HEADER	 "hub,node,workload,kind,username,server,tag,class,start,end,cpu_core_seconds\n"
#define DAY(day) "2026-09-" day "T00:00:00Z,2026-09-" day "T06:00:00Z"
#define JOB1	 "h,c1,1,job,ada,,,big," DAY("01") ",3600\n"
#define JOB2	 "h,c2,2,job,bob,,,big," DAY("02") ",1800.5\n"
#define JOB3	 "h,c1,3,job,ada,,,big," DAY("03") ",7\n"

static char hub[] = "h", node[] = "n", resource_class[] = "c", csv[] = "csv", none[] = "";

static const struct source_ops *const only_command[] = {&command_source_ops, NULL};

struct bench {
	struct fake_machine machine;
	struct config config;
	struct meter *meter;
	char script[80];
	uint64_t ada_usec, bob_usec;
	size_t n_imported; /* batches */
};

static void write_file(const struct bench *bench, const char *text)
{
	FILE *file = fopen(bench->script, "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(bench->script, 0700), 0);
}

static void write_script(const struct bench *bench, const char *rows)
{
	char text[2048];

	snprintf(text, sizeof(text), "#!/bin/sh\ncat <<'END'\n" HEADER "%sEND\n", rows);
	write_file(bench, text);
}

static void open_meter(struct bench *bench)
{
	assert_int_equal(
		meter_new(&bench->config, &bench->machine.clock, only_command, &bench->meter), 0);
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	log_set_threshold(LOG_PRIORITY_ERROR - 1);
	fake_machine_init(&bench->machine);
	snprintf(bench->script, sizeof(bench->script), "%s.script", bench->machine.path);
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.proc = bench->machine.path,
		.command = bench->script,
		.command_file = none,
		.command_format = csv,
		.command_timeout = 30000000,
		.publish_interval = 60000000};
	open_meter(bench);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	meter_free(bench->meter);
	(void)unlink(bench->script);
	fake_machine_release(&bench->machine);
	free(bench);
	return 0;
}

static void pass_and_wait(struct bench *bench, int64_t usec)
{
	fake_publish(&bench->machine);
	assert_int_equal(meter_pass(bench->meter), 0);
	bench->machine.boottime_usec += usec;
}

/* One pass in its publish_interval. */
static void pass(struct bench *bench)
{
	pass_and_wait(bench, 60000000);
}

/* Start it, wait until it is over, and let the next pass book what it said. */
static void run_once(struct bench *bench)
{
	struct pollfd pfd = {.fd = meter_event_fd(bench->meter), .events = POLLIN};

	pass_and_wait(bench, 1);
	do
		assert_int_equal(poll(&pfd, 1, 30000), 1);
	while (!meter_on_event(bench->meter));
	pass(bench);
}

static void add_up(struct bench *bench, struct hm_batch *batch)
{
	struct hm_wire_limits limits = {.now_usec = fake_realtime(&bench->machine),
		.max_age_usec = 3600000000,
		.max_future_usec = 1};

	batch->sequence = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(batch, &limits)), "none");
	bench->n_imported += hm_batch_is_imported(batch);
	for (size_t i = 0; i < batch->n_rows; i++) {
		uint64_t used = batch->quantity[HM_QUANTITY_CPU_USED_USEC][i];

		if (strcmp(batch->strings[batch->user[i]], "ada") == 0)
			bench->ada_usec += used;
		else
			bench->bob_usec += used;
	}
}

/* Everything that is to be sent; commit but for the last @n_failing batches. */
static void take(struct bench *bench)
{
	struct hm_batch batch;
	int r;

	while ((r = meter_close_window(bench->meter, &batch)) == 0) {
		add_up(bench, &batch);
		meter_commit_window(bench->meter);
	}
	assert_int_equal(r, -EAGAIN);
	assert_false(meter_has_more(bench->meter));
}

static void restart(struct bench *bench, const struct buffer *state)
{
	meter_free(bench->meter);
	open_meter(bench);
	assert_int_equal(meter_restore(bench->meter, state->data, state->size), 0);
}

static void test_each_interval_leaves_once(void **state)
{
	struct bench *bench = *state;

	write_script(bench, JOB1);
	run_once(bench);
	take(bench);
	assert_int_equal(bench->ada_usec, 3600000000);
	assert_int_equal(bench->n_imported, 1);
	write_script(bench, JOB1 JOB2);
	run_once(bench);
	take(bench);
	run_once(bench);
	take(bench);
	assert_int_equal(bench->ada_usec, 3600000000);
	assert_int_equal(bench->bob_usec, 1800500000);
	assert_int_equal(bench->n_imported, 2);
}

/* Killed at any record: what that one says is what the next collector goes on behind. */
static void test_restart_behind_any_batch(void **state)
{
	struct bench *bench = *state;

	write_script(bench, JOB1 JOB2 JOB3);
	run_once(bench);
	for (int i = 0; i < 100; i++) {
		struct buffer saved = BUFFER_INIT(1 << 20);
		struct hm_batch batch, again;
		int r = meter_close_window(bench->meter, &batch);

		if (r == -EAGAIN)
			break;
		assert_int_equal(r, 0);
		assert_int_equal(meter_close_window(bench->meter, &again), 0); /* a failed write */
		assert_int_equal(again.n_rows, batch.n_rows);
		add_up(bench, &again);
		assert_int_equal(meter_save(bench->meter, &saved), 0);
		restart(bench, &saved);
		buffer_release(&saved);
	}
	run_once(bench);
	take(bench);
	assert_int_equal(bench->ada_usec, 3607000000);
	assert_int_equal(bench->bob_usec, 1800500000);
}

/* Nothing of an output that is wrong is booked, and all of it once it is right. */
static void test_wrong_output_costs_nothing(void **state)
{
	static const char *const wrong[] = {"#!/bin/sh\necho garbage\n",
		"#!/bin/sh\nprintf '" HEADER JOB1 "h,c1'\n",
		"#!/bin/sh\nprintf '" HEADER JOB1 "'; exit 1\n", "#!/bin/sh\nexec yes\n"};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		write_file(bench, wrong[i]);
		run_once(bench);
		take(bench);
		assert_int_equal(bench->n_imported, 0);
	}
	write_file(bench, "#!/nonexistent\n"); /* can't even be started */
	pass(bench);
	take(bench);
	assert_int_equal(bench->n_imported, 0);
	write_script(bench, JOB1);
	run_once(bench);
	take(bench);
	assert_int_equal(bench->ada_usec, 3600000000);
}

static void test_a_reboot_forgets_nothing_of_it(void **state)
{
	struct bench *bench = *state;
	struct buffer saved = BUFFER_INIT(1 << 20);

	write_script(bench, JOB1);
	run_once(bench); /* booked, not sent */
	assert_int_equal(meter_save(bench->meter, &saved), 0);
	fake_write_boot_id(&bench->machine, '2');
	bench->machine.step_usec += bench->machine.boottime_usec;
	bench->machine.boottime_usec = 5000000;
	restart(bench, &saved);
	buffer_release(&saved);
	run_once(bench);
	take(bench);
	assert_int_equal(bench->ada_usec, 3600000000);
}

static void test_a_file_instead(void **state)
{
	struct bench *bench = *state;

	meter_free(bench->meter);
	bench->config.command = none;
	bench->config.command_file = bench->script;
	open_meter(bench);
	pass(bench); /* not there yet */
	write_file(bench, HEADER JOB1);
	pass(bench);
	take(bench);
	pass(bench);
	take(bench);
	assert_int_equal(bench->ada_usec, 3600000000);
	write_file(bench, HEADER JOB1 JOB2);
	pass(bench);
	take(bench);
	assert_int_equal(bench->ada_usec, 3600000000);
	assert_int_equal(bench->bob_usec, 1800500000);
}

/* An output of many intervals leaves in parts, and a restart between two of them loses nothing. */
static void test_a_large_output_in_parts(void **state)
{
	struct bench *bench = *state;
	struct buffer saved = BUFFER_INIT(16 << 20);
	FILE *file;

	meter_free(bench->meter);
	bench->config.command = none;
	bench->config.command_file = bench->script;
	open_meter(bench);
	file = fopen(bench->script, "we");
	assert_non_null(file);
	fputs(HEADER, file);
	for (int i = 0; i < 5000; i++)
		fprintf(file, "h,c%d,%d,job,ada,,,big," DAY("01") ",2\n", i % 10, i);
	assert_int_equal(fclose(file), 0);
	pass(bench);
	take(bench);
	assert_true(bench->ada_usec > 0 && bench->ada_usec < 10000000000);
	assert_int_equal(meter_save(bench->meter, &saved), 0);
	restart(bench, &saved);
	buffer_release(&saved);
	for (int i = 0; i < 4; i++) {
		pass(bench);
		take(bench);
	}
	assert_int_equal(bench->ada_usec, 10000000000);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_each_interval_leaves_once),
		TEST(test_restart_behind_any_batch),
		TEST(test_wrong_output_costs_nothing),
		TEST(test_a_reboot_forgets_nothing_of_it),
		TEST(test_a_file_instead),
		TEST(test_a_large_output_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * From /proc/stat to the node row, whatever the counters of the node do meanwhile: what the kernel
 * measured leaves as it is, and what is the system's follows from it, but for what rows explain.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/meter/meter.h"
#include "collector/source/process/process_source.h"
#include "proto/validate.h"
#include "tests/unit/collector/fake_machine.h"

static const struct source_ops *const only_process[] = {&process_source_ops, NULL};

#define ADA	"JUPYTERHUB_USER=ada\nJUPYTERHUB_SERVER_NAME=\nJUPYTERHUB_API_URL=http://h\n"
#define HUB_PID 10

static char hub[] = "h", node[] = "n", resource_class[] = "c", api_url[] = "http://h";

struct bench {
	struct fake_machine machine;
	struct config config;
	struct meter *meter;
	struct hm_batch batch;			       /* the last one taken */
	uint64_t ada_usec, system_usec, measured_usec; /* of all committed batches */
};

static void new_meter(struct bench *bench)
{
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.api_url = api_url,
		.proc = bench->machine.path,
		.memory_interval = 30000000};
	assert_int_equal(
		meter_new(&bench->config, &bench->machine.clock, only_process, &bench->meter), 0);
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	fake_machine_init(&bench->machine);
	fake_start(&bench->machine, 1, 0, 0, "");
	fake_start(&bench->machine, HUB_PID, 1, 0, "JUPYTERHUB_USER=\n");
	new_meter(bench);
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

/* The strings of the batch may be gone after. */
static void pass_and_take(struct bench *bench, int64_t msec)
{
	const struct hm_batch *batch = &bench->batch;
	struct hm_wire_limits limits = {.max_age_usec = 1, .max_future_usec = 1};

	pass_after(bench, msec);
	limits.now_usec = fake_realtime(&bench->machine);
	assert_int_equal(meter_close_window(bench->meter, &bench->batch), 0);
	bench->batch.sequence = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(batch, &limits)), "none");
	for (size_t i = 0; i < batch->n_rows; i++)
		bench->ada_usec += batch->quantity[HM_QUANTITY_CPU_USED_USEC][i];
	bench->system_usec += batch->node_row.system[HM_RESOURCE_CPU_USEC];
	bench->measured_usec += batch->node_row.measured.cpu_usec;
	meter_commit_window(bench->meter);
}

/*
 * P1: /proc/stat of a container starts over in mid-run; somebody uses half a core, the rest one.
 * The new value is what the node did since, as far as anybody can tell, and what that lacks shows.
 */
static void test_counter_of_the_node_starts_over(void **state)
{
	struct bench *bench = *state;
	struct fake_process *server;

	server = fake_start(&bench->machine, 20, HUB_PID, 1000, ADA);
	pass_after(bench, 0);
	for (int second = 0; second < 21; second++) {
		fake_burn(&bench->machine, server, 50);
		bench->machine.busy_ticks += 100;
		if (second == 9)
			bench->machine.busy_ticks = 7;
		pass_and_take(bench, 1000);
		assert_int_equal(bench->batch.n_rows, 1);
		assert_int_equal(bench->batch.flags[0], 0); /* nothing of ada's fell */
		assert_int_equal(
			bench->batch.node_row.measured.flags, second == 9 ? HM_FLAG_RESET : 0);
	}
	assert_int_equal(bench->ada_usec, 10500000);
	assert_int_equal(bench->measured_usec, 20 * 1500000 + 70000);
	/* of the 430 ms that ada is ahead, two ticks of two CPUs are held against the system */
	assert_int_equal(bench->system_usec, 20 * 1000000 - 40000);
}

/* A container whose /proc/stat shows a tenth of what its processes do, and then all of it again. */
static void test_node_says_less_than_its_processes(void **state)
{
	struct bench *bench = *state;
	struct fake_process *server;

	server = fake_start(&bench->machine, 20, HUB_PID, 1000, ADA);
	pass_after(bench, 0);
	for (int second = 0; second < 600; second++) {
		fake_burn(&bench->machine, server, 100);
		bench->machine.busy_ticks -= 90;
		pass_and_take(bench, 1000);
		assert_int_equal(bench->batch.node_row.measured.cpu_usec, 100000);
		assert_int_equal(bench->batch.node_row.used[HM_RESOURCE_CPU_USEC], 1000000);
	}
	assert_int_equal(bench->system_usec, 0);
	bench->machine.busy_ticks += 20;
	pass_and_take(bench, 1000);
	assert_int_equal(bench->system_usec, 200000 - 40000);
	bench->machine.busy_ticks += 20;
	pass_and_take(bench, 1000);
	assert_int_equal(bench->system_usec, 400000 - 40000);
}

/* What the node used at once was the system's until it is known whose it was; no longer than that.
 */
static void test_late_usage_is_paid_back(void **state)
{
	struct bench *bench = *state;
	struct fake_process *server;

	server = fake_start(&bench->machine, 20, HUB_PID, 1000, ADA);
	pass_after(bench, 0);
	bench->machine.busy_ticks += 80;
	pass_and_take(bench, 1000);
	assert_int_equal(bench->system_usec, 800000);
	for (int second = 0; second < 5; second++)
		pass_and_take(bench, 1000);
	server->self_ticks += 80; /* it was ada's */
	pass_and_take(bench, 1000);
	assert_int_equal(bench->ada_usec, 800000);
	for (int second = 0; second < 4; second++) {
		bench->machine.busy_ticks += 30;
		pass_and_take(bench, 1000);
	}
	assert_int_equal(bench->system_usec, 800000 + 4 * 300000 - 800000);
	assert_int_equal(bench->ada_usec + bench->system_usec, bench->measured_usec);
	/* 1.5 s; of what the node did in these minutes 1.24 s are nobody's yet */
	server->self_ticks += 150;
	pass_and_take(bench, 1000);
	for (int second = 0; second < 20; second++) {
		bench->machine.busy_ticks += 10;
		pass_and_take(bench, 1000);
	}
	assert_int_equal(bench->ada_usec, 2300000);
	assert_int_equal(bench->measured_usec, 800000 + 4 * 300000 + 20 * 100000);
	assert_int_equal(bench->system_usec, 1200000 + 20 * 100000 - (1240000 + 40000));
	/* what the system had so long ago is nobody's any more */
	pass_and_take(bench, 600000);
	pass_and_take(bench, 600000);
	server->self_ticks += 100;
	pass_and_take(bench, 1000);
	bench->machine.busy_ticks += 50;
	pass_and_take(bench, 1000);
	assert_int_equal(bench->ada_usec, 3300000);
	assert_int_equal(bench->system_usec, 1920000 + 500000 - 40000);
}

static void test_steal_and_memory_of_the_node(void **state)
{
	struct bench *bench = *state;

	pass_after(bench, 0);
	bench->machine.steal_ticks += 25;
	bench->machine.busy_ticks += 3;
	pass_and_take(bench, 10000);
	assert_int_equal(bench->batch.node_row.measured.is_measured, 1);
	assert_int_equal(bench->batch.node_row.measured.cpu_steal_usec, 250000);
	assert_int_equal(bench->batch.node_row.measured.cpu_usec, 30000);
	assert_int_equal(bench->batch.node_row.measured.memory_mib_sec, 4096 * 10);
	assert_int_equal(bench->batch.node_row.used[HM_RESOURCE_CPU_USEC], 30000);
	pass_and_take(bench, 10000);
	assert_int_equal(bench->batch.node_row.measured.cpu_steal_usec, 0);
}

static void resume_from(struct bench *bench, struct buffer *saved)
{
	meter_free(bench->meter);
	new_meter(bench);
	assert_int_equal(meter_restore(bench->meter, saved->data, saved->size), 0);
	buffer_release(saved);
}

/*
 * A state is saved with its window, before that is committed, and resumes behind it: what was
 * measured is said once, and what is doubtful still is.
 */
static void test_state_behind_a_closed_window(void **state)
{
	struct bench *bench = *state;
	struct buffer saved = BUFFER_INIT(1 << 24);

	fake_start(&bench->machine, 20, HUB_PID, 1000, ADA);
	pass_after(bench, 0);
	bench->machine.busy_ticks += 80;
	bench->machine.steal_ticks += 9;
	pass_after(bench, 1500);
	assert_int_equal(meter_close_window(bench->meter, &bench->batch), 0);
	assert_int_equal(bench->batch.node_row.measured.cpu_usec, 800000);
	assert_int_equal(bench->batch.node_row.measured.memory_mib_sec, 4096 * 3 / 2);
	assert_int_equal(meter_save(bench->meter, &saved), 0);
	resume_from(bench, &saved);
	bench->machine.busy_ticks += 5;
	bench->machine.steal_ticks += 2;
	pass_and_take(bench, 1000);
	assert_int_equal(bench->batch.node_row.measured.is_measured, 1);
	assert_int_equal(bench->batch.node_row.measured.cpu_usec, 50000);
	assert_int_equal(bench->batch.node_row.measured.cpu_steal_usec, 20000);
	assert_int_equal(bench->batch.node_row.measured.memory_mib_sec, 0); /* nobody looked */
	fake_find(&bench->machine, 20)->self_ticks += 80; /* of the 85 that the system had */
	pass_and_take(bench, 1000);
	bench->machine.busy_ticks += 100;
	pass_and_take(bench, 1000);
	assert_int_equal(bench->batch.node_row.system[HM_RESOURCE_CPU_USEC], 1000000 - 800000);
}

/* A window that could not be written is covered again, with all that was measured in it. */
static void test_window_that_is_closed_again(void **state)
{
	struct bench *bench = *state;
	struct buffer saved = BUFFER_INIT(1 << 24);

	pass_after(bench, 0);
	bench->machine.busy_ticks += 80;
	pass_after(bench, 1000);
	assert_int_equal(meter_save(bench->meter, &saved), 0); /* in the midst of a window */
	resume_from(bench, &saved);
	bench->machine.busy_ticks += 7;
	pass_after(bench, 1000);
	assert_int_equal(meter_close_window(bench->meter, &bench->batch), 0);
	assert_int_equal(bench->batch.node_row.measured.cpu_usec, 870000);
	bench->machine.busy_ticks += 3;
	pass_and_take(bench, 1000);
	assert_int_equal(bench->batch.node_row.measured.cpu_usec, 900000);
	assert_int_equal(bench->batch.node_row.measured.memory_mib_sec, 4096 * 2);
	assert_int_equal(bench->system_usec, 900000);
}

static void cut_out(struct buffer *buffer, size_t at, size_t size)
{
	memmove(buffer->data + at, buffer->data + at + size, buffer->size - at - size);
	buffer->size -= size;
}

/* Format 4 knew nothing of what ada's only server received and sent: the end of its record. */
static void cut_out_network(struct buffer *buffer)
{
	static const char user[] = {3, 0, 0, 0, 'a', 'd', 'a'};
	enum { SERVER_AND_TAG = 8, TIMES = 16, AMOUNTS = 144, WALL_AND_FLAGS = 12, SIZE = 16 };
	const unsigned char *at = memmem(buffer->data, buffer->size, user, sizeof(user));

	assert_non_null(at);
	cut_out(buffer,
		(size_t)(at - buffer->data) + sizeof(user) + SERVER_AND_TAG + TIMES + AMOUNTS +
			WALL_AND_FLAGS,
		SIZE);
}

/* Format 3 knew nothing of what the kernel measured: the window that it began says nothing of it.
 */
static void test_state_of_the_release_before(void **state)
{
	enum { FORMAT = 4, STEAL = 56, MEASURED = 116, MEASURED_SIZE = 64 };
	struct bench *bench = *state;
	struct buffer saved = BUFFER_INIT(1 << 24);

	bench->machine.steal_ticks = 1000;
	pass_after(bench, 0);
	fake_burn(&bench->machine, fake_start(&bench->machine, 20, HUB_PID, 1000, ADA), 10);
	pass_and_take(bench, 10000);
	assert_int_equal(meter_save(bench->meter, &saved), 0);
	cut_out_network(&saved);
	cut_out(&saved, MEASURED, MEASURED_SIZE);
	cut_out(&saved, STEAL, 8);
	saved.data[FORMAT] = 3;
	resume_from(bench, &saved);
	fake_burn(&bench->machine, fake_find(&bench->machine, 20), 30);
	pass_and_take(bench, 10000);
	assert_int_equal(bench->ada_usec, 400000);
	assert_int_equal(bench->batch.node_row.measured.is_measured, 0);
	bench->machine.busy_ticks += 7;
	pass_and_take(bench, 10000);
	assert_int_equal(bench->batch.node_row.measured.is_measured, 1);
	assert_int_equal(bench->batch.node_row.measured.cpu_usec, 70000);
	assert_int_equal(bench->batch.node_row.measured.cpu_steal_usec, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_counter_of_the_node_starts_over),
		TEST(test_node_says_less_than_its_processes),
		TEST(test_late_usage_is_paid_back),
		TEST(test_steal_and_memory_of_the_node),
		TEST(test_state_behind_a_closed_window),
		TEST(test_window_that_is_closed_again),
		TEST(test_state_of_the_release_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

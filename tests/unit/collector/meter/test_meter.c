/*
 * The meter on a machine that stands still unless told, with laws over random lives of servers.
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
#include "proto/validate.h"
#include "tests/unit/collector/fake_machine.h"

static const struct source_ops *const only_process[] = {&process_source_ops, NULL};

#define ADA	"JUPYTERHUB_USER=ada\nJUPYTERHUB_SERVER_NAME=\nJUPYTERHUB_API_URL=http://h\n"
#define BOB	"JUPYTERHUB_USER=bob\nJUPYTERHUB_SERVER_NAME=\nJUPYTERHUB_API_URL=http://h\n"
#define HUB_PID 10

static char hub[] = "h", node[] = "n", resource_class[] = "c", api_url[] = "http://h";

struct bench {
	struct fake_machine machine;
	struct config config;
	struct meter *meter;
	struct hm_batch batch;	     /* the last one taken */
	uint64_t ada_usec, bob_usec; /* of all committed batches */
	uint64_t rows_usec, system_usec, measured_usec;
	int64_t window_end_usec;
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

static void add_up(struct bench *bench)
{
	const struct hm_batch *batch = &bench->batch;

	for (size_t i = 0; i < batch->n_rows; i++) {
		const char *user = batch->strings[batch->user[i]];
		uint64_t used = batch->quantity[HM_QUANTITY_CPU_USED_USEC][i];

		bench->rows_usec += used;
		bench->ada_usec += strcmp(user, "ada") == 0 ? used : 0;
		bench->bob_usec += strcmp(user, "bob") == 0 ? used : 0;
	}
	bench->system_usec += batch->node_row.system[HM_RESOURCE_CPU_USEC];
	bench->measured_usec += batch->node_row.measured.cpu_usec;
}

/* Close, let the reader's checks see it, commit. The strings of the batch may be gone after. */
static void take(struct bench *bench)
{
	struct hm_wire_limits limits = {.now_usec = fake_realtime(&bench->machine),
		.max_age_usec = 1,
		.max_future_usec = 1};

	assert_int_equal(meter_close_window(bench->meter, &bench->batch), 0);
	bench->batch.sequence = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(&bench->batch, &limits)), "none");
	add_up(bench);
	meter_commit_window(bench->meter);
}

static void pass_and_take(struct bench *bench, int64_t msec)
{
	pass_after(bench, msec);
	take(bench);
}

static uint32_t flags_of_row(const struct bench *bench, size_t row)
{
	assert_true(row < bench->batch.n_rows);
	return bench->batch.flags[row];
}

static uint64_t figure(const struct bench *bench, enum hm_quantity quantity)
{
	assert_int_equal(bench->batch.n_rows, 1);
	return bench->batch.quantity[quantity][0];
}

static void test_nothing_yet(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(meter_close_window(bench->meter, &bench->batch), -EAGAIN);
	pass_after(bench, 0);
	assert_int_equal(meter_close_window(bench->meter, &bench->batch), -EAGAIN);
	pass_and_take(bench, 10000);
	assert_int_equal(bench->batch.n_rows, 0);
	assert_int_equal(bench->batch.node_row.coverage_msec, 10000);
	assert_int_equal(bench->batch.node_row.capacity[HM_RESOURCE_CPU_USEC], 20000000);
	assert_int_equal(bench->batch.node_row.used[HM_RESOURCE_MEMORY_MIB_SEC], 40960);
	assert_int_equal(meter_close_window(bench->meter, &bench->batch), -EAGAIN);
}

static void test_quantities_of_one_server(void **state)
{
	struct bench *bench = *state;
	struct fake_process *server;

	pass_after(bench, 0);
	bench->machine.boottime_usec += 4000000;
	server = fake_start(&bench->machine, 20, HUB_PID, 1000,
		ADA "CPU_GUARANTEE=0.25\nMEM_GUARANTEE=209715200\nHUBMETER_TAG=course\n");
	fake_burn(&bench->machine, server, 300);
	pass_and_take(bench, 6000);
	assert_int_equal(figure(bench, HM_QUANTITY_CPU_USED_USEC), 3000000);
	assert_int_equal(figure(bench, HM_QUANTITY_CPU_RESERVED_USEC), 1500000);
	assert_int_equal(figure(bench, HM_QUANTITY_CPU_BILLABLE_USEC), 3000000);
	assert_int_equal(figure(bench, HM_QUANTITY_WALL_MSEC), 6000);
	assert_int_equal(bench->batch.start_offset_usec[0], 4000000);
	assert_string_equal(bench->batch.strings[bench->batch.tag[0]], "course");
	pass_and_take(bench, 10000); /* idle: what is reserved is billed */
	assert_int_equal(figure(bench, HM_QUANTITY_CPU_USED_USEC), 0);
	assert_int_equal(figure(bench, HM_QUANTITY_CPU_BILLABLE_USEC), 2500000);
	assert_int_equal(figure(bench, HM_QUANTITY_MEMORY_USED_MIB_SEC), 1000);
	assert_int_equal(figure(bench, HM_QUANTITY_MEMORY_BILLABLE_MIB_SEC), 2000);
	assert_int_equal(flags_of_row(bench, 0), 0);
}

static void test_reservation_beyond_the_node(void **state)
{
	struct bench *bench = *state;

	pass_after(bench, 0);
	fake_start(&bench->machine, 20, HUB_PID, 1000,
		ADA "CPU_GUARANTEE=99999999\nMEM_GUARANTEE=18446744073709551615\n");
	pass_and_take(bench, 10000);
	assert_int_equal(figure(bench, HM_QUANTITY_CPU_RESERVED_USEC), 20000000);
	assert_int_equal(figure(bench, HM_QUANTITY_MEMORY_RESERVED_MIB_SEC), 81920);
}

static void test_who_is_a_server(void **state)
{
	struct bench *bench = *state;
	struct fake_machine *machine = &bench->machine;

	pass_after(bench, 0);
	fake_start(machine, 20, HUB_PID, 1000, "JUPYTERHUB_USER=\nJUPYTERHUB_API_URL=http://h\n");
	fake_start(
		machine, 21, HUB_PID, 1000, "JUPYTERHUB_USER=x\nJUPYTERHUB_API_URL=http://other\n");
	fake_start(machine, 30, HUB_PID, 1000, ADA);
	fake_burn(machine, fake_start(machine, 31, 30, 1000, BOB), 5); /* claims another */
	fake_burn(machine, fake_start(machine, 29, 31, 1000, ""), 7);
	pass_and_take(bench, 10000);
	assert_int_equal(bench->batch.n_rows, 1);
	assert_int_equal(bench->ada_usec, 120000);
}

static void test_exec_makes_a_server(void **state)
{
	struct bench *bench = *state;
	struct fake_process *server;

	pass_after(bench, 0);
	server = fake_start(&bench->machine, 20, HUB_PID, 0, "JUPYTERHUB_USER=\n");
	fake_burn(&bench->machine, server, 2);
	pass_after(bench, 1000);
	fake_write(&bench->machine, "20/environ",
		"JUPYTERHUB_USER=ada\0JUPYTERHUB_API_URL=http://h", 47);
	server->env_start = 8192;
	fake_burn(&bench->machine, server, 30);
	pass_and_take(bench, 9000);
	assert_int_equal(bench->ada_usec, 300000);
}

static void test_orphans(void **state)
{
	struct bench *bench = *state;
	struct fake_machine *machine = &bench->machine;

	pass_after(bench, 0);
	fake_start(machine, 20, HUB_PID, 1000, ADA);
	fake_start(machine, 21, HUB_PID, 1001, BOB);
	fake_write_cgroup(machine, HUB_PID, "/hub");
	fake_write_cgroup(machine, 20, "/hub");
	pass_after(bench, 1000);
	/* never seen below its server; and one that claims to be bob's, but is ada's by uid */
	fake_burn(machine, fake_start(machine, 40, 1, 1000, ADA), 11);
	fake_burn(machine, fake_start(machine, 41, 1, 1000, BOB), 13);
	fake_write_cgroup(machine, 41, "/hub");
	pass_and_take(bench, 9000);
	assert_int_equal(bench->batch.n_rows, 2);
	assert_int_equal(bench->ada_usec, 240000);
	assert_int_equal(bench->bob_usec, 0);
	/* the servers end, the orphan lives on in its workload */
	fake_end(machine, fake_find(machine, 20), true);
	fake_end(machine, fake_find(machine, 21), true);
	fake_burn(machine, fake_find(machine, 40), 3);
	pass_and_take(bench, 10000);
	assert_int_equal(bench->ada_usec, 270000);
	fake_end(machine, fake_find(machine, 40), true);
	fake_end(machine, fake_find(machine, 41), true);
	pass_and_take(bench, 10000);
	assert_true(flags_of_row(bench, 0) & HM_FLAG_FINAL);
	pass_and_take(bench, 10000);
	assert_int_equal(bench->batch.n_rows, 0);
}

static void test_nobody_waits(void **state)
{
	struct bench *bench = *state;
	struct fake_machine *machine = &bench->machine;

	pass_after(bench, 0);
	fake_start(machine, 20, HUB_PID, 1000, ADA);
	fake_burn(machine, fake_start(machine, 21, 20, 1000, ""), 100);
	pass_after(bench, 1000);
	fake_end(machine, fake_find(machine, 21), false); /* SIGCHLD ignored */
	pass_after(bench, 1000);
	fake_burn(machine, fake_find(machine, 20), 50); /* must not be swallowed */
	machine->process[2].children_ticks += 40;	/* unseen child, this time waited for */
	machine->busy_ticks += 40;
	pass_and_take(bench, 1000);
	assert_int_equal(bench->ada_usec, 1900000);
}

static void test_uncommitted_window_is_covered_again(void **state)
{
	struct bench *bench = *state;
	struct hm_batch lost;

	pass_after(bench, 0);
	fake_burn(&bench->machine, fake_start(&bench->machine, 20, HUB_PID, 1000, ADA), 10);
	pass_after(bench, 5000);
	assert_int_equal(meter_close_window(bench->meter, &lost), 0);
	fake_end(&bench->machine, fake_find(&bench->machine, 20), true);
	assert_false(meter_has_ended_workloads(bench->meter));
	pass_after(bench, 5000);
	assert_true(meter_has_ended_workloads(bench->meter));
	take(bench);
	assert_int_equal(bench->ada_usec, 100000);
	assert_int_equal(bench->batch.window_end_usec - bench->batch.window_start_usec, 10000000);
	assert_false(meter_has_ended_workloads(bench->meter));
}

static void test_clock_step_and_suspend(void **state)
{
	struct bench *bench = *state;

	pass_after(bench, 0);
	fake_start(&bench->machine, 20, HUB_PID, 1000, ADA "CPU_GUARANTEE=1\n");
	pass_and_take(bench, 10000);
	bench->machine.step_usec -= 7200000000;
	pass_and_take(bench, 10000);
	assert_true(flags_of_row(bench, 0) & HM_FLAG_CLOCK_STEP);
	assert_int_equal(bench->batch.window_end_usec - bench->batch.window_start_usec, 10000000);
	bench->machine.suspended_usec += 3600000000;
	pass_and_take(bench, 3610000);
	assert_int_equal(flags_of_row(bench, 0), HM_FLAG_SUSPEND);
	assert_int_equal(figure(bench, HM_QUANTITY_WALL_MSEC), 10000);
	assert_int_equal(figure(bench, HM_QUANTITY_CPU_RESERVED_USEC), 10000000);
	assert_int_equal(bench->batch.node_row.coverage_msec, 10000);
}

static void restart(struct bench *bench)
{
	struct buffer state = BUFFER_INIT(1 << 24);

	assert_int_equal(meter_save(bench->meter, &state), 0);
	meter_free(bench->meter);
	new_meter(bench);
	assert_int_equal(meter_restore(bench->meter, state.data, state.size), 0);
	for (size_t size = 0; size < state.size; size += 61) {
		struct bench copy = {.machine = bench->machine};

		new_meter(&copy);
		assert_int_equal(meter_restore(copy.meter, state.data, size), -EBADMSG);
		meter_free(copy.meter);
	}
	buffer_release(&state);
}

static void test_gap(void **state)
{
	struct bench *bench = *state;

	pass_after(bench, 0);
	fake_start(&bench->machine, 20, HUB_PID, 1000, ADA);
	pass_and_take(bench, 10000);
	restart(bench);
	fake_burn(&bench->machine, fake_find(&bench->machine, 20), 500);
	pass_and_take(bench, 3600000);
	assert_int_equal(flags_of_row(bench, 0), HM_FLAG_GAP);
	assert_int_equal(bench->ada_usec, 5000000);
	assert_int_equal(bench->batch.node_row.coverage_msec, 0);
	assert_int_equal(figure(bench, HM_QUANTITY_WALL_MSEC), 3600000);
	assert_int_equal(figure(bench, HM_QUANTITY_MEMORY_USED_MIB_SEC), 0);
	pass_and_take(bench, 10000);
	assert_int_equal(flags_of_row(bench, 0), 0);
}

/* Nobody knows how long it lived on: what is reserved ends at the last observation. */
static void test_an_end_in_a_gap_reserves_nothing(void **state)
{
	struct bench *bench = *state;

	pass_after(bench, 0);
	fake_start(&bench->machine, 20, HUB_PID, 1000, ADA "CPU_GUARANTEE=1\n");
	pass_and_take(bench, 4500);
	assert_int_equal(figure(bench, HM_QUANTITY_CPU_RESERVED_USEC), 4500000);
	restart(bench);
	fake_end(&bench->machine, fake_find(&bench->machine, 20), true);
	pass_and_take(bench, 20000);
	assert_int_equal(figure(bench, HM_QUANTITY_CPU_RESERVED_USEC), 0);
	assert_int_equal(figure(bench, HM_QUANTITY_WALL_MSEC), 0);
	assert_true(flags_of_row(bench, 0) & HM_FLAG_FINAL);
}

static void test_reboot(void **state)
{
	struct bench *bench = *state;
	struct buffer saved = BUFFER_INIT(1 << 24);

	pass_after(bench, 0);
	fake_burn(&bench->machine, fake_start(&bench->machine, 20, HUB_PID, 1000, ADA), 300);
	pass_and_take(bench, 10000);
	assert_int_equal(meter_save(bench->meter, &saved), 0);
	meter_free(bench->meter);
	fake_write_boot_id(&bench->machine, '2');
	fake_end(&bench->machine, fake_find(&bench->machine, 20), false);
	bench->machine.step_usec += 200000000; /* so much later it booted */
	bench->machine.boottime_usec = 5000000;
	bench->machine.busy_ticks = 200;
	new_meter(bench);
	fake_burn(&bench->machine, fake_start(&bench->machine, 20, HUB_PID, 1001, BOB), 100);
	assert_int_equal(meter_restore(bench->meter, saved.data, saved.size), 0);
	buffer_release(&saved);
	pass_and_take(bench, 5000);
	assert_int_equal(bench->ada_usec, 3000000);
	assert_int_equal(bench->bob_usec, 1000000);
	assert_int_equal(bench->batch.window_end_usec - bench->batch.window_start_usec, 10000000);
	assert_true(flags_of_row(bench, 0) & HM_FLAG_GAP);
}

static void test_state_of_the_future_is_refused(void **state)
{
	struct bench *bench = *state;
	struct buffer saved = BUFFER_INIT(1 << 24);

	pass_after(bench, 0);
	assert_int_equal(meter_save(bench->meter, &saved), 0);
	bench->machine.boottime_usec -= 1000000; /* back to a snapshot of the machine */
	assert_int_equal(meter_restore(bench->meter, saved.data, saved.size), -EBADMSG);
	buffer_release(&saved);
}

/* What everybody did, by whom it must be booked to. */
struct oracle {
	uint64_t user_ticks[2];
};

static const char *const environs[] = {ADA, BOB};

static bool has_children(struct fake_machine *machine, int32_t pid)
{
	for (size_t i = 0; i < FAKE_PROCESSES; i++)
		if (machine->process[i].pid && machine->process[i].parent == pid)
			return true;
	return false;
}

/* One random thing happens. Processes 100..199 are ada's, 200..299 bob's, x00 the servers. */
static void live(struct bench *bench, unsigned short seed[3], struct oracle *oracle)
{
	struct fake_machine *machine = &bench->machine;
	int who = (int)(nrand48(seed) % 2);
	int32_t server = 100 + 100 * who, child = server + 1 + (int32_t)(nrand48(seed) % 4);
	struct fake_process *process = fake_find(machine, server);
	uint64_t ticks = (uint64_t)nrand48(seed) % 40;

	if (!process)
		process = fake_start(machine, server, HUB_PID, 1000, environs[who]);
	switch (nrand48(seed) % 4) {
	case 0: /* a child comes or goes, in between it works */
		process = fake_find(machine, child);
		if (!process)
			process = fake_start(machine, child, server, 1000, "");
		fake_burn(machine, process, ticks);
		oracle->user_ticks[who] += ticks;
		if (nrand48(seed) % 2)
			fake_end(machine, process, true);
		break;
	case 1: /* a child that nobody sees */
		process->children_ticks += ticks;
		machine->busy_ticks += ticks;
		oracle->user_ticks[who] += ticks;
		break;
	case 2:
		fake_burn(machine, fake_find(machine, HUB_PID), ticks);
		break;
	default:
		fake_burn(machine, process, ticks);
		oracle->user_ticks[who] += ticks;
	}
}

/*
 * Laws: whatever happens and wherever a restart cuts the run, every tick of a user is booked to
 * that user exactly once, and the rest of the node's is the system's.
 */
static void test_laws_of_a_random_life(void **state)
{
	struct bench *bench = *state;
	struct oracle oracle = {{0}};
	unsigned short seed[3] = {11, 22, 33};
	uint64_t busy;

	pass_after(bench, 0);
	busy = bench->machine.busy_ticks;
	for (int round = 0; round < 200; round++) {
		for (long n = nrand48(seed) % 6; n > 0; n--)
			live(bench, seed, &oracle);
		pass_after(bench, 5000 + nrand48(seed) % 10000);
		if (nrand48(seed) % 3 == 0)
			take(bench);
		if (nrand48(seed) % 40 == 0)
			restart(bench);
	}
	pass_and_take(bench, 100000);
	assert_int_equal(bench->ada_usec, oracle.user_ticks[0] * FAKE_TICK_USEC);
	assert_int_equal(bench->bob_usec, oracle.user_ticks[1] * FAKE_TICK_USEC);
	assert_int_equal(bench->rows_usec + bench->system_usec,
		(bench->machine.busy_ticks - busy) * FAKE_TICK_USEC);
	assert_int_equal(bench->measured_usec, (bench->machine.busy_ticks - busy) * FAKE_TICK_USEC);
}

/*
 * The same when servers die between two passes with a tail nobody saw: who of those that died at
 * once did how much is an estimate, and across a restart all of it is the system's; but nothing
 * is invented. Who reaps whom when has laws of its own: test_reap.
 */
static void test_laws_of_random_deaths(void **state)
{
	struct bench *bench = *state;
	struct oracle oracle = {{0}};
	unsigned short seed[3] = {44, 55, 66};
	uint64_t busy;

	pass_after(bench, 0);
	busy = bench->machine.busy_ticks;
	for (int round = 0; round < 150; round++) {
		for (long n = nrand48(seed) % 6; n > 0; n--)
			live(bench, seed, &oracle);
		pass_after(bench, 5000 + nrand48(seed) % 10000);
		for (int32_t pid = 100; pid <= 200; pid += 100) {
			struct fake_process *server = fake_find(&bench->machine, pid);

			if (!server || has_children(&bench->machine, pid) || nrand48(seed) % 3)
				continue;
			fake_burn(&bench->machine, server, 17);
			oracle.user_ticks[0] += 17;
			fake_end(&bench->machine, server, true);
		}
		if (nrand48(seed) % 3 == 0)
			take(bench);
		if (nrand48(seed) % 40 == 0)
			restart(bench);
		pass_after(bench, 5000);
	}
	pass_and_take(bench, 100000);
	assert_true(bench->ada_usec + bench->bob_usec <=
		    (oracle.user_ticks[0] + oracle.user_ticks[1]) * FAKE_TICK_USEC);
	assert_int_equal(bench->rows_usec + bench->system_usec,
		(bench->machine.busy_ticks - busy) * FAKE_TICK_USEC);
	assert_int_equal(bench->measured_usec, (bench->machine.busy_ticks - busy) * FAKE_TICK_USEC);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_yet),
		TEST(test_quantities_of_one_server),
		TEST(test_reservation_beyond_the_node),
		TEST(test_who_is_a_server),
		TEST(test_exec_makes_a_server),
		TEST(test_orphans),
		TEST(test_nobody_waits),
		TEST(test_uncommitted_window_is_covered_again),
		TEST(test_clock_step_and_suspend),
		TEST(test_gap),
		TEST(test_an_end_in_a_gap_reserves_nothing),
		TEST(test_reboot),
		TEST(test_state_of_the_future_is_refused),
		TEST(test_laws_of_a_random_life),
		TEST(test_laws_of_random_deaths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

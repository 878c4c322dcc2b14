/* Who did what on GPUs: by example, and by random lives against what each of them really did. */
#include "collector/gpu/ledger.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/random.h"

#define NOW	1790000000000000ULL
#define SEC	1000000ULL
#define STEP	(10 * SEC)
#define NSEC	1000ULL /* in a microsecond */
#define N_GPUS	3u
#define N_SLOTS 12u

/* ------------------------------------------------------------------- a machine's processes */

struct life {
	int32_t pid;
	bool is_there, is_unreadable;
	struct gpu_place place;
};

struct machine {
	struct life life[64];
	struct gpu_ledger ledger;
	struct gpu_reading reading;
	uint64_t now_usec; /* since NOW */
	uint64_t monotonic_off_usec;
};

static int look(void *context, int32_t pid, struct gpu_place *ret)
{
	const struct machine *machine = context;

	for (size_t i = 0; i < sizeof(machine->life) / sizeof(*machine->life); i++) {
		const struct life *life = &machine->life[i];

		if (!life->is_there || life->pid != pid)
			continue;
		if (life->is_unreadable)
			return -EACCES;
		*ret = life->place;
		return 0;
	}
	return -ENOENT;
}

static struct life *be_born(struct machine *machine, size_t slot, int32_t pid, uint64_t at_usec)
{
	struct life *life = &machine->life[slot];

	*life = (struct life){.pid = pid,
		.is_there = true,
		.place = {.start_ticks = 1 + at_usec / 10000,
			.start_usec = (int64_t)(NOW + at_usec),
			.cgroup = 1000 + slot}};
	return life;
}

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct machine));
	assert_non_null(*state);
	return 0;
}

static int tear_down(void **state)
{
	struct machine *machine = *state;

	gpu_ledger_release(&machine->ledger);
	free(machine);
	return 0;
}

/* --------------------------------------------------------------------------------- a reading */

static struct gpu_seen *add_gpu(struct machine *machine, uint64_t span_usec)
{
	struct gpu_seen *seen = &machine->reading.device[machine->reading.n_devices];

	*seen = (struct gpu_seen){.id = 77 + machine->reading.n_devices++,
		.has_accounting = true,
		.is_sampled = true,
		.is_baseline = span_usec == 0,
		.span_usec = span_usec};
	return seen;
}

static void add_busy(
	struct machine *machine, uint32_t gpu, int32_t pid, uint32_t percent, uint64_t at_usec)
{
	machine->reading.busy[machine->reading.n_busy++] =
		(struct gpu_busy){gpu, pid, percent, NOW + at_usec};
}

static void add_account(struct machine *machine, int32_t pid, bool is_running, uint64_t start_usec,
	uint64_t end_usec, uint64_t busy_usec)
{
	machine->reading.accounted[machine->reading.n_accounted++] = (struct gpu_accounted){
		0, pid, is_running, NOW + start_usec, NOW + end_usec, busy_usec};
}

static void take_reading(struct machine *machine)
{
	struct gpu_moment moment = {.realtime_usec = NOW + machine->now_usec,
		.monotonic_usec = (int64_t)(machine->now_usec - machine->monotonic_off_usec),
		.look = look,
		.context = machine};

	gpu_ledger_add(&machine->ledger, &machine->reading, &moment);
	machine->reading.n_devices = machine->reading.n_busy = machine->reading.n_accounted = 0;
	machine->now_usec += STEP;
}

static void take_baseline(struct machine *machine)
{
	add_gpu(machine, 0);
	take_reading(machine);
}

/* --------------------------------------------------------------------------------- examples */

static void test_running(void **state)
{
	struct machine *machine = *state;

	be_born(machine, 0, 7, 0)->place.cgroup_v1 = 5;
	take_baseline(machine);
	add_gpu(machine, STEP);
	add_busy(machine, 0, 7, 40, machine->now_usec);
	take_reading(machine);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 0), 0);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1001), 0);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1000), 4 * SEC * NSEC);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 5), 0); /* taken */
	add_gpu(machine, STEP);
	add_busy(machine, 0, 7, 10, machine->now_usec);
	take_reading(machine);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 5), SEC * NSEC);
	assert_int_equal(gpu_ledger_take_rest(&machine->ledger), 0);
}

static void test_by_process_and_by_pod(void **state)
{
	struct machine *machine = *state;

	be_born(machine, 0, 7, 5 * SEC);
	be_born(machine, 1, 8, 0)->place = (struct gpu_place){.start_ticks = 1, .pod = 99};
	take_baseline(machine);
	add_gpu(machine, STEP);
	add_busy(machine, 0, 7, 40, machine->now_usec);
	add_busy(machine, 0, 8, 20, machine->now_usec);
	add_busy(machine, 0, 9, 30, machine->now_usec);
	take_reading(machine);
	assert_int_equal(gpu_ledger_take_process(&machine->ledger, 7, 500, true), 0);
	assert_int_equal(gpu_ledger_take_process(&machine->ledger, 7, 501, false), 4 * SEC * NSEC);
	assert_int_equal(gpu_ledger_take_pod(&machine->ledger, 0), 0);
	assert_int_equal(gpu_ledger_take_pod(&machine->ledger, 99), 2 * SEC * NSEC);
	/* nobody saw it alive: only who knows that it was there may say whose it was */
	assert_int_equal(gpu_ledger_take_process(&machine->ledger, 9, 3, false), 0);
	assert_int_equal(gpu_ledger_take_process(&machine->ledger, 9, 3, true), 3 * SEC * NSEC);
	assert_int_equal(gpu_ledger_take_rest(&machine->ledger), 0);
}

/* Percentages that are more than the whole are shares of it. */
static void test_more_than_all(void **state)
{
	struct machine *machine = *state;

	be_born(machine, 0, 7, 0);
	be_born(machine, 1, 8, 0);
	take_baseline(machine);
	add_gpu(machine, STEP);
	add_busy(machine, 0, 7, 100, machine->now_usec);
	add_busy(machine, 0, 8, 25, machine->now_usec);
	take_reading(machine);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1000), 8 * SEC * NSEC);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1001), 2 * SEC * NSEC);
}

/* A span is never longer than the time that passed, suspended time aside. */
static void test_span_is_bounded(void **state)
{
	struct machine *machine = *state;

	be_born(machine, 0, 7, 0);
	take_baseline(machine);
	machine->monotonic_off_usec = 4 * SEC;
	add_gpu(machine, 100 * STEP);
	add_busy(machine, 0, 7, 100, machine->now_usec);
	take_reading(machine);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1000), 6 * SEC * NSEC);
}

/* What it did since the last reading is not lost with its end, nor more than that booked. */
static void test_ended_between_two_readings(void **state)
{
	struct machine *machine = *state;
	struct life *life = be_born(machine, 0, 7, SEC);

	take_baseline(machine);
	add_gpu(machine, STEP);
	add_busy(machine, 0, 7, 50, machine->now_usec);
	add_account(machine, 7, true, SEC, machine->now_usec, 5 * SEC);
	take_reading(machine);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1000), 5 * SEC * NSEC);
	life->is_there = false;
	add_gpu(machine, STEP);
	add_busy(machine, 0, 7, 10, machine->now_usec - STEP + 2 * SEC); /* 1 s of what were 4 */
	add_account(machine, 7, false, SEC, machine->now_usec - 4 * SEC, 9 * SEC);
	take_reading(machine);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1000), 4 * SEC * NSEC);
	assert_int_equal(gpu_ledger_take_rest(&machine->ledger), 0);
}

/* The whole percents of a long life are minutes: only what can have been since counts. */
static void test_end_of_a_long_life(void **state)
{
	struct machine *machine = *state;
	struct life *life = be_born(machine, 0, 7, 0);

	machine->now_usec = 360000 * SEC;
	add_gpu(machine, 0);
	add_account(machine, 7, true, 0, machine->now_usec, 3600 * SEC);
	take_reading(machine);
	assert_int_equal(gpu_ledger_take_rest(&machine->ledger), 0); /* before anybody looked */
	life->is_there = false;
	add_gpu(machine, 0)->is_baseline = false;
	add_account(machine, 7, false, 0, machine->now_usec - 7 * SEC, 7200 * SEC);
	take_reading(machine);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1000), 3 * SEC * NSEC);
}

/* Lived and died unseen: its sum is known, whose it was is not. */
static void test_nobody_saw_it(void **state)
{
	struct machine *machine = *state;

	take_baseline(machine);
	add_gpu(machine, 0)->is_baseline = false;
	add_account(machine, 7, false, 3 * SEC, 5 * SEC, 2 * SEC);
	take_reading(machine);
	assert_int_equal(gpu_ledger_take_rest(&machine->ledger), 2 * SEC * NSEC);
}

static void test_accounting_goes_back(void **state)
{
	struct machine *machine = *state;

	be_born(machine, 0, 7, SEC);
	take_baseline(machine);
	for (unsigned int i = 0; i < 4; i++) {
		add_gpu(machine, 0)->is_sampled = false;
		machine->reading.device[0].is_baseline = false;
		add_account(machine, 7, true, SEC, machine->now_usec, (i == 2 ? 1 : 4 + i) * SEC);
		take_reading(machine);
		assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1000),
			(i == 0		 ? 4 * SEC
				: i == 1 ? SEC
				: i == 2 ? 0
					 : 2 * SEC) *
				NSEC);
	}
}

/* Its growth is all there is without samples; what is more than the time that passed waits. */
static void test_accounting_alone(void **state)
{
	struct machine *machine = *state;
	uint64_t sum = 0;

	be_born(machine, 0, 7, 0);
	add_gpu(machine, 0)->is_sampled = false;
	add_account(machine, 7, true, 0, 0, 30 * SEC);
	take_reading(machine);
	for (unsigned int i = 0; i < 4; i++) {
		uint64_t nsec;

		add_gpu(machine, 0)->is_sampled = false;
		machine->reading.device[0].is_baseline = false;
		add_account(machine, 7, true, 0, machine->now_usec, 65 * SEC);
		take_reading(machine);
		nsec = gpu_ledger_take_cgroup(&machine->ledger, 1000);
		assert_true(nsec <= STEP * NSEC);
		sum += nsec;
	}
	assert_int_equal(sum, 35 * SEC * NSEC);
}

static void test_number_is_used_again(void **state)
{
	struct machine *machine = *state;

	be_born(machine, 0, 7, 0);
	take_baseline(machine);
	add_gpu(machine, STEP);
	add_busy(machine, 0, 7, 50, machine->now_usec);
	take_reading(machine);
	(void)gpu_ledger_take_rest(&machine->ledger);
	machine->life[0].is_there = false;
	be_born(machine, 1, 7, machine->now_usec - 3 * SEC);
	add_gpu(machine, STEP);
	add_busy(machine, 0, 7, 50, machine->now_usec - 6 * SEC); /* the first one's last */
	take_reading(machine);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1000), 5 * SEC * NSEC);
	add_gpu(machine, STEP);
	add_busy(machine, 0, 7, 30, machine->now_usec);
	take_reading(machine);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1000), 0);
	assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1001), 3 * SEC * NSEC);
}

/* A process that can't be read for once is where it was. */
static void test_unreadable_for_once(void **state)
{
	struct machine *machine = *state;

	be_born(machine, 0, 7, 0);
	take_baseline(machine);
	for (unsigned int i = 0; i < 3; i++) {
		machine->life[0].is_unreadable = i == 1;
		add_gpu(machine, STEP);
		add_busy(machine, 0, 7, 50, machine->now_usec);
		take_reading(machine);
		assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1000), 5 * SEC * NSEC);
	}
}

static void test_forgets_who_is_gone(void **state)
{
	struct machine *machine = *state;

	take_baseline(machine);
	for (int32_t i = 1; i < 3000; i++) {
		be_born(machine, 0, i, machine->now_usec - STEP);
		add_gpu(machine, STEP);
		add_busy(machine, 0, i, 50, machine->now_usec);
		take_reading(machine);
		assert_int_equal(gpu_ledger_take_cgroup(&machine->ledger, 1000), 5 * SEC * NSEC);
		assert_true(machine->ledger.n_users < 8);
	}
}

/* ------------------------------------------------------------------------------ random lives */

struct truth {
	uint64_t nsec[sizeof(((struct machine *)0)->life) / sizeof(struct life)];
	uint64_t gpu_nsec[N_GPUS];
};

/* One process on each GPU at most does something in a slot; its share is a whole percent. */
static void live(struct machine *machine, struct random_source *random, struct truth *truth)
{
	uint64_t left[N_GPUS];

	for (uint32_t g = 0; g < N_GPUS; g++) {
		add_gpu(machine, STEP);
		left[g] = 100;
	}
	for (size_t slot = 0; slot < N_SLOTS; slot++) {
		struct life *life = &machine->life[slot];
		uint32_t g = (uint32_t)random_below(random, N_GPUS);
		uint64_t percent = random_below(random, left[g] + 1);

		if (random_below(random, 4) == 0)
			be_born(machine, slot, (int32_t)(1 + slot), machine->now_usec - STEP);
		if (!life->is_there || percent == 0)
			continue;
		left[g] -= percent;
		add_busy(machine, g, life->pid, (uint32_t)percent, machine->now_usec);
		truth->nsec[slot] += percent * STEP * NSEC / 100;
		truth->gpu_nsec[g] += percent * STEP * NSEC / 100;
	}
}

static void test_random_lives(void **state)
{
	struct machine *machine = *state;
	struct random_source random = {20};
	struct truth truth = {0};
	uint64_t taken[N_SLOTS] = {0}, rest = 0, all = 0, steps = 0;

	for (uint32_t g = 0; g < N_GPUS; g++)
		add_gpu(machine, 0);
	take_reading(machine);
	for (; steps < 2000; steps++) {
		live(machine, &random, &truth);
		take_reading(machine);
		for (size_t slot = 0; slot < N_SLOTS; slot++)
			if (random_below(&random, 8) > 0) /* a pass that failed takes later */
				taken[slot] +=
					gpu_ledger_take_cgroup(&machine->ledger, 1000 + slot);
	}
	for (size_t slot = 0; slot < N_SLOTS; slot++) {
		taken[slot] += gpu_ledger_take_cgroup(&machine->ledger, 1000 + slot);
		assert_int_equal(taken[slot], truth.nsec[slot]);
	}
	rest = gpu_ledger_take_rest(&machine->ledger);
	assert_int_equal(rest, 0);
	for (uint32_t g = 0; g < N_GPUS; g++) {
		assert_true(truth.gpu_nsec[g] <= steps * STEP * NSEC);
		all += truth.gpu_nsec[g];
	}
	assert_true(all > 0);
}

/* Whatever a driver says, nobody gets more than the time of the GPUs, and all of it is taken. */
static void test_random_nonsense(void **state)
{
	struct machine *machine = *state;
	struct random_source random = {21};
	uint64_t all = 0, steps = 0;

	for (; steps < 3000; steps++) {
		uint64_t now = machine->now_usec, nsec = 0;

		for (uint32_t g = 0; g < N_GPUS; g++) {
			struct gpu_seen *seen = add_gpu(machine, random_below(&random, 3 * STEP));

			seen->is_baseline = steps == 0 || random_below(&random, 50) == 0;
			seen->is_sampled = random_below(&random, 4) > 0;
			seen->error = random_below(&random, 20) == 0 ? -ENXIO : 0;
		}
		for (uint64_t n = random_below(&random, 20); n > 0; n--)
			add_busy(machine, (uint32_t)random_below(&random, N_GPUS),
				(int32_t)random_below(&random, 30),
				(uint32_t)random_below(&random, 101),
				now + STEP - random_below(&random, 3 * STEP));
		for (uint64_t n = random_below(&random, 20); n > 0; n--) {
			uint64_t start = random_below(&random, now + 1);

			add_account(machine, (int32_t)random_below(&random, 30),
				random_below(&random, 2), start,
				start + random_below(&random, 5 * STEP),
				random_below(&random, 9 * STEP));
		}
		if (random_below(&random, 3) == 0)
			be_born(machine, random_below(&random, 20),
				(int32_t)random_below(&random, 30), random_below(&random, now + 1));
		take_reading(machine);
		for (size_t slot = 0; slot < 20; slot++)
			nsec += gpu_ledger_take_cgroup(&machine->ledger, 1000 + slot);
		nsec += gpu_ledger_take_rest(&machine->ledger);
		assert_int_equal(gpu_ledger_take_rest(&machine->ledger), 0);
		all += nsec;
		assert_true(all <= (steps + 1) * STEP * N_GPUS * NSEC);
	}
	assert_true(all > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_running),
		TEST(test_by_process_and_by_pod),
		TEST(test_more_than_all),
		TEST(test_span_is_bounded),
		TEST(test_ended_between_two_readings),
		TEST(test_end_of_a_long_life),
		TEST(test_nobody_saw_it),
		TEST(test_accounting_goes_back),
		TEST(test_accounting_alone),
		TEST(test_number_is_used_again),
		TEST(test_unreadable_for_once),
		TEST(test_forgets_who_is_gone),
		TEST(test_random_lives),
		TEST(test_random_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

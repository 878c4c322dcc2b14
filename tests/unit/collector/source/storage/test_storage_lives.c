/* Collectors that end, machines that start anew, clocks that are set: what is stored is stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/collector/source/storage/bench.h"

static void test_restart_goes_on(void **state)
{
	struct bench *bench = *state;
	int64_t began;
	struct buffer state_then;

	make_homes(bench);
	first_round(bench);
	began = bench->machine.boottime_usec;
	pass_later(bench, HOUR);
	state_then = saved(bench);
	/* nobody looks for ten hours: what is stored is stored */
	bench->machine.boottime_usec += 10 * HOUR;
	restart(bench, &state_then);
	first_round(bench);
	pass_later(bench, HOUR);
	assert_int_equal(row_of(bench, "ada")->mib_sec,
		mib_sec(bench, "ada", bench->machine.boottime_usec - began));
	assert_int_equal(
		bench->last_usec - bench->first_usec, bench->machine.boottime_usec - began);
}

/* Killed at any record, what it says is what the next collector goes on behind. */
static void test_restart_behind_any_batch(void **state)
{
	struct bench *bench = *state;
	int64_t began;

	make_homes(bench);
	first_round(bench);
	began = bench->machine.boottime_usec;
	for (int i = 0; i < 5; i++) {
		struct hm_batch batch;
		struct buffer state_then;

		bench->machine.boottime_usec += HOUR;
		fake_publish(&bench->machine);
		assert_int_equal(meter_pass(bench->meter), 0);
		for (int k = 0; k < 2; k++) { /* the node's, then what is stored */
			assert_int_equal(meter_close_window(bench->meter, &batch), 0);
			add_up(bench, &batch);
			state_then = saved(bench);
			if (i % 2 == k) {
				restart(bench, &state_then);
			} else {
				meter_commit_window(bench->meter);
				buffer_release(&state_then);
			}
		}
		first_round(bench);
	}
	assert_int_equal(row_of(bench, "ada")->mib_sec,
		mib_sec(bench, "ada", bench->machine.boottime_usec - began));
}

/* Five minutes up, with UTC @step_usec off what it was at boottime 0; then an hour more. */
static void reboot(struct bench *bench, int64_t step_usec)
{
	struct buffer state_then = saved(bench);

	fake_write_boot_id(&bench->machine, '2');
	bench->machine.boottime_usec = 5 * MINUTE;
	bench->machine.step_usec = step_usec;
	restart(bench, &state_then);
	first_round(bench);
	pass_later(bench, HOUR);
}

/* Boottime begins anew, and UTC says how long that took. */
static void test_reboot(void **state)
{
	struct bench *bench = *state;

	make_homes(bench);
	first_round(bench);
	pass_later(bench, HOUR);
	reboot(bench, bench->machine.boottime_usec + 2 * HOUR - 5 * MINUTE);
	assert_int_equal(row_of(bench, "ada")->mib_sec, mib_sec(bench, "ada", 4 * HOUR));
	assert_int_equal(bench->last_usec - bench->first_usec, 4 * HOUR);
}

/* A clock that is not set, or was set back, is no witness of the time between two boots. */
static void test_reboot_with_a_clock_that_is_not_set(void **state)
{
	struct bench *bench = *state;

	make_homes(bench);
	first_round(bench);
	pass_later(bench, HOUR);
	reboot(bench, -DAY);
	assert_int_equal(row_of(bench, "ada")->mib_sec, mib_sec(bench, "ada", 2 * HOUR));
}

/* What was set makes no time: durations are the machine's own. */
static void test_clock_that_is_set(void **state)
{
	struct bench *bench = *state;

	make_homes(bench);
	first_round(bench);
	bench->machine.step_usec += 90 * DAY;
	pass_later(bench, HOUR);
	assert_int_equal(row_of(bench, "ada")->mib_sec, mib_sec(bench, "ada", HOUR));
	bench->machine.step_usec -= 90 * DAY;
	pass_later(bench, HOUR);
	assert_int_equal(row_of(bench, "ada")->mib_sec, mib_sec(bench, "ada", 2 * HOUR));
	bench->machine.suspended_usec += 5 * HOUR; /* what is stored is stored */
	pass_later(bench, 6 * HOUR);
	assert_int_equal(row_of(bench, "ada")->mib_sec, mib_sec(bench, "ada", 8 * HOUR));
}

static void test_away_for_too_long(void **state)
{
	struct bench *bench = *state;
	struct buffer state_then;

	make_homes(bench);
	first_round(bench);
	pass_later(bench, HOUR);
	state_then = saved(bench);
	bench->machine.boottime_usec += 3 * HOMES_HOLD_USEC;
	restart(bench, &state_then);
	first_round(bench);
	pass_later(bench, HOUR);
	assert_in_range(row_of(bench, "ada")->mib_sec,
		mib_sec(bench, "ada", HOMES_HOLD_USEC + HOUR),
		mib_sec(bench, "ada", HOMES_HOLD_USEC + 2 * HOUR));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_restart_goes_on),
		TEST(test_restart_behind_any_batch),
		TEST(test_reboot),
		TEST(test_reboot_with_a_clock_that_is_not_set),
		TEST(test_clock_that_is_set),
		TEST(test_away_for_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Batches of a machine that learns late what time it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/publish/date.h"
#include "proto/redate.h"
#include "proto/wire.h"
#include "tests/support/make_batch.h"

#define HOUR_USEC   3600000000LL
#define BOOTED_USEC (MADE_BATCH_START_USEC - HOUR_USEC) /* when it really was */

struct machine {
	int64_t boottime_usec;
	int64_t off_usec; /* of its clock */
	struct clock clock;
	uint8_t boot_id[HM_BOOT_ID_SIZE];
	struct dater dater;
	uint8_t *bytes; /* of the last batch that was made */
};

static int64_t boottime(void *context)
{
	return ((struct machine *)context)->boottime_usec;
}

static int64_t realtime(void *context)
{
	struct machine *machine = context;

	return BOOTED_USEC + machine->boottime_usec + machine->off_usec;
}

static int set_up(void **state)
{
	struct machine *machine = calloc(1, sizeof(*machine));

	machine->boottime_usec = HOUR_USEC;
	machine->clock = (struct clock){realtime, boottime, boottime, machine};
	memset(machine->boot_id, 9, HM_BOOT_ID_SIZE);
	dater_init(&machine->dater, &machine->clock, machine->boot_id);
	*state = machine;
	return 0;
}

static int tear_down(void **state)
{
	struct machine *machine = *state;

	dater_release(&machine->dater);
	free(machine->bytes);
	free(machine);
	return 0;
}

/* The minute until now, as the machine dates it; returns when that ends once it is sent. */
static int64_t end_when_sent(struct machine *machine, int64_t later_usec, int64_t set_to_usec)
{
	struct made_batch *made = made_batch_new(1, 2);
	const void *batch;
	struct hm_date date;
	int64_t end_usec;
	size_t size;

	made->batch.window_end_usec = realtime(machine);
	made->batch.window_start_usec = made->batch.window_end_usec - MADE_BATCH_USEC;
	made->batch.window_end_boottime_usec = machine->boottime_usec;
	memcpy(made->batch.boot_id, machine->boot_id, HM_BOOT_ID_SIZE);
	free(machine->bytes);
	size = hm_wire_size(&made->batch);
	machine->bytes = malloc(size);
	assert_int_equal(hm_wire_encode(&made->batch, machine->bytes, size, &size), 0);
	made_batch_free(made);
	machine->boottime_usec += later_usec;
	machine->off_usec = set_to_usec;
	batch = machine->bytes;
	end_usec = dater_date(&machine->dater, 1, &batch, &size);
	assert_int_equal(hm_date_read(batch, size, &date), 0);
	assert_int_equal(end_usec, date.window_end_usec);
	assert_int_equal(date.window_end_usec - date.window_start_usec, MADE_BATCH_USEC);
	return date.window_end_usec;
}

static void test_a_clock_that_is_set(void **state)
{
	static const int64_t off[] = {0, 3 * HOUR_USEC, -2 * HOUR_USEC, HOUR_USEC,
		-41LL * 365 * 24 * HOUR_USEC, CLOCK_SLEW_MAX_USEC + 1};
	struct machine *machine = *state;

	for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++) {
		int64_t truth = BOOTED_USEC + machine->boottime_usec;

		machine->off_usec = off[i];
		assert_int_equal(end_when_sent(machine, 8000000, 0), truth);
	}
}

static void test_slewing_is_no_step(void **state)
{
	struct machine *machine = *state;
	int64_t truth = BOOTED_USEC + machine->boottime_usec;

	machine->off_usec = CLOCK_SLEW_MAX_USEC;
	assert_int_equal(end_when_sent(machine, 0, 0), truth + CLOCK_SLEW_MAX_USEC);
}

static void test_what_says_nothing_of_this_boot(void **state)
{
	struct machine *machine = *state;
	int64_t told = BOOTED_USEC + machine->boottime_usec + HOUR_USEC;

	machine->off_usec = HOUR_USEC;
	memset(machine->dater.boot_id, 8, HM_BOOT_ID_SIZE);
	assert_int_equal(end_when_sent(machine, 0, 0), told); /* of another boot */
	memset(machine->dater.boot_id, 9, HM_BOOT_ID_SIZE);
	machine->boottime_usec = 0; /* as in a batch of an earlier release */
	machine->off_usec = HOUR_USEC;
	assert_int_equal(end_when_sent(machine, HOUR_USEC, 0), BOOTED_USEC + HOUR_USEC);
}

static void test_garbage_goes_as_it_is(void **state)
{
	struct machine *machine = *state;
	const void *batch = "garbage";
	size_t size = 7;

	dater_date(&machine->dater, 1, &batch, &size);
	assert_string_equal(batch, "garbage");
	assert_int_equal(size, 7);
}

static void test_a_clock_that_cannot_be_right(void **state)
{
	struct machine *machine = *state;
	struct dater none;

	machine->off_usec = DATE_WRITTEN_USEC - 1 - BOOTED_USEC - machine->boottime_usec;
	assert_false(dater_is_clock_set(&machine->dater));
	machine->off_usec++;
	assert_true(dater_is_clock_set(&machine->dater));
	dater_init(&none, NULL, NULL);
	assert_true(dater_is_clock_set(&none));
	dater_release(&none);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_clock_that_is_set),
		TEST(test_slewing_is_no_step),
		TEST(test_what_says_nothing_of_this_boot),
		TEST(test_garbage_goes_as_it_is),
		TEST(test_a_clock_that_cannot_be_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

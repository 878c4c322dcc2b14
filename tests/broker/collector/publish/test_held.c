/* When nothing is sent although there is a broker. */
#include "tests/broker/collector/publish/publish_bench.h"

static int64_t told_usec; /* what the clock says that it is */

static int64_t told_realtime(void *context)
{
	(void)context;
	return told_usec;
}

static int64_t real_boottime(void *context)
{
	(void)context;
	return now_usec();
}

/* A machine that boots in 1985: nothing leaves before it knows better, and then all does. */
static void test_a_clock_that_is_not_set(void **state)
{
	static const struct clock clock = {told_realtime, real_boottime, real_boottime, NULL};
	static const uint8_t boot_id[16] = {1};
	struct bench *bench = *state;
	int64_t end;

	told_usec = 473385600000000;
	bench->config.clock = &clock;
	bench->config.boot_id = boot_id;
	open_publisher(bench);
	append(bench, 5, 100);
	for (end = now_usec() + 2500000; now_usec() < end;)
		turn(bench);
	assert_int_equal(spool_acked(&bench->spool), 0);
	assert_in_range(publisher_deadline_usec(bench->publisher),
		now_usec() - PUBLISHER_CLOCK_USEC, now_usec() + PUBLISHER_CLOCK_USEC);
	told_usec = 1788220800000000;
	work_until(bench, 5);
	assert_topic_holds_but(bench, 5, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_clock_that_is_not_set, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

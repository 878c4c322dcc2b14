/* The whole loop with commits that nobody waits for, and whatever becomes of them. */
#include <limits.h>

#include "tests/support/random.h"
#include "tests/unit/aggregator/loop/fake_parts.h"
#include "tests/unit/aggregator/loop/run_loop.h"

static int run_ahead(unsigned int steps)
{
	int r;

	config.flush_thread = true;
	fake.flight_steps = steps;
	r = run();
	config.flush_thread = false;
	return r;
}

static void send_all(size_t partitions, int count)
{
	for (size_t i = 0; i < partitions; i++)
		fake_send((int)i, count);
}

static void assert_all_taken(size_t partitions, int64_t count)
{
	for (size_t i = 0; i < partitions; i++)
		assert_int_equal(fake.partition[i].next_offset, count);
}

static uint64_t most_at_once;

static int note_most(const struct ingest *ingest)
{
	if (most_at_once < ingest->pending_messages)
		most_at_once = ingest->pending_messages;
	return 0;
}

/* While the first commit is under way all that is left is gathered, and goes in one more. */
static void test_reads_on(void **state)
{
	(void)state;
	fake_topic(2);
	send_all(2, 20);
	config.flush_keys = 4; /* of a batch there are more */
	fake.on_idle = stop_after_a_minute;
	fake.on_flush = note_most;
	most_at_once = 0;
	assert_int_equal(run_ahead(UINT_MAX), 0);
	config.flush_keys = 50000;
	assert_all_taken(2, 20);
	assert_true(fake.flights >= 2);
	assert_true(fake.flights < 40);
	assert_int_equal(fake.takeovers, 1);
	assert_int_equal(count_logged("event=commit_undone"), 0);
}

static void test_ends_when_all_has_landed(void **state)
{
	(void)state;
	fake_topic(3);
	send_all(3, 7);
	config.exit_when_caught_up = true;
	fake.on_idle = stop_after_a_minute;
	assert_int_equal(run_ahead(UINT_MAX), 0);
	config.exit_when_caught_up = false;
	assert_all_taken(3, 7);
	assert_false(fake.stop);
}

/* Idle while a commit takes long, the loop does not spin. */
static void test_waits_without_spinning(void **state)
{
	(void)state;
	fake_topic(1);
	send_all(1, 2);
	fake.on_idle = stop_after_a_minute;
	assert_int_equal(run_ahead(100), 0);
	assert_all_taken(1, 2);
	assert_in_range(fake.busy_polls, 0, 2);
}

/* What is refused comes back alone: nobody else is taken over again. */
static void test_finds_the_poison(void **state)
{
	(void)state;
	fake_hubs(2);
	send_all(2, 20);
	fake.on_idle = stop_after_a_minute;
	fake.on_flush = refuse_the_third;
	assert_int_equal(run_ahead(3), 0);
	assert_all_taken(2, 20);
	assert_int_equal(fake.refused, 1);
	assert_int_equal(fake.partition[1].epoch, 1);
	assert_int_equal(count_logged("event=commit_undone"), 0);
	assert_int_equal(count_logged("event=commit_refused act=recall"), 1);
}

/* Of one batch every second, so that there are many commits. */
static void send_one_a_second(void)
{
	while (fake.partition[0].high < FAKE_MESSAGES &&
		fake.partition[0].high < elapsed() / SECOND)
		fake_send(0, 1);
	fake.stop = elapsed() > (FAKE_MESSAGES + 20) * SECOND;
}

static int fail_once(const struct ingest *ingest)
{
	(void)ingest;
	fake.error = "deadlock detected";
	return fake.flushes == 3 ? -EAGAIN : 0;
}

static void test_flies_again(void **state)
{
	(void)state;
	fake_topic(1);
	fake.on_idle = send_one_a_second;
	fake.on_flush = fail_once;
	assert_int_equal(run_ahead(1), 0);
	assert_all_taken(1, FAKE_MESSAGES);
	assert_int_equal(count_logged("event=commit_undone"), 1);
	assert_int_equal(fake.flushes - fake.flights, 16);
}

/* Whatever becomes of commits, every message is in exactly one: store_flush() asserts its place. */
static struct random_source random_;

static int any_outcome(const struct ingest *ingest)
{
	static const int outcome[] = {
		-EAGAIN, -ECONNRESET, -ESTALE, -EREMCHG, -E2BIG, -ECONNRESET, -EAGAIN};

	(void)ingest;
	fake.error = "by chance";
	fake.is_answer_lost = false;
	fake.flight_steps = (unsigned int)random_below(&random_, 4);
	if (random_below(&random_, 3) > 0)
		return 0;
	fake.was_committed = false;
	fake.is_answer_lost = random_below(&random_, 3) == 0;
	if (fake.is_answer_lost) {
		fake.was_committed = true;
		return 0;
	}
	return outcome[random_below(&random_, sizeof(outcome) / sizeof(*outcome))];
}

static void send_by_chance(void)
{
	for (int i = 0; i < FAKE_PARTITIONS; i++)
		if (fake.partition[i].high < FAKE_MESSAGES && random_below(&random_, 2) == 0)
			fake_send(i, 1);
	if (elapsed() > 3600 * SECOND)
		fake.on_flush = NULL;
	fake.stop = elapsed() > 3700 * SECOND;
}

static void test_any_outcome(void **state)
{
	unsigned int flights = 0, undone = 0;

	random_ = (struct random_source){77};
	for (int round = 0; round < 60; round++) {
		assert_int_equal(fake_reset(state), 0);
		if (round % 2)
			fake_hubs(FAKE_PARTITIONS);
		else
			fake_topic(FAKE_PARTITIONS);
		fake.on_idle = send_by_chance;
		fake.on_flush = any_outcome;
		assert_int_equal(run_ahead(round % 4), 0);
		assert_all_taken(FAKE_PARTITIONS, fake.partition[0].high);
		flights += fake.flights;
		undone += count_logged("event=commit_undone");
		assert_int_equal(fake_release(state), 0);
	}
	assert_true(flights > 100);
	assert_true(undone > 60);
	assert_int_equal(fake_reset(state), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_reads_on),
		TEST(test_ends_when_all_has_landed),
		TEST(test_waits_without_spinning),
		TEST(test_finds_the_poison),
		TEST(test_flies_again),
		TEST(test_any_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The whole loop with a PostgreSQL that refuses: whose message it is, and what that costs others.
 */
#include "aggregator/loop/flush.h"

#include "tests/support/random.h"
#include "tests/unit/aggregator/loop/fake_parts.h"
#include "tests/unit/aggregator/loop/run_loop.h"

/* More than five messages take longer than statement_timeout. */
static int only_five(const struct ingest *ingest)
{
	fake.error = "canceling statement due to statement timeout";
	return ingest->pending_messages > 5 ? -E2BIG : 0;
}

static void test_halves_what_is_too_large(void **state)
{
	(void)state;
	fake_topic(2);
	fake_send(0, 40);
	fake_send(1, 20);
	fake.on_idle = stop_after_a_minute;
	fake.on_flush = only_five;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.partition[0].next_offset, 40);
	assert_int_equal(fake.partition[1].next_offset, 20);
	assert_int_equal(fake.refused, 0);
}

static void test_finds_the_poison(void **state)
{
	(void)state;
	fake_topic(2);
	fake_send(0, 6);
	fake_send(1, 6);
	fake.on_idle = stop_after_a_minute;
	fake.on_flush = refuse_the_third;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.partition[0].next_offset, 6);
	assert_int_equal(fake.partition[1].next_offset, 6);
	assert_int_equal(fake.refused, 1);
}

/* Offsets that the database refuses; -1: none. */
static int64_t poison[FAKE_PARTITIONS][2];

static int refuse_the_poison(const struct ingest *ingest)
{
	fake.error = "bigint out of range";
	for (size_t i = 0; i < ingest->n_partitions; i++) {
		const struct ingest_partition *partition = &ingest->partition[i];

		for (int p = 0; p < 2 && ingest_is_in_commit(partition); p++) {
			const int64_t at = poison[partition->partition][p];

			if (at >= partition->committed_offset && at < partition->next_offset &&
				at != partition->poison_offset)
				return -EBADMSG;
		}
	}
	return 0;
}

static void others_do_not_wait(void)
{
	if (elapsed() > 2 * SECOND) {
		assert_int_equal(fake.partition[0].next_offset, 40);
		assert_int_equal(fake.partition[2].next_offset, 40);
	}
	stop_after_a_minute();
}

/* A hub that sends what the database refuses stops itself, and nobody is taken over again. */
static void test_a_hub_stops_itself_alone(void **state)
{
	(void)state;
	memset(poison, 0xff, sizeof(poison));
	poison[1][0] = 7;
	poison[1][1] = 30;
	fake_hubs(3);
	for (int i = 0; i < 3; i++)
		fake_send(i, 40);
	fake.on_idle = others_do_not_wait;
	fake.on_flush = refuse_the_poison;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.partition[1].next_offset, 40);
	assert_int_equal(fake.refused, 2);
	assert_int_equal(fake.partition[0].epoch, 1);
	assert_int_equal(fake.partition[2].epoch, 1);
	assert_int_equal(count_logged("event=commit_refused act=halve"), 1);
	assert_in_range(count_logged("event=commit_refused"), 1, 2); /* one a minute */
}

/* Whatever is refused wherever: that goes to quarantine, all else is committed once, in order. */
static void test_any_poison(void **state)
{
	struct random_source random = {4711};

	for (int round = 0; round < 100; round++) {
		uint64_t count = 0;

		assert_int_equal(fake_reset(state), 0);
		memset(poison, 0xff, sizeof(poison));
		if (round % 2)
			fake_hubs(3);
		else
			fake_topic(3);
		for (int i = 0; i < 3; i++) {
			poison[i][0] = (int64_t)random_below(&random, 40) - 20;
			poison[i][1] = poison[i][0] + 1 + (int64_t)random_below(&random, 9);
			fake_send(i, 20);
			for (int p = 0; p < 2; p++)
				count += poison[i][p] >= 0 && poison[i][p] < 20;
		}
		fake.on_idle = stop_after_a_minute;
		fake.on_flush = refuse_the_poison;
		config.flush_thread = round % 3 == 0;
		assert_int_equal(run(), 0);
		config.flush_thread = false;
		for (int i = 0; i < 3; i++)
			assert_int_equal(fake.partition[i].next_offset, 20);
		assert_int_equal(fake.refused, count);
		if (round < 99)
			assert_int_equal(fake_release(state), 0);
	}
}

static int64_t spent_usec;

/* Everything of the second hub is refused, and takes its time. */
static int refuse_slowly(const struct ingest *ingest)
{
	const struct ingest_partition *partition = &ingest->partition[1];

	fake.error = "bigint out of range";
	if (!ingest_is_in_commit(partition))
		return 0;
	fake.now_usec += SECOND / 5;
	spent_usec += SECOND / 5;
	return partition->next_offset - partition->committed_offset > 1 ||
			       partition->poison_offset != partition->committed_offset
		       ? -EBADMSG
		       : 0;
}

static void stop_after_five_minutes(void)
{
	if (elapsed() < 60 * SECOND)
		assert_in_range(spent_usec, 0, 60 / 5 * SECOND + 3 * SECOND);
	fake.stop = elapsed() > 300 * SECOND;
}

/* The others lose a fifth of the time, and no more. */
static void test_a_hub_has_its_part_of_the_time(void **state)
{
	(void)state;
	spent_usec = 0;
	fake_hubs(2);
	fake_send(0, 40);
	fake_send(1, 60);
	fake.on_idle = stop_after_five_minutes;
	fake.on_flush = refuse_slowly;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.partition[0].next_offset, 40);
	assert_int_equal(fake.partition[1].next_offset, 60);
	assert_int_equal(fake.refused, 60);
}

/* One message of one hub takes the server longer than it may, even alone. */
static int refuse_one_as_too_large(const struct ingest *ingest)
{
	const struct ingest_partition *partition = &ingest->partition[0];

	fake.error = "canceling statement due to statement timeout";
	return ingest_is_in_commit(partition) && partition->next_offset > 4 &&
			       elapsed() < 300 * SECOND
		       ? -E2BIG
		       : 0;
}

static void large_one_holds_up_nobody(void)
{
	if (elapsed() > 20 * SECOND) {
		assert_int_equal(fake.partition[1].next_offset, 10);
		assert_int_equal(fake.partition[2].next_offset, 10);
	}
	if (elapsed() > 20 * SECOND && elapsed() < 30 * SECOND)
		assert_non_null(strstr(fake.partition[0].waiting, "statement timeout"));
	fake.stop = elapsed() > 400 * SECOND;
}

static void test_a_large_one_waits(void **state)
{
	(void)state;
	fake_hubs(3);
	for (int i = 0; i < 3; i++)
		fake_send(i, 10);
	fake.on_idle = large_one_holds_up_nobody;
	fake.on_flush = refuse_one_as_too_large;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.partition[0].next_offset, 10);
	assert_int_equal(fake.refused, 0);
	assert_in_range(count_logged("event=commit_refused act=wait"), 2, 8);
}

/* A hub names a class too many in one message: it counts without it. Then a node: it does not. */
static int refuse_names(const struct ingest *ingest)
{
	const struct ingest_partition *partition = &ingest->partition[1];
	const bool has_third = ingest_is_in_commit(partition) && partition->committed_offset <= 2 &&
			       partition->next_offset > 2;
	const bool has_fifth = ingest_is_in_commit(partition) && partition->committed_offset <= 4 &&
			       partition->next_offset > 4;

	fake.error = "hub \"chemistry\" has named 200 already in resource_class";
	if (has_third && partition->poison_offset != 2)
		return -EDQUOT;
	return has_fifth && (partition->poison_offset != 4 ||
				    partition->poison_reason != HM_REJECT_TOO_MANY_NAMES)
		       ? -EDQUOT
		       : 0;
}

static void test_names_too_many(void **state)
{
	(void)state;
	fake_hubs(2);
	fake_send(0, 9);
	fake_send(1, 9);
	fake.on_idle = stop_after_a_minute;
	fake.on_flush = refuse_names;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.partition[0].next_offset, 9);
	assert_int_equal(fake.partition[1].next_offset, 9);
	assert_int_equal(fake.partition[0].epoch, 1);
	assert_int_equal(fake.refused, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_halves_what_is_too_large),
		TEST(test_finds_the_poison),
		TEST(test_a_hub_stops_itself_alone),
		TEST(test_any_poison),
		TEST(test_a_hub_has_its_part_of_the_time),
		TEST(test_a_large_one_waits),
		TEST(test_names_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

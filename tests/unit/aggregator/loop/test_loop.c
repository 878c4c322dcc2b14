/* The whole loop with a Kafka and a PostgreSQL in memory: what it does when one of them fails. */
#include "aggregator/loop/loop.h"

#include "tests/support/service_manager.h"
#include "tests/unit/aggregator/loop/fake_parts.h"
#include "tests/unit/aggregator/loop/run_loop.h"

static void test_commits_what_it_reads(void **state)
{
	(void)state;
	fake_topic(2);
	fake_send(0, 5);
	fake_send(1, 3);
	fake.on_idle = stop_after_a_minute;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.partition[0].next_offset, 5);
	assert_int_equal(fake.partition[1].next_offset, 3);
	assert_int_equal(fake.flushes, 1);
	assert_in_range(fake.busy_polls, 0, fake.flushes); /* to find a commit due */
}

/* The record before the position is read to compare it: that is nothing to commit. */
static void test_sleeps_after_a_restart(void **state)
{
	(void)state;
	fake_topic(1);
	fake_send(0, 2);
	fake.on_idle = stop_after_a_minute;
	(void)run();
	fake.now_usec = 1000 * SECOND;
	fake.stop = 0;
	fake.polls = fake.busy_polls = 0;
	(void)run();
	assert_int_equal(fake.busy_polls, 0);
	assert_in_range(fake.polls, 1, 60 * 5 + 2);
	assert_int_equal(fake.flushes, 1);
}

static void test_stops_where_the_record_is_another(void **state)
{
	(void)state;
	fake_topic(2);
	fake_send(0, 2);
	fake_send(1, 2);
	fake.on_idle = stop_after_a_minute;
	(void)run();
	fake.now_usec = 1000 * SECOND;
	fake.stop = 0;
	fake.partition[0].message[1].bytes[0] ^= 1;
	fake_send(0, 1);
	fake_send(1, 1);
	(void)run();
	assert_non_null(strstr(fake.partition[0].stopped, "another record is where"));
	assert_int_equal(fake.partition[0].next_offset, 2);
	assert_int_equal(fake.partition[1].next_offset, 3);
}

/* A connection lost in the middle: asked before anything is sent again. */
static int lose_the_first_answer(const struct ingest *ingest)
{
	(void)ingest;
	return fake.flushes == 0 ? -ECONNRESET : 0;
}

static void test_asks_when_in_doubt(void **state)
{
	(void)state;
	fake_topic(1);
	fake_send(0, 4);
	fake.on_idle = stop_after_a_minute;
	fake.on_flush = lose_the_first_answer;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.flushes, 2); /* it was not committed: once more */
	assert_int_equal(fake.connects, 2);
	assert_int_equal(fake.partition[0].next_offset, 4);
}

static int commit_and_lose_the_answer(const struct ingest *ingest)
{
	fake.partition[0].next_offset = ingest->partition[0].next_offset;
	fake.was_committed = true;
	return -ECONNRESET;
}

static void test_believes_the_answer(void **state)
{
	(void)state;
	fake_topic(1);
	fake_send(0, 4);
	fake.on_idle = stop_after_a_minute;
	fake.on_flush = commit_and_lose_the_answer;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.flushes, 1);
}

/* A column was renamed, and put right after an hour: for new sessions only. */
static int fail_for_an_hour(const struct ingest *ingest)
{
	static unsigned int connects_then;

	(void)ingest;
	if (elapsed() < 3600 * SECOND) {
		fake.error = "column \"wall_msec\" of relation \"slot\" does not exist";
		connects_then = fake.connects;
		return -EAGAIN;
	}
	return fake.connects > connects_then ? 0 : -EAGAIN;
}

static void stop_when_committed(void)
{
	fake.stop = fake.partition[0].next_offset == fake.partition[0].high;
}

static void test_says_what_does_not_go_away(void **state)
{
	(void)state;
	fake_topic(1);
	fake_send(0, 4);
	fake.on_idle = stop_when_committed;
	fake.on_flush = fail_for_an_hour;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.partition[0].next_offset, 4);
	assert_in_range(elapsed(), 3600 * SECOND, 3607 * SECOND);
	assert_int_equal(count_logged("event=postgres_away act=commit reason=\"column"), 6);
	assert_int_equal(count_logged("event=postgres_back"), 1);
	assert_string_equal(fake.partition[0].waiting,
		"not committed: column \"wall_msec\" of relation \"slot\" does not exist");
}

/* Another process took a stream of ours further: nothing is left, and both streams are looked up.
 */
static int find_a_stream_moved(const struct ingest *ingest)
{
	(void)ingest;
	if (fake.flushes > 0)
		return 0;
	fake.error = "stream 0123 of usage.physics.v1 is not at 4";
	return -EREMCHG;
}

static void test_looks_at_its_streams_again(void **state)
{
	(void)state;
	fake_topic(2);
	fake_send(0, 6);
	fake_send(1, 6);
	fake.on_idle = stop_after_a_minute;
	fake.on_flush = find_a_stream_moved;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.takeovers, 2);
	assert_int_equal(fake.wanted, 2);
	assert_int_equal(fake.unsubscribed, 0); /* it stays in the group */
	assert_int_equal(fake.partition[0].next_offset, 6);
	assert_int_equal(fake.partition[1].next_offset, 6);
	assert_int_equal(fake.refused, 0);
	assert_int_equal(
		count_logged(
			"event=stream_moved topic=usage.physics.v1 messages=12 reason=\"stream 0123"),
		1);
}

/* However many streams are not as believed: less is tried each time, and the end is reached. */
static int take_few_at_a_time(const struct ingest *ingest)
{
	return ingest->pending_messages > 3 ? -EREMCHG : 0;
}

static void test_moved_streams_are_no_livelock(void **state)
{
	(void)state;
	fake_topic(3);
	for (int i = 0; i < 3; i++)
		fake_send(i, 20);
	fake.on_idle = stop_after_a_minute;
	fake.on_flush = take_few_at_a_time;
	assert_int_equal(run(), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fake.partition[i].next_offset, 20);
	assert_int_equal(fake.refused, 0);
	assert_in_range(fake.flushes, 20, 200);
}

static int fence_once(const struct ingest *ingest)
{
	(void)ingest;
	fake.error = "partition 0 has another owner";
	return fake.flushes == 0 ? -ESTALE : 0;
}

static void test_lets_the_other_go_first(void **state)
{
	(void)state;
	fake_topic(1);
	fake_send(0, 4);
	fake.on_idle = stop_after_a_minute;
	fake.on_flush = fence_once;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.unsubscribed, 1);
	assert_int_equal(fake.subscribed, 2);
	assert_int_equal(fake.partition[0].next_offset, 4);
	assert_int_equal(fake.partition[0].epoch, 2);
}

static void lead_after_ten_seconds(void)
{
	if (elapsed() > 10 * SECOND)
		fake.partition[1].unreadable = NULL;
	else
		assert_string_equal(fake.partition[1].waiting, "the partition has no leader");
	if (elapsed() > 5 * SECOND)
		assert_int_equal(fake.partition[0].next_offset, 4); /* the others do not wait */
	stop_after_a_minute();
}

static void test_reads_again_what_is_back(void **state)
{
	(void)state;
	fake_topic(2);
	fake_send(0, 4);
	fake_send(1, 4);
	fake.partition[1].unreadable = "the partition has no leader";
	fake.on_idle = lead_after_ten_seconds;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.partition[0].next_offset, 4);
	assert_int_equal(fake.partition[1].next_offset, 4);
	assert_string_equal(fake.partition[1].waiting, "");
	assert_int_equal(count_logged("event=partition_waits"), 1);
	assert_int_equal(count_logged("event=partition_goes_on"), 1);
	assert_in_range(fake.busy_polls, 0, fake.flushes);
}

static void decide_after_a_while(void)
{
	if (elapsed() > 90 * SECOND && fake.partition[0].stopped[0]) {
		fake.partition[0].stopped[0] = '\0';
		fake.partition[0].next_offset = 0;
		fake.partition[0].last = (struct ingest_last){0};
	}
	fake.stop = elapsed() > 300 * SECOND;
}

/* No restart is needed after the decision. */
static void test_goes_on_where_an_operator_decided(void **state)
{
	(void)state;
	fake_topic(1);
	fake_send(0, 4);
	fake.partition[0].next_offset = 9;
	fake.partition[0].epoch = 1;
	fake.on_idle = decide_after_a_while;
	assert_int_equal(run(), 0);
	assert_int_equal(count_logged("ends at 4, but was read up to 9"), 1);
	assert_int_equal(fake.partition[0].next_offset, 4);
}

static void test_ends_where_the_schema_does_not_fit(void **state)
{
	(void)state;
	fake_topic(1);
	fake.postgres_away = -EPROTONOSUPPORT;
	fake.error = "the schema has version 3, wanted is 5";
	assert_int_equal(run(), -EPROTONOSUPPORT);
	assert_int_equal(count_logged("event=postgres_unfit reason=\"the schema has version 3"), 1);
}

static void postgres_back_after_an_hour(void)
{
	if (elapsed() > 3600 * SECOND)
		fake.postgres_away = 0;
	fake.stop = elapsed() > 3700 * SECOND;
}

/* Also where no partition asks for it. */
static void test_says_that_postgres_is_away(void **state)
{
	(void)state;
	fake_topic(0);
	fake.postgres_away = -EAGAIN;
	fake.error = "connection refused";
	fake.on_idle = postgres_back_after_an_hour;
	assert_int_equal(run(), 0);
	assert_int_equal(count_logged("event=postgres_away"), 6);
	assert_int_equal(count_logged("event=postgres_back"), 1);
}

static int64_t revoked_after;

/* Somebody joins while we wait for PostgreSQL: the group asks for what we have, and gives it back.
 */
static void join_while_we_wait(void)
{
	fake.postgres_away = elapsed() > 20 * SECOND && elapsed() < 120 * SECOND ? -EAGAIN : 0;
	if (elapsed() > 30 * SECOND && fake.partition[0].high == 4)
		fake_send(0, 4);
	if (revoked_after == 0 && elapsed() > 60 * SECOND) {
		for (int i = 0; i < FAKE_PARTITIONS; i++)
			assert_false(fake.partition[i].is_assigned);
		fake.handler.revoke(fake.handler.context, false);
		fake.news = CONSUME_EVENT_ASSIGNED;
		revoked_after = elapsed();
	}
	fake.stop = elapsed() > 180 * SECOND;
}

static int fail_while_away(const struct ingest *ingest)
{
	(void)ingest;
	fake.error = "server closed the connection unexpectedly";
	return elapsed() > 20 * SECOND && elapsed() < 120 * SECOND ? -ECONNRESET : 0;
}

static void test_answers_the_group_while_it_waits(void **state)
{
	(void)state;
	revoked_after = 0;
	fake_topic(1);
	fake_send(0, 4);
	fake.on_idle = join_while_we_wait;
	fake.on_flush = fail_while_away;
	assert_int_equal(run(), 0);
	assert_in_range(revoked_after, 60 * SECOND, 61 * SECOND);
	assert_int_equal(fake.partition[0].next_offset, 8);
	assert_int_equal(fake.partition[0].epoch, 2);
	assert_in_range(fake.busy_polls, 0, fake.flushes);
}

static void more_while_it_waits(void)
{
	if (elapsed() > 3560 * SECOND && fake.partition[0].high == 4)
		fake_send(0, 20);
	fake.stop = elapsed() > 3720 * SECOND;
}

/* What was let go of is read on from where it was. */
static void test_reads_on_after_waiting(void **state)
{
	(void)state;
	fake_topic(2);
	fake_send(0, 4);
	fake_send(1, 30);
	fake.on_idle = more_while_it_waits;
	fake.on_flush = fail_for_an_hour;
	fake.now_usec += 3540 * SECOND; /* the hour is nearly over */
	assert_int_equal(run(), 0);
	assert_int_equal(fake.partition[0].next_offset, 24);
	assert_int_equal(fake.partition[1].next_offset, 30);
	assert_int_equal(fake.partition[0].epoch, 1);
}

static void kafka_back_after_an_hour(void)
{
	if (fake.is_kafka_away)
		fake.news = CONSUME_EVENT_UNREACHABLE;
	fake.is_kafka_away = elapsed() > 60 * SECOND && elapsed() < 3600 * SECOND;
	fake.stop = elapsed() > 3700 * SECOND;
}

static void test_says_that_kafka_is_away(void **state)
{
	(void)state;
	fake_topic(1);
	fake.on_idle = kafka_back_after_an_hour;
	assert_int_equal(run(), 0);
	assert_int_equal(
		count_logged("event=kafka_away act=read reason=\"connection refused\""), 6);
	assert_int_equal(count_logged("event=kafka_back"), 1);
}

static void assign_late(void)
{
	if (fake.polls == 1) {
		fake.handler.revoke(fake.handler.context, false);
		fake_send(0, 2);
	}
	if (fake.polls == 20)
		fake.news = CONSUME_EVENT_ASSIGNED;
	assert_in_range(fake.polls, 0, 10000);
}

/* Without partitions there is nothing to be caught up with. */
static void test_waits_for_its_partitions(void **state)
{
	(void)state;
	config.exit_when_caught_up = true;
	fake_topic(1);
	fake.partition[0].unreadable = "the partition has no leader";
	fake.on_idle = assign_late;
	fake_send(0, 1);
	fake.partition[0].unreadable = NULL;
	assert_int_equal(run(), 0);
	config.exit_when_caught_up = false;
	assert_int_equal(fake.partition[0].next_offset, fake.partition[0].high);
}

static void is_not_endless(void)
{
	assert_in_range(fake.polls, 0, 10000);
}

/* Another database read partition 0 up to 3, and nothing of partition 1. */
static void test_reads_up_to_a_bound(void **state)
{
	char path[] = "/tmp/hubmeter-test-loop-XXXXXX";
	const int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(dprintf(fd, "usage.physics.v1 0 3\n"), 21);
	config.exit_when_caught_up = true;
	config.read_until = path;
	fake_topic(2);
	fake_send(0, 5);
	fake_send(1, 2);
	fake.on_idle = is_not_endless;
	assert_int_equal(run(), 0);
	config.exit_when_caught_up = false;
	config.read_until = nowhere;
	assert_int_equal(fake.partition[0].next_offset, 3);
	assert_int_equal(fake.partition[1].next_offset, 0);
	assert_int_equal(unlink(path), 0);
	(void)close(fd);
}

/* Messages come at the start; the commit is due after the interval that is told half a second
 * later. */
static void reload_after_half_a_second(void)
{
	if (elapsed() >= SECOND / 2 && config.flush_interval == SECOND)
		reload = 1;
	fake.stop = elapsed() > 60 * SECOND || fake.flushes > 0;
}

static void test_takes_a_new_configuration(void **state)
{
	const struct config kept = config;

	(void)state;
	fake_topic(1);
	fake_send(0, 4);
	fake.on_idle = reload_after_half_a_second;
	assert_int_equal(run(), 0);
	assert_int_equal(reload, 0);
	assert_int_equal(fake.flushes, 1);
	assert_in_range(elapsed(), 10 * SECOND, 11 * SECOND);
	config = kept;
}

static void stop_after_ten_seconds(void)
{
	fake.stop = elapsed() > 10 * SECOND;
}

static void test_tells_the_service_manager(void **state)
{
	int fd = service_manager();

	(void)state;
	assert_int_equal(setenv("WATCHDOG_USEC", "8000000", 1), 0);
	fake_topic(1);
	fake.on_idle = stop_after_ten_seconds;
	assert_int_equal(run(), 0);
	assert_told(fd, "READY=1");
	assert_in_range(service_manager_skip(fd, "WATCHDOG=1"), 2, 4);
	assert_told(fd, "STOPPING=1");
	assert_int_equal(unsetenv("WATCHDOG_USEC"), 0);
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	(void)close(fd); /* a test socket */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_commits_what_it_reads),
		TEST(test_sleeps_after_a_restart),
		TEST(test_stops_where_the_record_is_another),
		TEST(test_asks_when_in_doubt),
		TEST(test_believes_the_answer),
		TEST(test_says_what_does_not_go_away),
		TEST(test_looks_at_its_streams_again),
		TEST(test_moved_streams_are_no_livelock),
		TEST(test_lets_the_other_go_first),
		TEST(test_reads_again_what_is_back),
		TEST(test_goes_on_where_an_operator_decided),
		TEST(test_ends_where_the_schema_does_not_fit),
		TEST(test_says_that_postgres_is_away),
		TEST(test_answers_the_group_while_it_waits),
		TEST(test_reads_on_after_waiting),
		TEST(test_says_that_kafka_is_away),
		TEST(test_waits_for_its_partitions),
		TEST(test_reads_up_to_a_bound),
		TEST(test_takes_a_new_configuration),
		TEST(test_tells_the_service_manager),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

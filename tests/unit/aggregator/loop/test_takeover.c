/* Which partitions are read, waiting or stopped, and who is asked about them, in a whole loop. */
#include "aggregator/loop/takeover.h"

#include "tests/unit/aggregator/loop/fake_parts.h"
#include "tests/unit/aggregator/loop/run_loop.h"

/* Compaction takes records away, and leaves the others where they were. */
static void test_stops_where_the_record_was_compacted(void **state)
{
	(void)state;
	fake_topic(1);
	fake_send(0, 2);
	fake.on_idle = stop_after_a_minute;
	(void)run();
	fake.now_usec = 1000 * SECOND;
	fake.stop = 0;
	fake.partition[0].hole = 1;
	fake_send(0, 1);
	(void)run();
	assert_non_null(strstr(fake.partition[0].stopped, "compacted (is cleanup.policy=delete?)"));
	assert_int_equal(fake.partition[0].next_offset, 2);
}

/* Kafka is asked nothing about it meanwhile: what is asked waits behind what is read. */
static void test_asks_only_the_database_whether_it_was_decided(void **state)
{
	(void)state;
	fake_topic(1);
	fake.partition[0].epoch = 1;
	(void)strcpy(fake.partition[0].stopped, "made anew");
	fake.on_idle = stop_after_a_minute;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.limits_asked, 1);
	assert_in_range(fake.stops_asked, 10, 13);
	assert_int_equal(count_logged("event=partition_stopped"), 1);
}

/* A stop that could not be recorded is, as soon as that works again. */
static void test_records_a_stop_later(void **state)
{
	(void)state;
	fake_topic(1);
	fake_send(0, 4);
	fake.partition[0].next_offset = 9;
	fake.partition[0].epoch = 1;
	fake.stops_to_fail = 3;
	fake.on_idle = stop_after_a_minute;
	assert_int_equal(run(), 0);
	assert_non_null(strstr(fake.partition[0].stopped, "ends at 4, but was read up to 9"));
	assert_int_equal(fake.takeovers, 1);
	assert_int_equal(count_logged("event=stop_not_recorded"), 1);
	assert_int_equal(count_logged("event=partition_stopped"), 1);
}

/* The owner of before has a message that was sent meanwhile. */
static void read_on(void)
{
	if (fake.takeovers > 1)
		return;
	fake_send(0, 1);
	fake.partition[0].next_offset = fake.partition[0].high;
}

/* Where it ended before the rows were ours says nothing of how far it was read. */
static void test_the_owner_of_before_reads_on(void **state)
{
	(void)state;
	fake_topic(1);
	fake_send(0, 4);
	fake.partition[0].next_offset = 4;
	fake.partition[0].epoch = 1;
	fake.on_takeover = read_on;
	fake.on_idle = stop_after_a_minute;
	assert_int_equal(run(), 0);
	assert_string_equal(fake.partition[0].stopped, "");
	assert_int_equal(fake.limits_asked, 2);
	assert_int_equal(fake.takeovers, 1);
}

static void lose_the_next_record(void)
{
	if (!fake.news_topic) {
		assert_int_equal(fake.flushes, 0);
		fake.news = CONSUME_EVENT_OUT_OF_RANGE;
		fake.news_topic = "usage.physics.v1";
	}
	stop_after_a_minute();
}

/* An operator who gives up what is missing must not give up what was read and not committed yet. */
static void test_commits_before_a_stop_is_recorded(void **state)
{
	(void)state;
	fake_topic(1);
	fake_send(0, 4);
	fake.news_offset = 4;
	fake.on_idle = lose_the_next_record;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.partition[0].next_offset, 4);
	assert_int_equal(fake.flushes, 1);
	assert_non_null(strstr(fake.partition[0].stopped, "the next record is not there"));
	assert_int_equal(count_logged("event=stop_not_recorded"), 0);
}

/* What Kafka says of an offset that was asked for before the partition was given to us anew stops
 * nothing. */
static void test_goes_on_after_what_is_said_late(void **state)
{
	(void)state;
	fake_topic(1);
	fake_send(0, 4);
	fake.news_offset = 3;
	fake.on_idle = lose_the_next_record;
	assert_int_equal(run(), 0);
	assert_string_equal(fake.partition[0].stopped, "");
	assert_int_equal(count_logged("event=partition_stopped"), 0);
}

static void lose_postgres_once(void)
{
	static bool was_lost;

	if (elapsed() < SECOND)
		was_lost = false;
	else if (!was_lost)
		fake.is_connected = false, was_lost = true;
	stop_after_a_minute();
}

/* A new connection is the one that a successor must know of, also when nothing is in doubt. */
static void test_tells_of_a_new_backend(void **state)
{
	(void)state;
	fake_topic(2);
	fake_send(0, 4);
	fake.partition[1].epoch = 1;
	(void)strcpy(fake.partition[1].stopped, "made anew");
	fake.on_idle = lose_postgres_once;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.connects, 2);
	assert_int_equal(fake.resolves, 1);
	assert_int_equal(fake.partition[0].next_offset, 4);
}

static int64_t made_anew_usec;

/* Topics are deleted and made anew, one after the other. */
static void make_anew(void)
{
	if (made_anew_usec == 0 && elapsed() > 5 * SECOND) {
		made_anew_usec = fake.now_usec;
		fake.partition[0].message[3].bytes[0] ^= 1;
		fake.news = CONSUME_EVENT_TOPIC_GONE;
		fake.news_topic = "usage.chemistry.v1";
	} else if (fake.news_topic && strcmp(fake.news_topic, "usage.chemistry.v1") == 0 &&
		   fake.partition[0].stopped[0]) {
		assert_in_range(fake.now_usec - made_anew_usec, 0, SECOND);
		fake.partition[1].message[3].bytes[0] ^= 1;
		fake.news = CONSUME_EVENT_TOPIC_GONE;
		fake.news_topic = "usage.physics.v1";
	}
	stop_after_a_minute();
}

/* Only what is told of is looked at again; a second topic later, but it is. */
static void test_looks_again_at_what_is_suspect(void **state)
{
	(void)state;
	fake_topic(3);
	fake.assignment[0].topic = "usage.chemistry.v1";
	fake.assignment[2].topic = "usage.biology.v1";
	for (int i = 0; i < 3; i++)
		fake_send(i, 4);
	made_anew_usec = 0;
	fake.on_idle = make_anew;
	assert_int_equal(run(), 0);
	assert_non_null(strstr(fake.partition[0].stopped, "made anew"));
	assert_non_null(strstr(fake.partition[1].stopped, "made anew"));
	assert_string_equal(fake.partition[2].stopped, "");
	assert_int_equal(fake.partition[0].epoch, 2);
	assert_int_equal(fake.partition[1].epoch, 2);
	assert_int_equal(fake.partition[2].epoch, 1);
	assert_int_equal(fake.partition[2].next_offset, 4);
	assert_int_equal(count_logged("event=topic_suspect"), 2);
	assert_int_equal(count_logged("event=assigned"), 1);
}

/* Where Kafka's client does not say which topic is gone, any may be. */
static void lose_some_topic(void)
{
	if (made_anew_usec == 0 && elapsed() > 5 * SECOND) {
		made_anew_usec = fake.now_usec;
		fake.news = CONSUME_EVENT_TOPIC_GONE;
	}
	stop_after_a_minute();
}

static void test_looks_again_at_all(void **state)
{
	(void)state;
	fake_topic(2);
	fake_send(0, 4);
	made_anew_usec = 0;
	fake.on_idle = lose_some_topic;
	assert_int_equal(run(), 0);
	assert_int_equal(fake.partition[0].epoch, 2);
	assert_int_equal(fake.partition[1].epoch, 2);
	assert_int_equal(fake.partition[0].next_offset, 4);
	assert_int_equal(fake.limits_asked, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_stops_where_the_record_was_compacted),
		TEST(test_asks_only_the_database_whether_it_was_decided),
		TEST(test_records_a_stop_later),
		TEST(test_the_owner_of_before_reads_on),
		TEST(test_commits_before_a_stop_is_recorded),
		TEST(test_goes_on_after_what_is_said_late),
		TEST(test_tells_of_a_new_backend),
		TEST(test_looks_again_at_what_is_suspect),
		TEST(test_looks_again_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

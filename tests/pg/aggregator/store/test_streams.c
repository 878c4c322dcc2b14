/*
 * Streams against a real PostgreSQL: each batch counts once, whichever partition and process it
 * comes through, and every offset is in the account. Needs the services of deploy/local; skipped
 * (77) where they cannot be started.
 */
#include <errno.h>

#include "tests/pg/aggregator/store/store_bench.h"
#include "tests/support/random.h"

#define GAPS                                                                                       \
	"SELECT coalesce(string_agg(first_sequence || '-' || last_sequence, ' '"                   \
	" ORDER BY first_sequence), '') FROM ingest.gap"
#define ACCOUNT                                                                                    \
	"SELECT string_agg(format('%s %s %s %s %s %s', next_offset - first_offset, taken,"         \
	" duplicates, quarantined, skipped, lost), ', ' ORDER BY partition) FROM ingest.partition"

static void take_number(struct owner *owner, struct made_batch *made, uint64_t sequence)
{
	made->batch.sequence = sequence;
	take(owner, &made->batch);
}

static void take_numbers(
	struct owner *owner, struct made_batch *made, uint64_t first, uint64_t last)
{
	for (uint64_t sequence = first; sequence <= last; sequence++)
		take_number(owner, made, sequence);
}

static void assert_batches(const struct made_batch *made, uint64_t count)
{
	assert_true(stored_wall() == count * sum_of(made, HM_QUANTITY_WALL_MSEC));
}

/* 1..20 in partition 0; a partition is added, and 16..20 are replayed into it, to another process.
 */
static void test_a_partition_is_added(void **state)
{
	struct made_batch *made = make(1);
	struct owner old = own();
	struct owner new;

	(void)state;
	take_numbers(&old, made, 1, 20);
	flush(&old);
	new = own_partition(1);
	take_numbers(&new, made, 16, 22);
	flush(&new);
	assert_batches(made, 22);
	assert_value(GAPS, "");
	assert_value("SELECT count(*) || ' ' || max(sequence) FROM ingest.watermark", "1 22");
	assert_value(ACCOUNT, "20 20 0 0 0 0, 7 2 5 0 0 0");
	made_batch_free(made);
	disown(&old);
	disown(&new);
}

/* Both read what the other does not know of: one commits, the other looks again. */
static void test_two_processes_move_a_stream(void **state)
{
	struct made_batch *made = make(2);
	struct owner a = own();
	struct owner b = own_partition(1);

	(void)state;
	take_numbers(&a, made, 1, 5);
	take_numbers(&b, made, 3, 7);
	flush(&b);
	assert_value(GAPS, "1-2");
	assert_int_equal(store_flush(a.store, a.ingest), -EREMCHG);
	assert_true(store_is_connected(a.store));
	assert_batches(made, 5);
	look_again(&a);
	take_numbers(&a, made, 1, 5);
	flush(&a);
	assert_batches(made, 7);
	assert_value(GAPS, "");
	assert_value(ACCOUNT, "5 2 3 0 0 0, 5 5 0 0 0 0");
	made_batch_free(made);
	disown(&a);
	disown(&b);
}

/* The tail is still unread in partition 0 while its replay comes through partition 1. */
static void test_the_tail_is_unread(void **state)
{
	struct made_batch *made = make(3);
	struct owner a = own();
	struct owner b;

	(void)state;
	take_numbers(&a, made, 1, 15);
	flush(&a);
	b = own_partition(1);
	take_numbers(&a, made, 16, 20);
	take_numbers(&b, made, 16, 20);
	flush(&a);
	assert_int_equal(store_flush(b.store, b.ingest), -EREMCHG);
	look_again(&b);
	take_numbers(&b, made, 16, 21);
	flush(&b);
	assert_batches(made, 21);
	made_batch_free(made);
	disown(&a);
	disown(&b);
}

/* Both fill the same gap: it is verified to be open still. */
static void test_two_processes_fill_a_gap(void **state)
{
	struct made_batch *made = make(4);
	struct owner a = own();
	struct owner b;

	(void)state;
	take_number(&a, made, 10);
	flush(&a);
	(void)ask("UPDATE ingest.gap SET seen_at = '2026-01-01Z'");
	b = own_partition(1);
	take_number(&a, made, 4);
	take_number(&b, made, 4);
	flush(&a);
	assert_value(GAPS, "1-3 5-9");
	assert_value("SELECT count(*) FROM ingest.gap WHERE seen_at = '2026-01-01Z'", "2");
	assert_int_equal(store_flush(b.store, b.ingest), -EREMCHG);
	look_again(&b);
	take_number(&b, made, 4);
	assert_int_equal(b.ingest->counters.duplicates, 1);
	take_numbers(&b, made, 5, 9);
	take_number(&b, made, 1);
	flush(&b);
	assert_value(GAPS, "2-3");
	assert_batches(made, 8);
	made_batch_free(made);
	disown(&a);
	disown(&b);
}

/* 1 2 4 5 3, with a commit after each. */
static void test_late_batch(void **state)
{
	static const struct {
		uint64_t sequence;
		const char *gaps;
	} steps[] = {{1, ""}, {2, ""}, {4, "3-3"}, {5, "3-3"}, {3, ""}, {3, ""}, {9, "6-8"},
		{6, "7-8"}, {8, "7-7"}, {7, ""}};
	struct made_batch *made = make(5);
	struct owner owner = own();

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		take_number(&owner, made, steps[i].sequence);
		flush(&owner);
		assert_value(GAPS, steps[i].gaps);
	}
	assert_batches(made, 9);
	assert_value(ACCOUNT, "10 9 1 0 0 0");
	made_batch_free(made);
	disown(&owner);
}

/* A cloned spool, also when the process that knew the stream is gone. */
static void test_cloned_stream(void **state)
{
	struct made_batch *made = make(6);
	struct owner first = own();
	struct owner second;

	(void)state;
	take_number(&first, made, 1);
	flush(&first);
	assert_value("SELECT node FROM ingest.watermark", "node-1");
	second = own();
	made->batch.node = "node-2";
	take_numbers(&second, made, 1, 2);
	flush(&second);
	assert_value(
		"SELECT string_agg(reason, ' ') FROM ingest.quarantine", "stream_node stream_node");
	assert_value(ACCOUNT, "3 1 0 2 0 0");
	assert_batches(made, 1);
	(void)ask("UPDATE ingest.watermark SET node = NULL"); /* as before there were nodes */
	disown(&second);
	second = own();
	take_number(&second, made, 2);
	flush(&second);
	assert_value("SELECT node FROM ingest.watermark", "node-2");
	made_batch_free(made);
	disown(&first);
	disown(&second);
}

/* Two processes tell the owner of a stream that had none: one of them is wrong. */
static void test_two_owners_of_a_stream(void **state)
{
	struct made_batch *made = make(7);
	struct owner a = own();
	struct owner b = own_partition(1);

	(void)state;
	take_number(&a, made, 1);
	made->batch.node = "node-2";
	take_number(&b, made, 1);
	flush(&a);
	assert_int_equal(store_flush(b.store, b.ingest), -EREMCHG);
	look_again(&b);
	take_number(&b, made, 1);
	flush(&b);
	assert_value("SELECT reason FROM ingest.quarantine", "stream_node");
	assert_batches(made, 1);
	made_batch_free(made);
	disown(&a);
	disown(&b);
}

/* Silent for more than a year: not loaded, found by the commit, and known from then on. */
static void test_a_stream_comes_back(void **state)
{
	struct made_batch *made = make(8);
	struct owner owner = own();

	(void)state;
	take_numbers(&owner, made, 1, 3);
	take_number(&owner, made, 5);
	flush(&owner);
	(void)ask("UPDATE ingest.watermark SET moved_on = now()::date - 366");
	disown(&owner);
	owner = own();
	assert_int_equal(owner.partition->its_topic->dedupe.streams.count, 0);
	take_numbers(&owner, made, 3, 6);
	assert_int_equal(store_flush(owner.store, owner.ingest), -EREMCHG);
	look_again(&owner);
	assert_int_equal(owner.partition->its_topic->dedupe.streams.count, 1);
	take_numbers(&owner, made, 3, 6);
	flush(&owner);
	assert_batches(made, 6);
	assert_value(GAPS, "");
	assert_value("SELECT moved_on > now()::date - 2 FROM ingest.watermark", "t");
	made_batch_free(made);
	disown(&owner);
}

/* Each 4096th of them goes on, fills its gap, and repeats itself. */
static void go_on_in_some(struct owner *owner, struct made_batch *made)
{
	for (int n = 1; n < 1 << 20; n += 4096) {
		char sql[80];
		const char *hex;

		(void)snprintf(sql, sizeof(sql), "SELECT md5('%d')", n);
		hex = ask(sql);
		for (int i = 0; i < HM_STREAM_SIZE; i++)
			assert_int_equal(sscanf(hex + 2 * i, "%2hhx", &made->batch.stream[i]), 1);
		take_number(owner, made, 4);
		take_number(owner, made, 2);
		take_number(owner, made, 3);
	}
}

/* 2^20 streams of one hub: a takeover loads some, and what is not loaded counts once all the same.
 */
static void test_very_many_streams(void **state)
{
	struct made_batch *made = make(9);
	struct owner owner;

	(void)state;
	(void)ask("INSERT INTO ingest.watermark (topic, stream, sequence, node, moved_on)"
		  " SELECT '" TOPIC "', decode(md5(n::text), 'hex'), 3, 'node-1',"
		  " now()::date - 20 FROM generate_series(1, 1048576) AS n");
	(void)ask("INSERT INTO ingest.gap (topic, stream, first_sequence, last_sequence)"
		  " SELECT '" TOPIC "', decode(md5(n::text), 'hex'), 2, 2"
		  " FROM generate_series(1, 1048576) AS n");
	(void)ask("ANALYZE ingest.watermark, ingest.gap");
	owner = own();
	assert_in_range(
		owner.partition->its_topic->dedupe.streams.count, 1000, DEDUPE_MAX_STREAMS / 2);
	go_on_in_some(&owner, made);
	assert_int_equal(store_flush(owner.store, owner.ingest), -EREMCHG);
	look_again(&owner);
	go_on_in_some(&owner, made);
	flush(&owner);
	assert_batches(made, 512);
	assert_value(ACCOUNT, "768 512 256 0 0 0");
	made_batch_free(made);
	disown(&owner);
}

/* A topic that was made anew refuses at the same offset: both are kept. */
static void test_refusals_of_a_recreated_topic(void **state)
{
	struct owner owner = own();

	(void)state;
	take_bytes(&owner, "\xff\x01", 2);
	flush(&owner);
	(void)ask("UPDATE ingest.partition SET next_offset = 0, last_crc32c = NULL");
	assert_value(ACCOUNT, "0 0 0 0 0 0");
	disown(&owner);
	owner = own();
	take_bytes(&owner, "\xff\x02", 2);
	flush(&owner);
	assert_value("SELECT string_agg(record_offset || ' ' || encode(payload, 'hex'), ', '"
		     " ORDER BY quarantine_id) FROM ingest.quarantine",
		"0 ff01, 0 ff02");
	disown(&owner);
}

/* Every offset below next_offset is one of five things, by a constraint. */
static void test_account(void **state)
{
	struct random_source random = {17};
	struct made_batch *made = make(12);
	struct owner owner = own();

	(void)state;
	owner.offset = 3; /* Kafka has nothing before: compacted, say */
	for (int turn = 0; turn < 300; turn++) {
		owner.offset += random_below(&random, 4) == 0 ? 1 : 0; /* a marker */
		made->batch.node = random_below(&random, 9) ? "node-1" : "node-2";
		if (random_below(&random, 9) == 0)
			take_bytes(&owner, "\xff", 1);
		else
			take_number(&owner, made, 1 + random_below(&random, 100));
		if (random_below(&random, 20) == 0)
			flush(&owner);
	}
	if (ingest_has_pending(owner.ingest))
		flush(&owner);
	assert_value(
		"SELECT taken + duplicates + quarantined + skipped + lost = next_offset -"
		" first_offset AND taken > 0 AND duplicates > 0 AND skipped > 0"
		" AND quarantined = (SELECT count(*) FROM ingest.quarantine)"
		" AND taken = (SELECT sequence - (SELECT sum(last_sequence - first_sequence + 1)"
		" FROM ingest.gap) FROM ingest.watermark) FROM ingest.partition",
		"t");
	(void)ask("UPDATE ingest.partition SET next_offset = next_offset + 50");
	assert_value("SELECT lost FROM ingest.partition", "50"); /* that was a decision */
	made_batch_free(made);
	disown(&owner);
}

#define TOPICS 150

/* Each topic has its own, however many are asked for at once: n has n % 4 streams, k with k gaps.
 */
static void test_streams_of_many_topics(void **state)
{
	struct store_claim *claim = calloc(TOPICS, sizeof(*claim));
	struct owner owner = own();

	(void)state;
	(void)ask(
		"INSERT INTO ingest.watermark (topic, stream, sequence) SELECT format('usage.many-%s.v1', n),"
		" decode(lpad(to_hex(k), 32, '0'), 'hex'), 100 + n"
		" FROM generate_series(0, 149) AS n, generate_series(1, n % 4) AS k");
	(void)ask(
		"INSERT INTO ingest.gap (topic, stream, first_sequence, last_sequence)"
		" SELECT w.topic, w.stream, 2 * g, 2 * g FROM ingest.watermark AS w,"
		" generate_series(1, get_byte(w.stream, 15)) AS g WHERE w.topic ~ '^usage.many-'");
	for (int i = 0; i < TOPICS; i++) {
		char topic[64];

		(void)snprintf(topic, sizeof(topic), "usage.many-%d.v1", i);
		assert_int_equal(
			ingest_add_partition(owner.ingest, topic, i % 3, &owner.partition), 0);
	}
	for (int i = 0; i < TOPICS; i++)
		claim[i].partition = &owner.ingest->partition[1 + i];
	assert_int_equal(store_takeover(owner.store, claim, TOPICS), 0);
	for (int i = 0; i < TOPICS; i++) {
		const struct dedupe *dedupe = &claim[i].partition->its_topic->dedupe;
		const unsigned int streams = (unsigned int)i % 4;

		assert_int_equal(claim[i].result, 0);
		assert_int_equal(dedupe->streams.count, streams);
		assert_int_equal(dedupe->n_gaps, streams * (streams + 1) / 2);
		if (streams)
			assert_int_equal(dedupe_at(dedupe, 0)->sequence, 100 + i);
	}
	free(claim);
	disown(&owner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_partition_is_added),
		TEST(test_two_processes_move_a_stream),
		TEST(test_the_tail_is_unread),
		TEST(test_two_processes_fill_a_gap),
		TEST(test_late_batch),
		TEST(test_cloned_stream),
		TEST(test_two_owners_of_a_stream),
		TEST(test_a_stream_comes_back),
		TEST(test_very_many_streams),
		TEST(test_refusals_of_a_recreated_topic),
		TEST(test_account),
		TEST(test_streams_of_many_topics),
	};

	return cmocka_run_group_tests(tests, start_services, stop_services);
}

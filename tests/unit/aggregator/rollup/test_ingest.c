/* Messages in, effects out: golden and garbage, once and again. */
#include "aggregator/rollup/ingest.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/crc32c.h"
#include "tests/support/make_batch.h"
#include "tests/support/random.h"

#define TOPIC	"usage.physics.v1"
#define GARBAGE 20000

static int64_t fixed_time(void *context)
{
	(void)context;
	return MADE_BATCH_START_USEC + 10 * MADE_BATCH_USEC;
}

static const struct record_time no_time; /* of the record: ours counts */

static const struct clock fixed_clock = {fixed_time, fixed_time, fixed_time, NULL};

struct fixture {
	struct ingest *ingest;
	struct ingest_partition *partition;
};

static int set_up(void **state)
{
	const struct ingest_limits limits = {.max_age_usec = 3600LL * 1000000,
		.max_future_usec = 60LL * 1000000,
		.rollup_bytes = (size_t)32 << 20,
		.seed = 5};
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture || ingest_new(&fixed_clock, &limits, &fixture->ingest) < 0 ||
		ingest_add_partition(fixture->ingest, TOPIC, 0, &fixture->partition) < 0)
		return -1;
	fixture->partition->reading = INGEST_READING_GOES_ON;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	ingest_free(fixture->ingest);
	free(fixture);
	return 0;
}

/* The caller frees. */
static unsigned char *encode(const struct hm_batch *batch, size_t *ret_size)
{
	size_t capacity = hm_wire_size(batch);
	unsigned char *bytes = malloc(capacity);

	assert_non_null(bytes);
	assert_int_equal(hm_wire_encode(batch, bytes, capacity, ret_size), 0);
	return bytes;
}

static int offer(struct fixture *fixture, int64_t offset, const struct hm_batch *batch)
{
	size_t size;
	unsigned char *bytes = encode(batch, &size);
	int r = ingest_message(fixture->ingest, fixture->partition, offset, bytes, size, &no_time);

	free(bytes);
	return r;
}

static const struct dedupe *streams_of(const struct fixture *fixture)
{
	return &fixture->partition->its_topic->dedupe;
}

static void test_hub_of_topic(void **state)
{
	static const char *const refused[] = {"usage.v1", "usage..v1", "usage.a.v2", "use.a.v1",
		"usage.a", "usage.a.v1x", "usage.a.b.v1", ""};
	char *hub;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_null(ingest_hub_of_topic(refused[i]));
	hub = ingest_hub_of_topic("usage.hub-a_west.v1");
	assert_string_equal(hub, "hub-a_west");
	free(hub);
}

static void test_good_message(void **state)
{
	struct fixture *fixture = *state;
	struct made_batch *made = made_batch_new(1, 20);
	const struct ingest_partition *partition = fixture->partition;

	assert_false(ingest_has_pending(fixture->ingest));
	assert_int_equal(offer(fixture, 0, &made->batch), 0);
	assert_true(ingest_has_pending(fixture->ingest));
	assert_int_equal(partition->next_offset, 1);
	assert_true(partition->last.has_batch && partition->last.has_crc32c);
	assert_int_equal(partition->last.sequence, 1);
	assert_memory_equal(partition->last.stream, made->batch.stream, HM_STREAM_SIZE);
	assert_int_equal(fixture->ingest->counters.rows, 20);
	assert_int_equal(streams_of(fixture)->n_gaps, 0);
	ingest_commit(fixture->ingest);
	assert_false(ingest_has_pending(fixture->ingest));
	assert_int_equal(rollup_keys(&fixture->ingest->rollup), 0);
	made_batch_free(made);
}

static void test_duplicates_and_replays(void **state)
{
	struct fixture *fixture = *state;
	struct made_batch *made = made_batch_new(1, 5);
	const struct ingest_counters *counters = &fixture->ingest->counters;

	assert_int_equal(offer(fixture, 0, &made->batch), 0);
	assert_int_equal(offer(fixture, 1, &made->batch), 0); /* sent twice */
	assert_int_equal(counters->duplicates, 1);
	assert_int_equal(fixture->partition->next_offset, 2);
	assert_int_equal(offer(fixture, 1, &made->batch), 0); /* read twice */
	assert_int_equal(counters->messages, 2);
	assert_int_equal(counters->rows, 5);
	made_batch_free(made);
}

static void offer_number(
	struct fixture *fixture, struct made_batch *made, int64_t offset, uint64_t sequence)
{
	made->batch.sequence = sequence;
	assert_int_equal(offer(fixture, offset, &made->batch), 0);
}

static void test_gap(void **state)
{
	struct fixture *fixture = *state;
	struct made_batch *made = made_batch_new(1, 5);
	const struct dedupe_stream *entry;

	offer_number(fixture, made, 0, 4);
	offer_number(fixture, made, 1, 6);
	entry = dedupe_at(streams_of(fixture), 0);
	assert_int_equal(entry->n_gaps, 2);
	assert_int_equal(fixture->ingest->counters.gaps, 2);
	assert_int_equal(entry->gap[0].first, 1);
	assert_int_equal(entry->gap[0].last, 3);
	assert_int_equal(entry->gap[1].first, 5);
	assert_int_equal(entry->gap[1].last, 5);
	assert_int_equal(fixture->ingest->counters.rows, 10);
	made_batch_free(made);
}

/* 1 2 4 5 3: what was missing has come, and counts. */
static void test_late_batch(void **state)
{
	static const uint64_t order[] = {1, 2, 4, 5, 3, 3};
	struct fixture *fixture = *state;
	struct made_batch *made = made_batch_new(1, 5);

	for (int64_t i = 0; i < 6; i++)
		offer_number(fixture, made, i, order[i]);
	assert_int_equal(fixture->ingest->counters.rows, 25);
	assert_int_equal(fixture->ingest->counters.duplicates, 1);
	assert_int_equal(streams_of(fixture)->n_gaps, 0);
	assert_int_equal(fixture->ingest->n_closed, 0); /* the database never knew of it */

	offer_number(fixture, made, 6, 9);
	ingest_commit(fixture->ingest);
	offer_number(fixture, made, 7, 7);
	assert_int_equal(fixture->ingest->n_closed, 1);
	assert_int_equal(fixture->ingest->closed[0].first_sequence, 6);
	assert_int_equal(fixture->ingest->closed[0].last_sequence, 8);
	made_batch_free(made);
}

/* 1..20 in partition 0, then 16..20 once more in partition 1, which was added. */
static void test_partitions_share_streams(void **state)
{
	struct fixture *fixture = *state;
	struct made_batch *made = made_batch_new(1, 5);
	struct ingest_partition *other;

	assert_int_equal(ingest_add_partition(fixture->ingest, TOPIC, 1, &other), 0);
	other->reading = INGEST_READING_GOES_ON;
	fixture->partition = ingest_find_partition(fixture->ingest, TOPIC, 0); /* has moved */
	for (int64_t i = 0; i < 20; i++)
		offer_number(fixture, made, i, (uint64_t)i + 1);
	fixture->partition = other;
	for (int64_t i = 0; i < 5; i++)
		offer_number(fixture, made, i, (uint64_t)i + 16);
	offer_number(fixture, made, 5, 21);
	assert_int_equal(fixture->ingest->counters.rows, 21 * 5);
	assert_int_equal(fixture->ingest->counters.gaps, 0);
	assert_int_equal(other->counts.duplicates, 5);
	assert_int_equal(other->counts.taken, 1);
	assert_int_equal(fixture->ingest->n_topics, 1);
	made_batch_free(made);
}

/* Two machines from one image send the same numbers: the second one does not vanish. */
static void test_cloned_stream(void **state)
{
	struct fixture *fixture = *state;
	struct ingest *ingest = fixture->ingest;
	struct made_batch *made = made_batch_new(1, 5);

	offer_number(fixture, made, 0, 1);
	made->batch.node = "node-2";
	offer_number(fixture, made, 1, 1);
	offer_number(fixture, made, 2, 2);
	assert_int_equal(ingest->n_refused, 2);
	assert_int_equal(ingest->refused[0].reason, HM_REJECT_STREAM_NODE);
	assert_int_equal(ingest->refused[1].reason, HM_REJECT_STREAM_NODE);
	assert_int_equal(ingest->counters.duplicates, 0);
	assert_int_equal(fixture->partition->counts.quarantined, 2);
	made->batch.node = "node-1";
	offer_number(fixture, made, 3, 2);
	assert_int_equal(ingest->counters.rows, 10);
	made_batch_free(made);
}

/* An import, which no boot of a machine metered, is of many nodes, also among what a collector
 * metered. */
static void test_imported_stream(void **state)
{
	struct fixture *fixture = *state;
	struct made_batch *made = made_batch_new(1, 5);

	memset(made->batch.boot_id, 0, HM_BOOT_ID_SIZE);
	offer_number(fixture, made, 0, 1);
	made->batch.node = "node-2";
	offer_number(fixture, made, 1, 2);
	assert_int_equal(fixture->ingest->n_refused, 0);
	made->batch.boot_id[0] = 1; /* that is whose it is */
	offer_number(fixture, made, 2, 3);
	made->batch.node = "node-1";
	offer_number(fixture, made, 3, 4);
	assert_int_equal(fixture->ingest->n_refused, 1);
	made->batch.boot_id[0] = 0;
	offer_number(fixture, made, 4, 4);
	assert_int_equal(fixture->ingest->n_refused, 1);
	assert_int_equal(fixture->ingest->counters.rows, 20);
	made_batch_free(made);
}

/* taken + duplicates + quarantined + skipped = offsets, whatever arrives. */
static void test_account(void **state)
{
	struct fixture *fixture = *state;
	struct random_source random = {11};
	struct made_batch *made = made_batch_new(1, 3);
	int64_t offset = 0;

	for (int turn = 0; turn < 2000; turn++) {
		const struct ingest_counts *counts = &fixture->partition->counts;

		offset += random_below(&random, 5) == 0 ? (int64_t)random_below(&random, 4) : 0;
		made->batch.node = random_below(&random, 8) ? "node-1" : "node-2";
		if (random_below(&random, 10) == 0)
			assert_int_equal(ingest_message(fixture->ingest, fixture->partition,
						 offset++, "\xff", 1, &no_time),
				0);
		else
			offer_number(fixture, made, offset++, 1 + random_below(&random, 300));
		assert_int_equal(
			counts->taken + counts->duplicates + counts->quarantined + counts->skipped,
			fixture->partition->next_offset - fixture->partition->committed_offset);
		if (random_below(&random, 100) == 0)
			ingest_commit(fixture->ingest);
	}
	made_batch_free(made);
}

/* Whoever is added is found, however many there are, and nobody else. */
static void test_finds_partitions(void **state)
{
	struct fixture *fixture = *state;
	struct ingest *ingest = fixture->ingest;
	struct ingest_partition *partition;
	char topic[64];

	for (int turn = 0; turn < 2; turn++) {
		for (int32_t i = 0; i < 1000; i++) {
			(void)snprintf(topic, sizeof(topic), "usage.hub-%d.v1", (int)i / 3);
			assert_int_equal(ingest_add_partition(ingest, topic, i % 3, &partition), 0);
		}
		for (int32_t i = 0; i < 1000; i++) {
			(void)snprintf(topic, sizeof(topic), "usage.hub-%d.v1", (int)i / 3);
			partition = ingest_find_partition(ingest, topic, i % 3);
			assert_non_null(partition);
			assert_string_equal(partition->topic, topic);
			assert_int_equal(partition->partition, i % 3);
			assert_null(ingest_find_partition(ingest, topic, 3 + i % 3));
		}
		assert_null(ingest_find_partition(ingest, "usage.hub-1000.v1", 0));
		ingest_drop(ingest);
		assert_null(ingest_find_partition(ingest, topic, 0));
	}
}

/* What a refused commit moved is asked for by name, until a commit passes. */
static void test_wanted_streams(void **state)
{
	struct fixture *fixture = *state;
	struct ingest *ingest = fixture->ingest;
	struct made_batch *made = made_batch_new(1, 3);

	offer_number(fixture, made, 0, 5);
	assert_true(ingest_want_streams(fixture->partition->its_topic));
	ingest_drop(ingest);
	assert_int_equal(ingest->n_topics, 1);
	assert_int_equal(ingest_add_partition(ingest, TOPIC, 0, &fixture->partition), 0);
	fixture->partition->reading = INGEST_READING_GOES_ON;
	assert_int_equal(ingest->n_topics, 1);
	assert_false(fixture->partition->its_topic->is_loaded);
	assert_int_equal(fixture->partition->its_topic->wanted.size, HM_STREAM_SIZE);
	assert_memory_equal(
		fixture->partition->its_topic->wanted.data, made->batch.stream, HM_STREAM_SIZE);
	offer_number(fixture, made, 0, 5);
	ingest_commit(ingest);
	assert_int_equal(fixture->partition->its_topic->wanted.size, 0);
	ingest_drop(ingest);
	assert_int_equal(ingest->n_topics, 0);
	made_batch_free(made);
}

static void test_refused_messages(void **state)
{
	struct fixture *fixture = *state;
	struct ingest *ingest = fixture->ingest;
	struct made_batch *made = made_batch_new(1, 5);

	assert_int_equal(ingest_message(ingest, fixture->partition, 0, "\xff\xff", 2, &no_time), 0);
	assert_int_equal(ingest_message(ingest, fixture->partition, 1, NULL, 0, &no_time), 0);
	made->batch.hub = "chemistry";
	assert_int_equal(offer(fixture, 2, &made->batch), 0);
	made->batch.hub = "physics";
	made->batch.window_start_usec += 3600LL * 1000000;
	made->batch.window_end_usec += 3600LL * 1000000;
	assert_int_equal(offer(fixture, 3, &made->batch), 0);
	assert_int_equal(ingest->n_refused, 4);
	assert_int_equal(ingest->refused[0].reason, HM_REJECT_MALFORMED);
	assert_int_equal(ingest->refused[0].payload_size, 2);
	assert_int_equal(ingest->refused[1].reason, HM_REJECT_MALFORMED);
	assert_int_equal(ingest->refused[2].reason, HM_REJECT_HUB_MISMATCH);
	assert_int_equal(ingest->refused[3].reason, HM_REJECT_WINDOW_FUTURE);
	assert_int_equal(fixture->partition->next_offset, 4);
	assert_false(fixture->partition->last.has_batch);
	assert_true(fixture->partition->last.has_crc32c);
	assert_int_equal(rollup_keys(&ingest->rollup), 0);
	made_batch_free(made);
}

/* Garbage in any amount: a commit is asked for before memory grows. */
static void test_garbage_is_bounded(void **state)
{
	struct fixture *fixture = *state;
	struct ingest *ingest = fixture->ingest;
	struct random_source random = {9};
	unsigned char noise[4096];

	for (int64_t offset = 0; offset < GARBAGE;) {
		size_t size = 1 + random_below(&random, sizeof(noise) - 1);
		int r;

		memset(noise, (int)random_below(&random, 256), size);
		noise[0] = 0xff;
		r = ingest_message(ingest, fixture->partition, offset, noise, size, &no_time);
		if (r == 0) {
			offset++;
			continue;
		}
		assert_int_equal(r, -EAGAIN);
		assert_true(ingest->n_refused > 0);
		ingest_commit(ingest);
	}
	assert_true(ingest->payloads.capacity <= 4 * INGEST_MAX_REFUSED_BYTES);
	assert_int_equal(ingest->counters.refused, GARBAGE);
}

/* Told by the loop, which found out that it is this one. */
static void test_poison(void **state)
{
	struct fixture *fixture = *state;
	struct ingest *ingest = fixture->ingest;
	struct made_batch *made = made_batch_new(1, 5);

	fixture->partition->poison_offset = 1;
	fixture->partition->poison_reason = HM_REJECT_OVERFLOW;
	assert_int_equal(offer(fixture, 0, &made->batch), 0);
	assert_int_equal(ingest->n_refused, 0);
	ingest_commit(ingest);
	assert_int_equal(offer(fixture, 1, &made->batch), 0);
	assert_int_equal(ingest->n_refused, 1);
	assert_int_equal(ingest->refused[0].reason, HM_REJECT_OVERFLOW);
	assert_int_equal(rollup_keys(&ingest->rollup), 0);
	made_batch_free(made);
}

/* Of a hub that names too many classes: what was used counts, as of none. */
static void test_a_message_without_its_classes(void **state)
{
	struct fixture *fixture = *state;
	const struct rollup *rollup = &fixture->ingest->rollup;
	struct made_batch *made = made_batch_new(1, 5);

	fixture->partition->poison_offset = 0;
	assert_int_equal(offer(fixture, 0, &made->batch), 0);
	assert_int_equal(fixture->ingest->n_refused, 0);
	assert_int_equal(fixture->ingest->counters.rows, 5);
	assert_int_equal(rollup->classes.count, 1);
	assert_int_equal(
		((struct rollup_class *)hash_table_at(&rollup->classes, 0))->name, INTERNER_EMPTY);
	for (uint32_t i = 0; i < rollup->slots.count; i++)
		assert_true(((struct rollup_slot *)hash_table_at(&rollup->slots, i))->flags &
			    HM_FLAG_ESTIMATED);
	made_batch_free(made);
}

/* All partitions of a suspected topic share what it may have at once; others take no part in it. */
static void test_a_suspects_share(void **state)
{
	struct fixture *fixture = *state;
	struct ingest *ingest = fixture->ingest;
	struct made_batch *made = made_batch_new(1, 5);
	struct ingest_partition *other;
	size_t size;
	unsigned char *bytes = encode(&made->batch, &size);

	assert_int_equal(ingest_add_partition(ingest, TOPIC, 1, &other), 0);
	fixture->partition = &ingest->partition[0];
	fixture->partition->most_pending = other->most_pending = 2;
	other->reading = INGEST_READING_GOES_ON;
	assert_int_equal(offer(fixture, 0, &made->batch), 0);
	assert_int_equal(ingest_message(ingest, other, 0, bytes, size, &no_time), 0);
	assert_int_equal(ingest_message(ingest, other, 1, bytes, size, &no_time), -EAGAIN);
	assert_int_equal(offer(fixture, 1, &made->batch), -EAGAIN);
	ingest_commit(ingest);
	assert_int_equal(offer(fixture, 1, &made->batch), 0);
	free(bytes);
	made_batch_free(made);
}

/* The record's own time counts: away for a year, or a clock that is wrong, refuses nothing good. */
static void test_judged_by_the_time_of_the_record(void **state)
{
	struct fixture *fixture = *state;
	struct ingest *ingest = fixture->ingest;
	struct made_batch *made = made_batch_new(1, 5);
	struct record_time written = {
		RECORD_CLOCK_BROKER, MADE_BATCH_START_USEC - 300LL * 86400 * 1000000};
	size_t size;
	unsigned char *bytes;

	made->batch.window_start_usec = written.usec - MADE_BATCH_USEC;
	made->batch.window_end_usec = written.usec;
	bytes = encode(&made->batch, &size);
	assert_int_equal(ingest_message(ingest, fixture->partition, 0, bytes, size, &no_time), 0);
	assert_int_equal(ingest->n_refused, 1);
	assert_int_equal(ingest->refused[0].reason, HM_REJECT_WINDOW_TOO_OLD);
	/* it was refused, so it was not seen: sent again it counts */
	assert_int_equal(ingest_message(ingest, fixture->partition, 1, bytes, size, &written), 0);
	assert_int_equal(ingest->n_refused, 1);
	assert_int_equal(ingest->counters.duplicates, 0);
	assert_int_equal(ingest->counters.rows, 5);
	/* and what is of the future then is refused, whatever our clock says */
	written.usec -= 3600LL * 1000000;
	made->batch.sequence++;
	free(bytes);
	bytes = encode(&made->batch, &size);
	assert_int_equal(ingest_message(ingest, fixture->partition, 2, bytes, size, &written), 0);
	assert_int_equal(ingest->n_refused, 2);
	assert_int_equal(ingest->refused[1].reason, HM_REJECT_WINDOW_FUTURE);
	free(bytes);
	made_batch_free(made);
}

/* After a takeover the last record comes first: the same goes on, another one stops. */
static void test_verification(void **state)
{
	struct fixture *fixture = *state;
	struct ingest_partition *partition = fixture->partition;
	struct made_batch *made = made_batch_new(1, 5);
	size_t size;
	unsigned char *bytes = encode(&made->batch, &size);

	partition->next_offset = partition->committed_offset = 10;
	partition->last.has_crc32c = true;
	partition->last.crc32c = crc32c(0, bytes, size);
	partition->verify = true;
	assert_int_equal(
		ingest_message(fixture->ingest, partition, 10, bytes, size, &no_time), -ESTALE);
	assert_int_equal(
		ingest_message(fixture->ingest, partition, 9, bytes, size - 1, &no_time), -ESTALE);
	assert_int_equal(ingest_message(fixture->ingest, partition, 9, bytes, size, &no_time), 0);
	assert_false(partition->verify);
	assert_false(ingest_has_pending(fixture->ingest));
	assert_int_equal(ingest_message(fixture->ingest, partition, 10, bytes, size, &no_time), 0);
	assert_int_equal(partition->next_offset, 11);
	free(bytes);
	made_batch_free(made);
}

static void test_stopped(void **state)
{
	struct fixture *fixture = *state;
	struct made_batch *made = made_batch_new(1, 5);

	fixture->partition->reading = INGEST_READING_STOPPED;
	assert_int_equal(offer(fixture, 0, &made->batch), 0);
	assert_false(ingest_has_pending(fixture->ingest));
	made_batch_free(made);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hub_of_topic),
		TEST(test_good_message),
		TEST(test_duplicates_and_replays),
		TEST(test_gap),
		TEST(test_late_batch),
		TEST(test_partitions_share_streams),
		TEST(test_cloned_stream),
		TEST(test_imported_stream),
		TEST(test_finds_partitions),
		TEST(test_account),
		TEST(test_wanted_streams),
		TEST(test_refused_messages),
		TEST(test_garbage_is_bounded),
		TEST(test_poison),
		TEST(test_a_message_without_its_classes),
		TEST(test_a_suspects_share),
		TEST(test_judged_by_the_time_of_the_record),
		TEST(test_verification),
		TEST(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

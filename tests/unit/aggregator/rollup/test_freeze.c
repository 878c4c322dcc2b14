/* What is set apart for a commit, and what goes on without it: together all that was taken. */
#include "aggregator/rollup/ingest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/wire.h"
#include "tests/support/make_batch.h"
#include "tests/support/random.h"

#define TOPICS	   3
#define PARTITIONS 2
#define ROUNDS	   300
#define ROWS	   4

static int64_t fixed_time(void *context)
{
	(void)context;
	return MADE_BATCH_START_USEC + 10 * MADE_BATCH_USEC;
}

static const struct clock fixed_clock = {fixed_time, fixed_time, fixed_time, NULL};
static const struct record_time no_time;
static const struct ingest_limits limits = {.max_age_usec = 3600LL * 1000000,
	.max_future_usec = 60LL * 1000000,
	.rollup_bytes = (size_t)32 << 20,
	.seed = 5};

static struct ingest *make_ingest(void)
{
	struct ingest *ingest = NULL;

	assert_int_equal(ingest_new(&fixed_clock, &limits, &ingest), 0);
	return ingest;
}

static struct ingest *make_topics(void)
{
	struct ingest *ingest = make_ingest();
	struct ingest_partition *partition;
	char topic[64];

	for (int i = 0; i < TOPICS * PARTITIONS; i++) {
		(void)snprintf(topic, sizeof(topic), "usage.hub%d.v1", i % TOPICS); /* fits */
		assert_int_equal(ingest_add_partition(ingest, topic, i / TOPICS, &partition), 0);
		partition->reading = INGEST_READING_GOES_ON;
	}
	return ingest;
}

/* A batch of the partition's own stream, or garbage. Skips a sequence where @gap. */
static void take(struct ingest *ingest, size_t number, uint64_t sequence)
{
	struct ingest_partition *partition = &ingest->partition[number];
	struct made_batch *made = made_batch_new(number + 1, ROWS);
	unsigned char *bytes;
	size_t size, capacity;

	made->batch.hub = partition->hub;
	made->batch.sequence = sequence;
	capacity = hm_wire_size(&made->batch);
	bytes = malloc(capacity);
	assert_non_null(bytes);
	assert_int_equal(hm_wire_encode(&made->batch, bytes, capacity, &size), 0);
	assert_int_equal(ingest_message(ingest, partition, partition->next_offset, bytes,
				 sequence ? size : size / 2, &no_time),
		0);
	free(bytes);
	made_batch_free(made);
}

/* What one commit would write. */
struct tally {
	int64_t messages, taken, quarantined;
	uint64_t streams, gaps, closed, wall;
};

static void count(const struct ingest *ingest, struct tally *tally)
{
	for (size_t i = 0; i < ingest->n_partitions; i++) {
		const struct ingest_partition *partition = &ingest->partition[i];

		tally->messages += partition->next_offset - partition->committed_offset;
		tally->taken += partition->counts.taken;
		tally->quarantined += partition->counts.quarantined;
	}
	for (size_t i = 0; i < ingest->n_topics; i++) {
		const struct dedupe *dedupe = &ingest->topic[i]->dedupe;

		tally->streams += dedupe->n_moved;
		for (uint32_t k = 0; k < dedupe->streams.count; k++)
			for (uint32_t g = 0; g < dedupe_at(dedupe, k)->n_gaps; g++)
				tally->gaps += dedupe_at(dedupe, k)->is_moved &&
					       !dedupe_at(dedupe, k)->gap[g].is_stored;
	}
	tally->closed += ingest->n_closed;
	for (uint32_t i = 0; i < ingest->rollup.slots.count; i++)
		tally->wall += ((const struct rollup_slot *)hash_table_at(&ingest->rollup.slots, i))
				       ->quantity[HM_QUANTITY_WALL_MSEC];
}

static void assert_nothing_left(const struct ingest *ingest)
{
	struct tally left = {0};

	count(ingest, &left);
	assert_memory_equal(&left, &(struct tally){0}, sizeof(left));
}

static void subtract(struct tally *tally, const struct ingest *ingest)
{
	struct tally of = {0};

	count(ingest, &of);
	*tally = (struct tally){tally->messages - of.messages, tally->taken - of.taken,
		tally->quarantined - of.quarantined, tally->streams - of.streams,
		tally->gaps - of.gaps, tally->closed - of.closed, tally->wall - of.wall};
}

static int64_t frozen_taken(const struct ingest *frozen)
{
	struct tally of = {0};

	count(frozen, &of);
	return of.taken;
}

static void check_apart(const struct ingest *ingest, const struct ingest *frozen)
{
	for (size_t i = 0; i < frozen->n_partitions; i++) {
		const struct ingest_partition *copy = &frozen->partition[i];

		assert_ptr_not_equal(copy->its_topic, ingest->partition[i].its_topic);
		assert_string_equal(copy->topic, ingest->partition[i].topic);
		assert_int_equal(copy->next_offset, ingest->partition[i].committed_offset);
	}
	for (size_t i = 0; i < frozen->n_closed; i++) {
		bool is_there = false;

		for (size_t t = 0; t < frozen->n_topics; t++)
			is_there |= frozen->closed[i].topic == frozen->topic[t];
		assert_true(is_there);
	}
}

/* Every effect of every message is in exactly one of the frozen. */
static void test_each_effect_once(void **state)
{
	struct random_source random = {9};
	struct ingest *ingest = make_topics(), *frozen = make_ingest();
	struct tally sum = {0};
	int64_t taken = 0;
	uint64_t next[TOPICS * PARTITIONS] = {0}, missing[TOPICS * PARTITIONS] = {0};

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		for (uint64_t n = random_below(&random, 9); n > 0; n--) {
			const size_t i = random_below(&random, TOPICS * PARTITIONS);
			const bool is_garbage = random_below(&random, 8) == 0;
			uint64_t sequence = is_garbage ? 0 : ++next[i];

			if (sequence && missing[i] && random_below(&random, 2)) {
				sequence = missing[i];
				missing[i] = 0;
				next[i]--;
			} else if (sequence && !missing[i] && random_below(&random, 4) == 0) {
				missing[i] = sequence;
				sequence = ++next[i];
			}
			take(ingest, i, sequence);
			taken += sequence > 0;
		}
		count(ingest, &sum);
		assert_int_equal(ingest_freeze(ingest, frozen), 0);
		check_apart(ingest, frozen);
		assert_false(ingest_has_pending(ingest));
		assert_int_equal(ingest->n_refused + ingest->n_closed + ingest->payloads.size, 0);
		assert_nothing_left(ingest);
		assert_int_equal(frozen->pending_messages, sum.messages);
		subtract(&sum, frozen);
		assert_memory_equal(&sum, &(struct tally){0}, sizeof(sum));
		taken -= frozen_taken(frozen);
		ingest_drop(frozen);
	}
	assert_int_equal(taken, 0);
	ingest_free(frozen);
	ingest_free(ingest);
}

/* What was frozen stays as it was whatever comes, and outlives what it was made of. */
static void test_frozen_stays(void **state)
{
	struct ingest *ingest = make_topics(), *frozen = make_ingest();
	struct tally before = {0}, after = {0};

	(void)state;
	take(ingest, 0, 3);
	take(ingest, 1, 0);
	assert_int_equal(ingest_freeze(ingest, frozen), 0);
	count(frozen, &before);
	take(ingest, 0, 2);
	take(ingest, 0, 4);
	take(ingest, 1, 1);
	ingest_drop(ingest);
	ingest_free(ingest);
	count(frozen, &after);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_int_equal(before.messages, 2);
	assert_int_equal(before.gaps, 1);
	assert_string_equal(frozen->partition[0].hub, "hub0");
	ingest_free(frozen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_effect_once),
		cmocka_unit_test(test_frozen_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

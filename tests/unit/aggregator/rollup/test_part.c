/* Commits of some hubs only: every hub's messages and keys in exactly one of them. */
#include "aggregator/rollup/part.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/wire.h"
#include "tests/support/make_batch.h"
#include "tests/support/random.h"

#define PARTITIONS 3
#define HUBS_MAX   9
#define ROUNDS	   200

static int64_t fixed_time(void *context)
{
	(void)context;
	return MADE_BATCH_START_USEC + 10 * MADE_BATCH_USEC;
}

static const struct clock fixed_clock = {fixed_time, fixed_time, fixed_time, NULL};
static const struct record_time no_time;

static void add_topic(struct ingest *ingest, unsigned int hub)
{
	struct ingest_partition *partition;
	char topic[64];

	(void)snprintf(topic, sizeof(topic), "usage.hub%u.v1", hub); /* fits */
	for (int32_t i = 0; i < PARTITIONS; i++) {
		assert_int_equal(ingest_add_partition(ingest, topic, i, &partition), 0);
		partition->reading = INGEST_READING_GOES_ON;
	}
}

/* One batch of two rows, with a class of the hub's own. */
static void take(struct ingest *ingest, struct ingest_partition *partition)
{
	const uint64_t seed = (uint64_t)(partition - ingest->partition) + 1;
	struct made_batch *made = made_batch_new(seed, 2);
	size_t size, capacity;
	unsigned char *bytes;

	made->batch.hub = partition->hub;
	made->batch.sequence = (uint64_t)partition->next_offset + 1;
	capacity = hm_wire_size(&made->batch);
	bytes = malloc(capacity);
	assert_non_null(bytes);
	assert_int_equal(hm_wire_encode(&made->batch, bytes, capacity, &size), 0);
	assert_int_equal(
		ingest_message(ingest, partition, partition->next_offset, bytes, size, &no_time),
		0);
	free(bytes);
	made_batch_free(made);
}

static struct ingest *gather(struct random_source *random, unsigned int hubs)
{
	const struct ingest_limits limits = {.max_age_usec = 3600LL * 1000000,
		.max_future_usec = 60LL * 1000000,
		.rollup_bytes = (size_t)32 << 20,
		.seed = 5};
	struct ingest *ingest = NULL;

	assert_int_equal(ingest_new(&fixed_clock, &limits, &ingest), 0);
	for (unsigned int hub = 0; hub < hubs; hub++)
		add_topic(ingest, hub);
	for (size_t i = 0; i < ingest->n_partitions; i++)
		for (uint64_t n = random_below(random, 3); n > 0; n--)
			take(ingest, &ingest->partition[i]);
	return ingest;
}

static bool is_in_commit(const struct ingest *ingest, const struct rollup_node *node)
{
	size_t size;
	const char *name = interner_text(&ingest->rollup.strings, node->hub, &size);

	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest_is_in_commit(&ingest->partition[i]) &&
			strncmp(ingest->partition[i].hub, name, size + 1) == 0)
			return true;
	return false;
}

/* Counts what is in the commit in @slots and @node_slots, by number. */
static void check_keys(const struct ingest *ingest, unsigned int *slots, unsigned int *node_slots)
{
	const struct rollup *rollup = &ingest->rollup;
	struct part_keys keys;

	assert_int_equal(part_keys_init(&keys, ingest), 0);
	for (uint32_t i = 0; i < rollup->nodes.count; i++)
		assert_int_equal(part_has_node(&keys, i),
			is_in_commit(ingest, hash_table_at(&rollup->nodes, i)));
	for (uint32_t i = 0; i < rollup->slots.count; i++) {
		const struct rollup_slot *slot = hash_table_at(&rollup->slots, i);

		slots[i] += part_has_slot(&keys, slot);
		if (part_has_slot(&keys, slot))
			assert_true(part_has_class(&keys, slot->class));
	}
	for (uint32_t i = 0; i < rollup->node_slots.count; i++) {
		const struct rollup_node_slot *slot = hash_table_at(&rollup->node_slots, i);

		node_slots[i] += part_has_node(&keys, slot->node);
	}
	part_keys_release(&keys);
}

static size_t count_hubs(const struct ingest *ingest)
{
	size_t hubs = 0;

	for (size_t i = 0; i < ingest->n_partitions; i += PARTITIONS) {
		bool is_in = false;

		for (size_t p = i; p < i + PARTITIONS; p++)
			is_in |= ingest_is_in_commit(&ingest->partition[p]);
		hubs += is_in;
	}
	return hubs;
}

/* Halve and commit at random until nothing is left. */
static void commit_all(struct random_source *random, struct ingest *ingest)
{
	const uint32_t n_slots = ingest->rollup.slots.count;
	const uint32_t n_nodes = ingest->rollup.node_slots.count;
	unsigned int *slots = calloc(n_slots + 1, sizeof(*slots));
	unsigned int *node_slots = calloc(n_nodes + 1, sizeof(*node_slots));
	uint64_t left = ingest->pending_messages;

	assert_true(slots && node_slots);
	do {
		while (random_below(random, 2) && count_hubs(ingest) > 1) {
			const size_t before = count_hubs(ingest);

			assert_true(part_hold_half(ingest));
			assert_int_equal(count_hubs(ingest), before - before / 2);
		}
		check_keys(ingest, slots, node_slots);
		left -= part_messages(ingest);
		ingest_commit(ingest);
		assert_int_equal(ingest->pending_messages, left);
	} while (part_next(ingest));
	assert_int_equal(left, 0);
	assert_int_equal(rollup_keys(&ingest->rollup), 0);
	for (uint32_t i = 0; i < n_slots; i++)
		assert_int_equal(slots[i], 1);
	for (uint32_t i = 0; i < n_nodes; i++)
		assert_int_equal(node_slots[i], 1);
	free(slots);
	free(node_slots);
}

static void test_every_key_is_in_one_commit(void **state)
{
	struct random_source random = {12};

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct ingest *ingest =
			gather(&random, 1 + (unsigned int)random_below(&random, HUBS_MAX));

		if (ingest_has_pending(ingest))
			commit_all(&random, ingest);
		for (size_t i = 0; i < ingest->n_partitions; i++) {
			assert_int_equal(ingest->partition[i].its_topic->held, 0);
			assert_int_equal(ingest->partition[i].committed_offset,
				ingest->partition[i].next_offset);
		}
		ingest_free(ingest);
	}
}

static void test_one_hub_is_not_halved(void **state)
{
	struct random_source random = {3};
	struct ingest *ingest = gather(&random, 1);

	(void)state;
	take(ingest, &ingest->partition[0]);
	take(ingest, &ingest->partition[1]);
	assert_false(part_hold_half(ingest));
	assert_true(part_messages(ingest) == ingest->pending_messages);
	ingest_free(ingest);
}

/* It is in no commit, and the rest is. */
static void test_set_aside(void **state)
{
	struct random_source random = {3};
	struct ingest *ingest = gather(&random, 2);
	unsigned int slots[64] = {0}, node_slots[64] = {0};

	(void)state;
	for (size_t i = 0; i < ingest->n_partitions; i++)
		take(ingest, &ingest->partition[i]);
	for (size_t i = 0; i < PARTITIONS; i++) {
		part_set_aside(ingest, &ingest->partition[i]);
		assert_int_equal(ingest->partition[i].next_offset, 0);
		assert_int_equal(ingest->partition[i].reading, INGEST_READING_WAITS);
	}
	assert_int_equal(count_hubs(ingest), 1);
	assert_true(part_messages(ingest) == ingest->pending_messages);
	check_keys(ingest, slots, node_slots);
	ingest_commit(ingest);
	assert_false(part_next(ingest));
	assert_int_equal(rollup_keys(&ingest->rollup), 0);
	assert_false(ingest->is_parted);
	ingest_free(ingest);
}

/* Suspects come last, unless there is nobody else. */
static void test_suspects_come_last(void **state)
{
	struct random_source random = {5};
	struct ingest *ingest = gather(&random, 3);

	(void)state;
	for (size_t i = 0; i < ingest->n_partitions; i++)
		take(ingest, &ingest->partition[i]);
	ingest->partition[PARTITIONS].most_pending = 4; /* one partition says it for its topic */
	part_hold_suspects(ingest);
	assert_int_equal(count_hubs(ingest), 2);
	assert_int_equal(ingest->partition[PARTITIONS].its_topic->held, 1);
	ingest_commit(ingest);
	assert_true(part_next(ingest));
	assert_int_equal(count_hubs(ingest), 1);
	part_hold_suspects(ingest);
	assert_int_equal(count_hubs(ingest), 1);
	ingest_free(ingest);
}

/* What was held back when all partitions went away is in the first commit after they came again. */
static void test_nothing_is_held_after_a_drop(void **state)
{
	struct random_source random = {5};
	struct ingest *ingest = gather(&random, 2);
	struct ingest_topic *topic;

	(void)state;
	for (size_t i = 0; i < ingest->n_partitions; i++)
		take(ingest, &ingest->partition[i]);
	assert_true(part_hold_half(ingest));
	topic = ingest->partition[PARTITIONS].its_topic;
	assert_false(ingest_topic_is_in_commit(topic));
	assert_true(ingest_want_streams(topic)); /* so that the topic outlives the drop */
	ingest_drop(ingest);
	assert_int_equal(ingest->n_topics, 1);
	add_topic(ingest, 1);
	take(ingest, &ingest->partition[0]);
	assert_true(ingest_is_in_commit(&ingest->partition[0]));
	assert_true(ingest_topic_is_in_commit(ingest->partition[0].its_topic));
	ingest_free(ingest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_is_in_one_commit),
		cmocka_unit_test(test_one_hub_is_not_halved),
		cmocka_unit_test(test_set_aside),
		cmocka_unit_test(test_suspects_come_last),
		cmocka_unit_test(test_nothing_is_held_after_a_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

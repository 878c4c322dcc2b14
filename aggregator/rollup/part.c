/* Which hubs are in the next commit is a number beside each partition: no list of sets. */
#include "aggregator/rollup/part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The highest number in use. */
static unsigned int highest(const struct ingest *ingest)
{
	unsigned int most = 0;

	for (size_t i = 0; i < ingest->n_topics; i++)
		if (ingest->topic[i]->held > most)
			most = ingest->topic[i]->held;
	return most;
}

/* One partition says it for its topic. */
static bool is_suspected(const struct ingest *ingest, const struct ingest_topic *topic)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest->partition[i].most_pending != INGEST_ANY &&
			ingest->partition[i].its_topic == topic)
			return true;
	return false;
}

static bool is_any_suspected(const struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest->partition[i].most_pending != INGEST_ANY)
			return true;
	return false;
}

/* The first partition of its topic in this commit. */
static bool is_first(const struct ingest *ingest, size_t number)
{
	const struct ingest_partition *partition = &ingest->partition[number];

	if (!ingest_is_in_commit(partition))
		return false;
	for (size_t i = 0; i < number; i++)
		if (ingest_is_in_commit(&ingest->partition[i]) &&
			ingest->partition[i].its_topic == partition->its_topic)
			return false;
	return true;
}

static void hold_topic(struct ingest *ingest, struct ingest_topic *topic, unsigned int level)
{
	topic->held = level;
	ingest->is_parted = true;
}

static bool are_all_suspected(const struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest_is_in_commit(&ingest->partition[i]) &&
			!is_suspected(ingest, ingest->partition[i].its_topic))
			return false;
	return true;
}

void part_hold_suspects(struct ingest *ingest)
{
	if (!is_any_suspected(ingest) || are_all_suspected(ingest))
		return;
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest_is_in_commit(&ingest->partition[i]) &&
			is_suspected(ingest, ingest->partition[i].its_topic))
			hold_topic(ingest, ingest->partition[i].its_topic, 1);
}

bool part_hold_half(struct ingest *ingest)
{
	const unsigned int level = highest(ingest) + 1;
	size_t topics = 0;
	size_t left;

	for (size_t i = 0; i < ingest->n_partitions; i++)
		topics += is_first(ingest, i);
	left = topics / 2;
	for (size_t i = ingest->n_partitions; i-- > 0 && left > 0;)
		if (is_first(ingest, i)) {
			hold_topic(ingest, ingest->partition[i].its_topic, level);
			left--;
		}
	return topics > 1;
}

bool part_has_topic(const struct ingest *ingest, const struct ingest_topic *topic)
{
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest->partition[i].its_topic == topic &&
			ingest_is_in_commit(&ingest->partition[i]))
			return true;
	return false;
}

uint64_t part_messages(const struct ingest *ingest)
{
	uint64_t messages = 0;

	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest_is_in_commit(&ingest->partition[i]))
			messages += ingest->partition[i].pending;
	return messages;
}

void part_set_aside(struct ingest *ingest, struct ingest_partition *partition)
{
	dedupe_clear(&partition->its_topic->dedupe); /* holds what is forgotten */
	partition->its_topic->is_loaded = false;
	partition->next_offset = partition->committed_offset;
	partition->counts = (struct ingest_counts){0};
	partition->reading = INGEST_READING_WAITS;
	partition->at_end = false;
	ingest->pending_messages -= partition->pending;
	partition->pending = 0;
	ingest->is_parted = true;
}

bool part_next(struct ingest *ingest)
{
	const unsigned int level = highest(ingest);

	for (size_t i = 0; i < ingest->n_topics; i++)
		if (ingest->topic[i]->held == level)
			ingest->topic[i]->held = 0;
	if (level == 0)
		ingest_commit(ingest); /* nothing is in it: forgets what was set aside */
	return level > 0;
}

/* Whether the topic of that hub is in the commit. */
static bool is_hub_in_commit(const struct ingest *ingest, uint32_t hub)
{
	size_t size;
	const char *name = interner_text(&ingest->rollup.strings, hub, &size);

	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest_is_in_commit(&ingest->partition[i]) &&
			strlen(ingest->partition[i].hub) == size &&
			memcmp(ingest->partition[i].hub, name, size) == 0)
			return true;
	return false;
}

static void choose_nodes(struct part_keys *keys, const struct ingest *ingest)
{
	const struct hash_table *nodes = &keys->rollup->nodes;

	for (uint32_t i = 0; i < nodes->count; i++) {
		const struct rollup_node *node = hash_table_at(nodes, i);
		const struct rollup_node *before = i ? hash_table_at(nodes, i - 1) : NULL;

		keys->node[i] = before && before->hub == node->hub
					? keys->node[i - 1]
					: is_hub_in_commit(ingest, node->hub);
	}
}

/* A class that no key of the commit is in is in no commit either. */
static void choose_classes(struct part_keys *keys)
{
	const struct rollup *rollup = keys->rollup;

	for (uint32_t i = 0; i < rollup->classes.count; i++)
		keys->class_hub[i] = PART_NO_HUB;
	for (uint32_t i = 0; i < rollup->slots.count; i++) {
		const struct rollup_slot *slot = hash_table_at(&rollup->slots, i);
		const struct rollup_workload *workload =
			hash_table_at(&rollup->workloads, slot->workload);
		const struct rollup_node *node = hash_table_at(&rollup->nodes, workload->node);

		if (part_has_node(keys, workload->node))
			keys->class_hub[slot->class] = node->hub;
	}
	for (uint32_t i = 0; i < rollup->node_slots.count; i++) {
		const struct rollup_node_slot *slot = hash_table_at(&rollup->node_slots, i);
		const struct rollup_node *node = hash_table_at(&rollup->nodes, slot->node);

		if (part_has_node(keys, slot->node))
			keys->class_hub[slot->class] = node->hub;
	}
}

int part_keys_init(struct part_keys *keys, const struct ingest *ingest)
{
	const struct rollup *rollup = &ingest->rollup;

	*keys = (struct part_keys){.rollup = rollup};
	keys->class_hub = calloc(rollup->classes.count + 1, sizeof(*keys->class_hub));
	if (ingest->is_parted)
		keys->node = calloc(rollup->nodes.count + 1, sizeof(*keys->node));
	if (!keys->class_hub || (ingest->is_parted && !keys->node)) {
		part_keys_release(keys);
		return -ENOMEM;
	}
	if (keys->node)
		choose_nodes(keys, ingest);
	choose_classes(keys);
	return 0;
}

void part_keys_release(struct part_keys *keys)
{
	free(keys->node);
	free(keys->class_hub);
	keys->node = NULL;
	keys->class_hub = NULL;
}

bool part_has_slot(const struct part_keys *keys, const struct rollup_slot *slot)
{
	const struct rollup_workload *workload;

	if (!keys->node)
		return true;
	workload = hash_table_at(&keys->rollup->workloads, slot->workload);
	return keys->node[workload->node];
}

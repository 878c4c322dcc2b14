/*
 * Slots of workloads, most of a flush. Those whose names are known travel with their ids and in the
 * order of their key: nothing is joined and nothing sorted on the server. The others follow by
 * number.
 */
#include <errno.h>
#include <stdlib.h>

#include "aggregator/store/private.h"
#include "hubmeter/cleanup.h"

/* The key of a slot, and its number in the rollup. */
struct slot_key {
	int64_t slot_usec;
	int64_t workload_id;
	int32_t hub_id;
	int32_t class_id;
	uint32_t number;
};

struct slot_keys {
	struct slot_key *key;
	size_t count;
};

static void slot_keys_release(struct slot_keys *keys)
{
	free(keys->key);
}

static bool is_known(const struct known_ids *ids, const struct rollup_slot *slot)
{
	return ids->workload[slot->workload].workload_id != KNOWN_NO_ID &&
	       ids->class_id[slot->class] != KNOWN_NO_ID;
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_keys(const void *left, const void *right)
{
	const struct slot_key *a = left;
	const struct slot_key *b = right;
	int r = compare(a->hub_id, b->hub_id);

	if (r == 0)
		r = compare(a->slot_usec, b->slot_usec);
	if (r == 0)
		r = compare(a->workload_id, b->workload_id);
	return r ? r : compare(a->class_id, b->class_id);
}

/* Those with ids. -ENOMEM. */
static int sort_known(
	const struct part_keys *keys, const struct known_ids *ids, struct slot_keys *ret)
{
	const struct rollup *rollup = keys->rollup;

	ret->key = calloc(rollup->slots.count + 1, sizeof(*ret->key));
	if (!ret->key)
		return -ENOMEM;
	for (uint32_t i = 0; i < rollup->slots.count; i++) {
		const struct rollup_slot *slot = hash_table_at(&rollup->slots, i);

		if (part_has_slot(keys, slot) && is_known(ids, slot))
			ret->key[ret->count++] = (struct slot_key){slot->slot_usec,
				ids->workload[slot->workload].workload_id,
				ids->workload[slot->workload].hub_id, ids->class_id[slot->class],
				i};
	}
	qsort(ret->key, ret->count, sizeof(*ret->key), compare_keys);
	return 0;
}

static void put_sums(struct postgres_copy *copy, const struct rollup_slot *slot)
{
	for (int q = 0; q < HM_QUANTITY_COUNT; q++)
		postgres_copy_i64(copy, (int64_t)slot->quantity[q]);
	postgres_copy_i32(copy, (int32_t)slot->flags);
}

static int stage_known(
	struct postgres_copy *copy, const struct part_keys *keys, const struct slot_keys *known)
{
	if (known->count == 0)
		return 0;
	postgres_copy_begin(copy, COPY_INTO("stage_slot"));
	for (size_t i = 0; i < known->count; i++) {
		const struct slot_key *key = &known->key[i];

		postgres_copy_row(copy, 4 + HM_QUANTITY_COUNT + 1);
		postgres_copy_i32(copy, key->hub_id);
		postgres_copy_time(copy, key->slot_usec);
		postgres_copy_i64(copy, key->workload_id);
		postgres_copy_i32(copy, key->class_id);
		put_sums(copy, hash_table_at(&keys->rollup->slots, key->number));
	}
	return postgres_copy_end(copy);
}

static int stage_new(
	struct postgres_copy *copy, const struct part_keys *keys, const struct known_ids *ids)
{
	const struct rollup *rollup = keys->rollup;

	postgres_copy_begin(copy, COPY_INTO("stage_new_slot"));
	for (uint32_t i = 0; i < rollup->slots.count; i++) {
		const struct rollup_slot *slot = hash_table_at(&rollup->slots, i);

		if (!part_has_slot(keys, slot) || is_known(ids, slot))
			continue;
		postgres_copy_row(copy, 3 + HM_QUANTITY_COUNT + 1);
		postgres_copy_time(copy, slot->slot_usec);
		postgres_copy_i32(copy, (int32_t)slot->workload);
		postgres_copy_i32(copy, (int32_t)slot->class);
		put_sums(copy, slot);
	}
	return postgres_copy_end(copy);
}

int store_stage_slots(
	struct postgres_copy *copy, const struct part_keys *keys, const struct known_ids *ids)
{
	hm_cleanup(slot_keys_release) struct slot_keys known = {0};
	int r;

	if (keys->rollup->slots.count == 0)
		return 0;
	r = sort_known(keys, ids, &known);
	if (r == 0)
		r = stage_known(copy, keys, &known);
	return r < 0 ? r : stage_new(copy, keys, ids);
}

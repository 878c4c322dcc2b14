/* Three small tables over one of strings, as the rollup has them; but these outlive the commit. */
#include "aggregator/store/known.h"

#include <errno.h>
#include <stdlib.h>

#include "common/hash.h"
#include "common/postgres/postgres.h"

struct known_class {
	uint32_t name;
	int32_t class_id;
};

struct known_node {
	uint32_t hub;
	uint32_t name;
	int32_t hub_id;
};

struct known_workload {
	uint32_t node; /* number in nodes */
	uint32_t kind;
	uint32_t external_id;
	bool has_username, has_server_name, has_tag;
	int64_t first_slot_usec;
	int64_t workload_id;
};

int known_init(struct known *known, uint64_t seed)
{
	*known = (struct known){
		.seed = seed,
		.classes = HASH_TABLE_INIT(struct known_class),
		.nodes = HASH_TABLE_INIT(struct known_node),
		.workloads = HASH_TABLE_INIT(struct known_workload),
	};
	return interner_init(&known->strings, seed);
}

void known_release(struct known *known)
{
	interner_release(&known->strings);
	hash_table_release(&known->classes);
	hash_table_release(&known->nodes);
	hash_table_release(&known->workloads);
}

void known_clear(struct known *known)
{
	interner_clear(&known->strings);
	hash_table_clear(&known->classes);
	hash_table_clear(&known->nodes);
	hash_table_clear(&known->workloads);
}

void known_keep(struct known *known, int64_t version)
{
	if (known->version != version)
		known_clear(known);
	known->version = version;
}

static size_t used_bytes(const struct known *known)
{
	return interner_used_bytes(&known->strings) + hash_table_used_bytes(&known->classes) +
	       hash_table_used_bytes(&known->nodes) + hash_table_used_bytes(&known->workloads);
}

static uint32_t hash_words(const struct known *known, uint64_t a, uint64_t b)
{
	return (uint32_t)hash_mix(hash_mix(known->seed ^ a, b), known->seed);
}

/* A text of the rollup: its number here, or HASH_TABLE_NONE. */
static uint32_t find_text(const struct known *known, const struct rollup *rollup, uint32_t number)
{
	size_t size;
	const char *text = interner_text(&rollup->strings, number, &size);

	return interner_find(&known->strings, text, size);
}

static int add_text(
	struct known *known, const struct rollup *rollup, uint32_t number, uint32_t *ret)
{
	size_t size;
	const char *text = interner_text(&rollup->strings, number, &size);
	int r = interner_reserve(&known->strings, 1, size + 1);

	if (r == 0)
		*ret = interner_add(&known->strings, text, size);
	return r;
}

static bool same_class(const void *entry, const void *key)
{
	return ((const struct known_class *)entry)->name == ((const struct known_class *)key)->name;
}

static bool same_node(const void *entry, const void *key)
{
	const struct known_node *a = entry;
	const struct known_node *b = key;

	return a->hub == b->hub && a->name == b->name;
}

static bool same_workload(const void *entry, const void *key)
{
	const struct known_workload *a = entry;
	const struct known_workload *b = key;

	return a->external_id == b->external_id && a->node == b->node && a->kind == b->kind;
}

static uint32_t hash_class(const struct known *known, const struct known_class *key)
{
	return hash_words(known, key->name, 1);
}

static uint32_t hash_node(const struct known *known, const struct known_node *key)
{
	return hash_words(known, key->hub, key->name);
}

static uint32_t hash_workload(const struct known *known, const struct known_workload *key)
{
	return hash_words(known, key->external_id, (uint64_t)key->node << 32 | key->kind);
}

static int32_t class_id_of(
	const struct known *known, const struct rollup *rollup, const struct rollup_class *class)
{
	const struct known_class key = {.name = find_text(known, rollup, class->name)};
	uint32_t number;

	if (key.name == HASH_TABLE_NONE)
		return KNOWN_NO_ID;
	number = hash_table_find(&known->classes, hash_class(known, &key), &key, same_class);
	if (number == HASH_TABLE_NONE)
		return KNOWN_NO_ID;
	return ((const struct known_class *)hash_table_at(&known->classes, number))->class_id;
}

static uint32_t find_node(
	const struct known *known, const struct rollup *rollup, const struct rollup_node *node)
{
	const struct known_node key = {
		.hub = find_text(known, rollup, node->hub),
		.name = find_text(known, rollup, node->name),
	};

	if (key.hub == HASH_TABLE_NONE || key.name == HASH_TABLE_NONE)
		return HASH_TABLE_NONE;
	return hash_table_find(&known->nodes, hash_node(known, &key), &key, same_node);
}

static struct known_workload *find_workload(const struct known *known, const struct rollup *rollup,
	uint32_t node, const struct rollup_workload *workload)
{
	const struct known_workload key = {
		.node = node,
		.kind = workload->kind,
		.external_id = find_text(known, rollup, workload->external_id),
	};
	uint32_t number;

	if (node == HASH_TABLE_NONE || key.external_id == HASH_TABLE_NONE)
		return NULL;
	number =
		hash_table_find(&known->workloads, hash_workload(known, &key), &key, same_workload);
	return number == HASH_TABLE_NONE ? NULL : hash_table_at(&known->workloads, number);
}

/* What the database does as well: a name is taken once, and the first slot moves to earlier only.
 */
static bool says_something(
	const struct known_workload *known, const struct rollup_workload *workload)
{
	return (workload->username != INTERNER_EMPTY && !known->has_username) ||
	       (workload->server_name != INTERNER_EMPTY && !known->has_server_name) ||
	       (workload->tag != INTERNER_EMPTY && !known->has_tag) ||
	       workload->first_slot_usec < known->first_slot_usec;
}

static struct known_workload_id workload_id_of(const struct known *known,
	const struct rollup *rollup, const uint32_t *node, const struct rollup_workload *workload)
{
	const struct known_workload *found =
		find_workload(known, rollup, node[workload->node], workload);
	const struct known_node *its_node;

	if (!found)
		return (struct known_workload_id){KNOWN_NO_ID, KNOWN_NO_ID, true};
	its_node = hash_table_at(&known->nodes, found->node);
	return (struct known_workload_id){
		found->workload_id, its_node->hub_id, says_something(found, workload)};
}

/* A slot of a new class goes by number, and so must its workload. */
static void stage_with_new_classes(const struct part_keys *keys, struct known_ids *ids)
{
	const struct rollup *rollup = keys->rollup;

	for (uint32_t i = 0; i < rollup->slots.count; i++) {
		const struct rollup_slot *slot = hash_table_at(&rollup->slots, i);

		if (ids->class_id[slot->class] == KNOWN_NO_ID)
			ids->workload[slot->workload].is_staged = true;
	}
}

int known_look_up(const struct known *known, const struct part_keys *keys, struct known_ids *ret)
{
	const struct rollup *rollup = keys->rollup;

	ret->class_id = calloc(rollup->classes.count + 1, sizeof(*ret->class_id));
	ret->node = calloc(rollup->nodes.count + 1, sizeof(*ret->node));
	ret->workload = calloc(rollup->workloads.count + 1, sizeof(*ret->workload));
	if (!ret->class_id || !ret->node || !ret->workload)
		return -ENOMEM;
	for (uint32_t i = 0; i < rollup->classes.count; i++)
		ret->class_id[i] = class_id_of(known, rollup, hash_table_at(&rollup->classes, i));
	for (uint32_t i = 0; i < rollup->nodes.count; i++)
		ret->node[i] = find_node(known, rollup, hash_table_at(&rollup->nodes, i));
	for (uint32_t i = 0; i < rollup->workloads.count; i++) {
		const struct rollup_workload *workload = hash_table_at(&rollup->workloads, i);

		if (part_has_node(keys, workload->node))
			ret->workload[i] = workload_id_of(known, rollup, ret->node, workload);
	}
	stage_with_new_classes(keys, ret);
	return 0;
}

void known_ids_release(struct known_ids *ids)
{
	free(ids->class_id);
	free(ids->node);
	free(ids->workload);
	*ids = (struct known_ids){0};
}

static int learn_node(struct known *known, const struct rollup *rollup, struct known_ids *ids,
	uint32_t number, int32_t hub_id)
{
	const struct rollup_node *node = hash_table_at(&rollup->nodes, number);
	struct known_node fresh = {.hub_id = hub_id};
	int r = 0;

	if (ids->node[number] == HASH_TABLE_NONE) {
		r = add_text(known, rollup, node->hub, &fresh.hub);
		if (r == 0)
			r = add_text(known, rollup, node->name, &fresh.name);
		if (r == 0)
			r = hash_table_reserve(&known->nodes, 1);
		if (r < 0)
			return r;
		ids->node[number] = hash_table_append(&known->nodes, hash_node(known, &fresh));
		*(struct known_node *)hash_table_at(&known->nodes, ids->node[number]) = fresh;
	}
	((struct known_node *)hash_table_at(&known->nodes, ids->node[number]))->hub_id = hub_id;
	return 0;
}

static int learn_class(struct known *known, const struct rollup *rollup,
	const struct known_ids *ids, uint32_t number, int32_t class_id)
{
	const struct rollup_class *class = hash_table_at(&rollup->classes, number);
	struct known_class fresh = {.class_id = class_id};
	int r;

	if (ids->class_id[number] != KNOWN_NO_ID)
		return 0;
	r = add_text(known, rollup, class->name, &fresh.name);
	if (r == 0)
		r = hash_table_reserve(&known->classes, 1);
	if (r < 0)
		return r;
	number = hash_table_append(&known->classes, hash_class(known, &fresh));
	*(struct known_class *)hash_table_at(&known->classes, number) = fresh;
	return 0;
}

/* A new one, or the one there is. NULL: no memory. */
static struct known_workload *make_workload(struct known *known, const struct rollup *rollup,
	uint32_t node, const struct rollup_workload *workload)
{
	struct known_workload *found = find_workload(known, rollup, node, workload);
	struct known_workload fresh = {
		.node = node, .kind = workload->kind, .first_slot_usec = INT64_MAX};

	if (found)
		return found;
	if (add_text(known, rollup, workload->external_id, &fresh.external_id) < 0 ||
		hash_table_reserve(&known->workloads, 1) < 0)
		return NULL;
	found = hash_table_at(&known->workloads,
		hash_table_append(&known->workloads, hash_workload(known, &fresh)));
	*found = fresh;
	return found;
}

static int learn_workload(struct known *known, const struct rollup *rollup,
	const struct known_ids *ids, uint32_t number, int64_t workload_id)
{
	const struct rollup_workload *workload = hash_table_at(&rollup->workloads, number);
	struct known_workload *entry =
		make_workload(known, rollup, ids->node[workload->node], workload);

	if (!entry)
		return -ENOMEM;
	entry->workload_id = workload_id;
	entry->has_username |= workload->username != INTERNER_EMPTY;
	entry->has_server_name |= workload->server_name != INTERNER_EMPTY;
	entry->has_tag |= workload->tag != INTERNER_EMPTY;
	if (entry->first_slot_usec > workload->first_slot_usec)
		entry->first_slot_usec = workload->first_slot_usec;
	return 0;
}

static int learn_row(struct known *known, const struct rollup *rollup, struct known_ids *ids,
	const PGresult *learned, int row)
{
	const uint32_t number = (uint32_t)postgres_get_i64(learned, row, KNOWN_COLUMN_NUMBER);
	const int64_t id = postgres_get_i64(learned, row, KNOWN_COLUMN_ID);

	switch ((enum known_kind)postgres_get_i64(learned, row, KNOWN_COLUMN_KIND)) {
	case KNOWN_KIND_NODE:
		return learn_node(known, rollup, ids, number,
			(int32_t)postgres_get_i64(learned, row, KNOWN_COLUMN_HUB));
	case KNOWN_KIND_CLASS:
		return learn_class(known, rollup, ids, number, (int32_t)id);
	case KNOWN_KIND_WORKLOAD:
		return learn_workload(known, rollup, ids, number, id);
	}
	return 0;
}

/* Nothing is known any more, also not of this commit. */
static void begin_anew(struct known *known, const struct rollup *rollup, struct known_ids *ids)
{
	known_clear(known);
	for (uint32_t i = 0; i < rollup->nodes.count; i++)
		ids->node[i] = HASH_TABLE_NONE;
	for (uint32_t i = 0; i < rollup->classes.count; i++)
		ids->class_id[i] = KNOWN_NO_ID;
}

void known_learn(struct known *known, const struct part_keys *keys, struct known_ids *ids,
	const PGresult *learned)
{
	int r = 0;

	if (used_bytes(known) > KNOWN_MOST_BYTES)
		begin_anew(known, keys->rollup, ids);
	for (int row = 0; row < PQntuples(learned) && r == 0; row++)
		r = learn_row(known, keys->rollup, ids, learned, row);
	if (r < 0)
		known_clear(known);
}

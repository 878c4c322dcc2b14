/*
 * Names are numbers while intervals are gathered. To sort by names, the names are sorted first:
 * then comparing two intervals compares numbers.
 */
#include "common/interval_set.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

#define BOUND_COUNT 3 /* user, server, tag: what a workload is known by */

static const enum usage_column bound_columns[BOUND_COUNT] = {
	USAGE_COLUMN_USERNAME, USAGE_COLUMN_SERVER, USAGE_COLUMN_TAG};

struct interval_workload {
	uint32_t hub, node, id, kind;
	uint32_t bound[BOUND_COUNT];
	uint32_t bound_line[BOUND_COUNT]; /* where that was said */
};

int interval_set_init(struct interval_set *set, uint64_t seed)
{
	*set = (struct interval_set){.workloads = HASH_TABLE_INIT(struct interval_workload)};
	return interner_init(&set->strings, seed);
}

void interval_set_release(struct interval_set *set)
{
	interner_release(&set->strings);
	hash_table_release(&set->workloads);
	free(set->record);
	set->record = NULL;
	set->count = set->capacity = 0;
}

static int reserve(struct interval_set *set, size_t text_bytes)
{
	uint32_t capacity = set->capacity ? set->capacity : 1024;
	struct interval_record *record;
	int r;

	if (set->count == INTERVAL_SET_MAX)
		return -ENOSPC;
	r = interner_reserve(&set->strings, INTERVAL_NAME_COUNT, text_bytes);
	if (r < 0)
		return r;
	r = hash_table_reserve(&set->workloads, 1);
	if (r < 0)
		return r;
	if (set->count < set->capacity)
		return 0;
	if (set->capacity)
		capacity = capacity > INTERVAL_SET_MAX / 2 ? INTERVAL_SET_MAX : 2 * capacity;
	record = reallocarray(set->record, capacity, sizeof(*record));
	if (!record)
		return -ENOMEM;
	set->record = record;
	set->capacity = capacity;
	return 0;
}

static bool same_workload(const void *entry, const void *key)
{
	const struct interval_workload *a = entry, *b = key;

	return a->id == b->id && a->node == b->node && a->hub == b->hub && a->kind == b->kind;
}

static struct interval_workload *find_workload(
	struct interval_set *set, const struct interval_record *record)
{
	const struct interval_workload key = {.hub = record->name[INTERVAL_NAME_HUB],
		.node = record->name[INTERVAL_NAME_NODE],
		.id = record->name[INTERVAL_NAME_WORKLOAD],
		.kind = record->kind};
	const uint64_t place = (uint64_t)key.hub << 32 | key.node;
	const uint64_t hash = hash_mix(
		hash_mix(set->strings.seed ^ place, (uint64_t)key.id << 3 | key.kind), place);
	uint32_t number = hash_table_find(&set->workloads, (uint32_t)hash, &key, same_workload);

	if (number == HASH_TABLE_NONE) {
		number = hash_table_append(&set->workloads, (uint32_t)hash);
		*(struct interval_workload *)hash_table_at(&set->workloads, number) = key;
	}
	return hash_table_at(&set->workloads, number);
}

/* What the workload is known by: the first name counts, another one is a contradiction. */
static int bind_names(struct interval_set *set, const struct interval_record *record,
	struct interval_conflict *ret)
{
	struct interval_workload *workload = find_workload(set, record);

	for (size_t i = 0; i < BOUND_COUNT; i++) {
		uint32_t name = record->name[INTERVAL_NAME_USERNAME + i];

		if (name == INTERNER_EMPTY || workload->bound[i] == name ||
			workload->bound[i] == INTERNER_EMPTY)
			continue;
		*ret = (struct interval_conflict){bound_columns[i], workload->bound_line[i]};
		return -EEXIST;
	}
	for (size_t i = 0; i < BOUND_COUNT; i++) {
		if (workload->bound[i] != INTERNER_EMPTY)
			continue;
		workload->bound[i] = record->name[INTERVAL_NAME_USERNAME + i];
		workload->bound_line[i] = record->line;
	}
	return 0;
}

/* Billable usage may be the sum of used and reserved over several intervals, so both together fit;
 * they stand side by side. */
static int add_sums(
	struct interval_set *set, const uint64_t *quantity, struct interval_conflict *ret)
{
	uint64_t sum[USAGE_QUANTITY_COUNT], both = 0;

	for (size_t i = 0; i < USAGE_QUANTITY_COUNT; i++) {
		const bool is_reserved = i < 6 && i % 2 == 1;

		sum[i] = set->sum[i] + quantity[i]; /* two numbers of 63 bits */
		both = is_reserved ? sum[i - 1] + sum[i] : sum[i];
		if (sum[i] <= INT64_MAX && both <= INT64_MAX)
			continue;
		*ret = (struct interval_conflict){(enum usage_column)(USAGE_FIRST_QUANTITY + i), 0};
		return -EOVERFLOW;
	}
	memcpy(set->sum, sum, sizeof(sum));
	return 0;
}

int interval_set_add(struct interval_set *set, const struct usage_interval *interval, uint32_t line,
	struct interval_conflict *ret)
{
	const char *const text[INTERVAL_NAME_COUNT] = {interval->hub, interval->node,
		interval->resource_class, interval->workload, interval->username, interval->server,
		interval->tag};
	struct interval_record record = {.kind = interval->kind,
		.start_usec = interval->start_usec,
		.end_usec = interval->end_usec,
		.line = line};
	size_t size[INTERVAL_NAME_COUNT], bytes = 0;
	int r;

	for (size_t i = 0; i < INTERVAL_NAME_COUNT; i++) {
		size[i] = strlen(text[i]);
		bytes += size[i] + 1;
	}
	r = reserve(set, bytes);
	if (r < 0)
		return r;
	for (size_t i = 0; i < INTERVAL_NAME_COUNT; i++)
		record.name[i] = interner_add(&set->strings, text[i], size[i]);
	memcpy(record.quantity, interval->quantity, sizeof(record.quantity));
	r = bind_names(set, &record, ret);
	if (r == 0)
		r = add_sums(set, record.quantity, ret);
	if (r < 0)
		return r;
	set->record[set->count++] = record;
	return 0;
}

/* --- order --- */

static int compare_names(const void *a, const void *b, void *context)
{
	const struct interval_set *set = context;

	return strcmp(interval_set_name(set, *(const uint32_t *)a),
		interval_set_name(set, *(const uint32_t *)b));
}

/* *@ret[number of a name] = its place among all names. The caller frees. */
static int rank_names(struct interval_set *set, uint32_t **ret)
{
	const uint32_t n = set->strings.entries.count;
	uint32_t *order = calloc(n, sizeof(*order));
	uint32_t *rank = calloc(n, sizeof(*rank));

	if (!order || !rank) {
		free(order);
		free(rank);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), compare_names, set);
	for (uint32_t i = 0; i < n; i++)
		rank[order[i]] = i;
	free(order);
	*ret = rank;
	return 0;
}

static int compare_unsigned(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* By content alone; @rank NULL: only whether they are the same. */
static int compare_records(
	const struct interval_record *a, const struct interval_record *b, const uint32_t *rank)
{
	int order = 0;

	for (int i = INTERVAL_NAME_HUB; i <= INTERVAL_NAME_TAG && order == 0; i++) {
		if (i == INTERVAL_NAME_WORKLOAD) { /* time comes before the workload */
			order = compare_unsigned((uint64_t)a->start_usec, (uint64_t)b->start_usec);
			if (order == 0)
				order = compare_unsigned(
					(uint64_t)a->end_usec, (uint64_t)b->end_usec);
			if (order == 0)
				order = compare_unsigned(a->kind, b->kind);
		}
		if (order == 0 && a->name[i] != b->name[i])
			order = rank ? compare_unsigned(rank[a->name[i]], rank[b->name[i]]) : 1;
	}
	for (size_t i = 0; i < USAGE_QUANTITY_COUNT && order == 0; i++)
		order = compare_unsigned(a->quantity[i], b->quantity[i]);
	return order;
}

static int by_content(const void *a, const void *b, void *rank)
{
	return compare_records(a, b, rank);
}

int interval_set_sort(struct interval_set *set)
{
	uint32_t *rank;
	int r = rank_names(set, &rank);

	if (r < 0)
		return r;
	if (set->count > 0)
		qsort_r(set->record, set->count, sizeof(*set->record), by_content, rank);
	free(rank);
	return 0;
}

uint32_t interval_set_find_duplicate(const struct interval_set *set, uint32_t from)
{
	for (uint32_t i = from ? from : 1; i < set->count; i++) {
		if (compare_records(&set->record[i - 1], &set->record[i], NULL) == 0)
			return i;
	}
	return set->count;
}

uint32_t interval_set_run_end(
	const struct interval_set *set, uint32_t first, enum interval_name last)
{
	const struct interval_record *record = set->record;
	const size_t size = ((size_t)last + 1) * sizeof(record->name[0]);
	uint32_t i = first;

	while (i < set->count && memcmp(record[i].name, record[first].name, size) == 0)
		i++;
	return i;
}

void interval_set_get(const struct interval_set *set, uint32_t i, struct usage_interval *ret)
{
	const struct interval_record *record = &set->record[i];

	*ret = (struct usage_interval){
		.hub = interval_set_name(set, record->name[INTERVAL_NAME_HUB]),
		.node = interval_set_name(set, record->name[INTERVAL_NAME_NODE]),
		.resource_class = interval_set_name(set, record->name[INTERVAL_NAME_CLASS]),
		.workload = interval_set_name(set, record->name[INTERVAL_NAME_WORKLOAD]),
		.username = interval_set_name(set, record->name[INTERVAL_NAME_USERNAME]),
		.server = interval_set_name(set, record->name[INTERVAL_NAME_SERVER]),
		.tag = interval_set_name(set, record->name[INTERVAL_NAME_TAG]),
		.kind = (enum hm_workload_kind)record->kind,
		.start_usec = record->start_usec,
		.end_usec = record->end_usec,
	};
	memcpy(ret->quantity, record->quantity, sizeof(ret->quantity));
}

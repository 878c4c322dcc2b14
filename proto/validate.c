/*
 * The checks behind hm_wire_decode() that need no knowledge of the encoding. Column by column, so
 * that each is one tight loop over one array.
 */
#include "proto/validate.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#define SLACK_USEC    (60 * 1000 * 1000ULL)
#define SLACK_MSEC    (60 * 1000ULL)
#define SLACK_MIB_SEC (1024 * 60ULL)

/* What no node has, per second: see validate.h. */
#define NODE_MOST_CPU_USEC    (65536ULL * 1000 * 1000)
#define NODE_MOST_MEMORY_MIB  (1ULL << 32)
#define NODE_MOST_GPU_MSEC    (65536ULL * 1000)
#define NODE_MOST_STORAGE_MIB (1ULL << 40)
#define CLUSTER_NODES	      64u /* that one name of imported usage stands for, at most */

/* The columns of one resource, and how much more than twice its capacity a node may have used. */
struct resource_rule {
	enum hm_quantity used, reserved, billable;
	uint64_t slack;
	uint64_t most_per_sec;
};

static const struct resource_rule resource_rules[HM_RESOURCE_COUNT] = {
	[HM_RESOURCE_CPU_USEC] = {HM_QUANTITY_CPU_USED_USEC, HM_QUANTITY_CPU_RESERVED_USEC,
		HM_QUANTITY_CPU_BILLABLE_USEC, SLACK_USEC, NODE_MOST_CPU_USEC},
	[HM_RESOURCE_MEMORY_MIB_SEC] = {HM_QUANTITY_MEMORY_USED_MIB_SEC,
		HM_QUANTITY_MEMORY_RESERVED_MIB_SEC, HM_QUANTITY_MEMORY_BILLABLE_MIB_SEC,
		SLACK_MIB_SEC, NODE_MOST_MEMORY_MIB},
	[HM_RESOURCE_GPU_MSEC] = {HM_QUANTITY_GPU_USED_MSEC, HM_QUANTITY_GPU_RESERVED_MSEC,
		HM_QUANTITY_GPU_BILLABLE_MSEC, SLACK_MSEC, NODE_MOST_GPU_MSEC},
};

/* What has no capacity that could be known. */
static const struct {
	enum hm_quantity quantity;
	uint64_t most_per_sec;
} uncapped_rules[] = {
	{HM_QUANTITY_STORAGE_MIB_SEC, NODE_MOST_STORAGE_MIB},
	{HM_QUANTITY_NET_RX_BYTES, HM_NET_BYTES_PER_SEC_MAX},
	{HM_QUANTITY_NET_TX_BYTES, HM_NET_BYTES_PER_SEC_MAX},
};

const char *hm_reject_name(enum hm_reject reason)
{
	static const char *const names[] = {
		[HM_REJECT_NONE] = "none",
		[HM_REJECT_MALFORMED] = "malformed",
		[HM_REJECT_ARENA_EXHAUSTED] = "arena_exhausted",
		[HM_REJECT_IDENTITY] = "identity",
		[HM_REJECT_HUB_MISMATCH] = "hub_mismatch",
		[HM_REJECT_STRING] = "string",
		[HM_REJECT_TOO_MANY_ROWS] = "too_many_rows",
		[HM_REJECT_COLUMN_LENGTH] = "column_length",
		[HM_REJECT_DICTIONARY_INDEX] = "dictionary_index",
		[HM_REJECT_UNKNOWN_VALUE] = "unknown_value",
		[HM_REJECT_WINDOW] = "window",
		[HM_REJECT_WINDOW_FUTURE] = "window_future",
		[HM_REJECT_WINDOW_TOO_OLD] = "window_too_old",
		[HM_REJECT_ROW_WINDOW] = "row_window",
		[HM_REJECT_ABSURD_QUANTITY] = "absurd_quantity",
		[HM_REJECT_OVERFLOW] = "overflow",
		[HM_REJECT_CONSERVATION] = "conservation",
		[HM_REJECT_TOO_MANY_NAMES] = "too_many_names",
		[HM_REJECT_STREAM_NODE] = "stream_node",
		[HM_REJECT_STREAM_GAPS] = "stream_gaps",
	};

	assert((size_t)reason < sizeof(names) / sizeof(names[0]));
	return names[reason];
}

static uint64_t window_length(const struct hm_batch *batch)
{
	return (uint64_t)(batch->window_end_usec - batch->window_start_usec);
}

bool hm_batch_is_imported(const struct hm_batch *batch)
{
	if (batch->n_rows == 0 || batch->node_row.coverage_msec != 0)
		return false;
	for (size_t i = 0; i < batch->n_rows; i++) {
		if (!(batch->flags[i] & HM_FLAG_IMPORTED))
			return false;
	}
	return true;
}

/* Differences of times are compared, never times with an age added: nothing can overflow. */
static enum hm_reject check_window(
	const struct hm_batch *batch, const struct hm_wire_limits *limits)
{
	int64_t length, ahead;

	if (batch->window_start_usec < 0 ||
		__builtin_sub_overflow(batch->window_end_usec, batch->window_start_usec, &length) ||
		length <= 0 || length > HM_WINDOW_MAX_USEC)
		return HM_REJECT_WINDOW;
	/* The end is positive, so only a now before 1970 overflows: then all is future. */
	if (__builtin_sub_overflow(batch->window_end_usec, limits->now_usec, &ahead) ||
		ahead > limits->max_future_usec)
		return HM_REJECT_WINDOW_FUTURE;
	if (ahead >= 0 || -ahead <= limits->max_age_usec)
		return HM_REJECT_NONE;
	if (hm_batch_is_imported(batch) &&
		-ahead - limits->max_age_usec <= HM_IMPORTED_MAX_AGE_USEC)
		return HM_REJECT_NONE;
	return HM_REJECT_WINDOW_TOO_OLD;
}

static bool column_is_below(const uint32_t *column, size_t n, uint32_t bound)
{
	bool below = true;
	size_t i;

	for (i = 0; i < n; i++)
		below &= column[i] < bound;
	return below;
}

static enum hm_reject check_dictionary(const struct hm_batch *batch)
{
	const uint32_t *const columns[] = {
		batch->workload, batch->user, batch->server, batch->tag, batch->resource_class};
	size_t i;

	if (batch->n_strings == 0 || batch->n_strings > HM_MAX_STRINGS || *batch->strings[0])
		return HM_REJECT_DICTIONARY_INDEX;
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		if (!column_is_below(columns[i], batch->n_rows, (uint32_t)batch->n_strings))
			return HM_REJECT_DICTIONARY_INDEX;
	}
	for (i = 0; i < batch->n_rows; i++) {
		if (!*batch->strings[batch->workload[i]])
			return HM_REJECT_DICTIONARY_INDEX; /* a workload without an id */
	}
	if (batch->node_row.resource_class >= batch->n_strings)
		return HM_REJECT_DICTIONARY_INDEX;
	return HM_REJECT_NONE;
}

static enum hm_reject check_known_values(const struct hm_batch *batch)
{
	uint32_t flags = 0;
	bool known = true;
	size_t i;

	for (i = 0; i < batch->n_rows; i++) {
		known &= batch->kind[i] >= HM_WORKLOAD_KIND_PROCESS &&
			 batch->kind[i] <= HM_WORKLOAD_KIND_STORAGE;
		flags |= batch->flags[i];
	}
	flags |= batch->node_row.measured.flags;
	return known && !(flags & ~HM_FLAGS_KNOWN) ? HM_REJECT_NONE : HM_REJECT_UNKNOWN_VALUE;
}

static enum hm_reject check_row_windows(const struct hm_batch *batch)
{
	uint64_t length = window_length(batch);
	bool inside = true;
	size_t i;

	for (i = 0; i < batch->n_rows; i++) {
		uint64_t from_start = batch->start_offset_usec[i];
		uint64_t from_end = batch->end_offset_usec[i];

		inside &= from_start < length && from_end < length - from_start;
	}
	return inside ? HM_REJECT_NONE : HM_REJECT_ROW_WINDOW;
}

/* A sum that fits 63 bits has addends that do: the database's integers are signed. */
static bool sum_column(const uint64_t *column, size_t n, uint64_t *ret)
{
	uint64_t sum = 0;
	bool overflow = false;
	size_t i;

	for (i = 0; i < n; i++)
		overflow |= __builtin_add_overflow(sum, column[i], &sum);
	if (overflow || sum > INT64_MAX)
		return false;
	*ret = sum;
	return true;
}

static enum hm_reject check_sums(const struct hm_batch *batch, uint64_t ret_sums[HM_QUANTITY_COUNT])
{
	const struct hm_node_row *node = &batch->node_row;
	size_t i;

	for (i = 0; i < HM_QUANTITY_COUNT; i++) {
		if (!sum_column(batch->quantity[i], batch->n_rows, &ret_sums[i]))
			return HM_REJECT_OVERFLOW;
	}
	for (i = 0; i < HM_RESOURCE_COUNT; i++) {
		if (node->capacity[i] > INT64_MAX || node->used[i] > INT64_MAX ||
			node->system[i] > INT64_MAX)
			return HM_REJECT_OVERFLOW;
	}
	if (node->measured.cpu_usec > INT64_MAX || node->measured.cpu_steal_usec > INT64_MAX ||
		node->measured.memory_mib_sec > INT64_MAX)
		return HM_REJECT_OVERFLOW;
	return HM_REJECT_NONE;
}

static bool billable_is_bounded(const struct hm_batch *batch, const struct resource_rule *rule)
{
	const uint64_t *used = batch->quantity[rule->used];
	const uint64_t *reserved = batch->quantity[rule->reserved];
	const uint64_t *billable = batch->quantity[rule->billable];
	bool bounded = true;
	size_t i;

	for (i = 0; i < batch->n_rows; i++)
		bounded &= billable[i] >= used[i] && billable[i] >= reserved[i] &&
			   billable[i] <= used[i] + reserved[i]; /* both are below 2^63 */
	return bounded;
}

static bool column_is_at_most(const uint64_t *column, size_t n, uint64_t bound)
{
	bool within = true;
	size_t i;

	for (i = 0; i < n; i++)
		within &= column[i] <= bound;
	return within;
}

/* What there is at most in @usec of what comes at @per_sec. Below 2^63, as windows are. */
static uint64_t most_in(uint64_t usec, uint64_t per_sec)
{
	return (usec + SLACK_USEC + 999999) / 1000000 * per_sec;
}

/*
 * A batch that covers nothing may come without the node's capacity: it is imported, and "node" may
 * be the name of a cluster, or it holds the rows that found no room in the batch before, which said
 * all about the node. Whoever measures a node knows its CPUs; the size of its memory and the number
 * of its GPUs are not always known. Rows are bounded by what any node could give one of them.
 */
static bool is_plausible_without_capacity(const struct hm_batch *batch, enum hm_resource resource)
{
	const struct resource_rule *rule = &resource_rules[resource];
	const uint64_t most = most_in(window_length(batch), rule->most_per_sec);

	if (resource == HM_RESOURCE_CPU_USEC &&
		(batch->n_rows == 0 || batch->node_row.coverage_msec != 0))
		return false;
	return batch->node_row.system[resource] <= most &&
	       column_is_at_most(batch->quantity[rule->billable], batch->n_rows, most);
}

/* What a node may have used of a resource. Its capacity is one that a node can have. */
static uint64_t bound_of(const struct hm_batch *batch, enum hm_resource resource)
{
	return 2 * batch->node_row.capacity[resource] + resource_rules[resource].slack;
}

/* Rows sum up to at most the node's total (conservation), so bounding that bounds each row. */
static bool resource_is_plausible(
	const struct hm_batch *batch, enum hm_resource resource, const uint64_t *sums)
{
	const struct resource_rule *rule = &resource_rules[resource];
	const uint64_t bound = bound_of(batch, resource);

	if (!billable_is_bounded(batch, rule))
		return false;
	if (batch->node_row.capacity[resource] == 0)
		return is_plausible_without_capacity(batch, resource);
	return sums[rule->used] <= bound && batch->node_row.used[resource] <= bound &&
	       column_is_at_most(batch->quantity[rule->reserved], batch->n_rows, bound);
}

/* Who measures a node knows its CPUs; memory may be measured where its size is not known. */
static bool measured_is_plausible(const struct hm_batch *batch)
{
	const struct hm_node_measured *measured = &batch->node_row.measured;
	const uint64_t cpu = bound_of(batch, HM_RESOURCE_CPU_USEC);
	const uint64_t memory = batch->node_row.capacity[HM_RESOURCE_MEMORY_MIB_SEC] == 0
					? most_in(window_length(batch), NODE_MOST_MEMORY_MIB)
					: bound_of(batch, HM_RESOURCE_MEMORY_MIB_SEC);

	return !measured->is_measured ||
	       (measured->cpu_usec <= cpu && measured->cpu_steal_usec <= cpu &&
		       measured->memory_mib_sec <= memory);
}

/* More than the node can have in the row's own part of the window? */
static bool rows_are_at_most(
	const struct hm_batch *batch, enum hm_quantity quantity, uint64_t most_per_sec)
{
	const uint64_t length = window_length(batch);
	bool within = true;

	for (size_t i = 0; i < batch->n_rows; i++)
		within &= batch->quantity[quantity][i] <=
			  most_in(length - batch->start_offset_usec[i] - batch->end_offset_usec[i],
				  most_per_sec);
	return within;
}

static bool uncapped_are_plausible(const struct hm_batch *batch, const uint64_t *sums)
{
	const uint64_t nodes = batch->node_row.coverage_msec == 0 ? CLUSTER_NODES : 1;
	const uint64_t length = window_length(batch);
	bool plausible = true;

	for (size_t i = 0; i < sizeof(uncapped_rules) / sizeof(uncapped_rules[0]); i++) {
		const enum hm_quantity quantity = uncapped_rules[i].quantity;
		const uint64_t most = uncapped_rules[i].most_per_sec;

		plausible &= sums[quantity] / nodes <= most_in(length, most) &&
			     rows_are_at_most(batch, quantity, most);
	}
	return plausible;
}

static enum hm_reject check_plausible(const struct hm_batch *batch, const uint64_t *sums)
{
	uint64_t length = window_length(batch);
	uint64_t length_msec = (length + 999) / 1000;
	size_t i;

	if (batch->node_row.coverage_msec > length_msec)
		return HM_REJECT_ABSURD_QUANTITY;
	/* Existence is measured on another clock than the window: UTC may be set meanwhile. */
	if (!column_is_at_most(batch->quantity[HM_QUANTITY_WALL_MSEC], batch->n_rows,
		    length_msec + SLACK_MSEC))
		return HM_REJECT_ABSURD_QUANTITY;
	for (i = 0; i < HM_RESOURCE_COUNT; i++) {
		if (batch->node_row.capacity[i] > most_in(length, resource_rules[i].most_per_sec))
			return HM_REJECT_ABSURD_QUANTITY;
	}
	for (i = 0; i < HM_RESOURCE_COUNT; i++) {
		if (!resource_is_plausible(batch, (enum hm_resource)i, sums))
			return HM_REJECT_ABSURD_QUANTITY;
	}
	return measured_is_plausible(batch) && uncapped_are_plausible(batch, sums)
		       ? HM_REJECT_NONE
		       : HM_REJECT_ABSURD_QUANTITY;
}

static enum hm_reject check_conservation(const struct hm_batch *batch, const uint64_t *sums)
{
	const struct hm_node_row *node = &batch->node_row;
	size_t i;

	for (i = 0; i < HM_RESOURCE_COUNT; i++) {
		/* Both addends are below 2^63. */
		if (node->used[i] != node->system[i] + sums[resource_rules[i].used])
			return HM_REJECT_CONSERVATION;
	}
	return HM_REJECT_NONE;
}

enum hm_reject hm_batch_validate(const struct hm_batch *batch, const struct hm_wire_limits *limits)
{
	uint64_t sums[HM_QUANTITY_COUNT];
	enum hm_reject reason;

	if (!*batch->hub || !*batch->node || batch->sequence == 0 || batch->sequence > INT64_MAX)
		return HM_REJECT_IDENTITY;
	if (batch->n_rows > HM_MAX_ROWS)
		return HM_REJECT_TOO_MANY_ROWS;
	reason = check_window(batch, limits);
	if (reason == HM_REJECT_NONE)
		reason = check_dictionary(batch);
	if (reason == HM_REJECT_NONE)
		reason = check_known_values(batch);
	if (reason == HM_REJECT_NONE)
		reason = check_row_windows(batch);
	if (reason == HM_REJECT_NONE)
		reason = check_sums(batch, sums);
	if (reason == HM_REJECT_NONE)
		reason = check_plausible(batch, sums);
	if (reason == HM_REJECT_NONE)
		reason = check_conservation(batch, sums);
	return reason;
}

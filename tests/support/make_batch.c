/* See the header. What is drawn where is of no account, as long as it stays valid. */
#include "tests/support/make_batch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/random.h"

#define CORES	   64u
#define MEMORY_MIB 262144u
#define GPUS	   8u
#define N_CLASSES  3u
#define N_TAGS	   4u

static void *must_calloc(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);

	if (!memory)
		abort();
	return memory;
}

__attribute__((format(printf, 2, 3))) static uint32_t add_string(
	struct made_batch *made, const char *format, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = vasprintf(&made->strings[made->batch.n_strings], format, arguments);
	va_end(arguments);
	if (r < 0)
		abort();
	return (uint32_t)made->batch.n_strings++;
}

static void allocate_columns(struct made_batch *made, size_t n)
{
	struct hm_batch *b = &made->batch;
	size_t i;

	b->kind = made->kind = must_calloc(n, sizeof(uint32_t));
	b->workload = made->workload = must_calloc(n, sizeof(uint32_t));
	b->user = made->user = must_calloc(n, sizeof(uint32_t));
	b->server = made->server = must_calloc(n, sizeof(uint32_t));
	b->tag = made->tag = must_calloc(n, sizeof(uint32_t));
	b->resource_class = made->resource_class = must_calloc(n, sizeof(uint32_t));
	b->flags = made->flags = must_calloc(n, sizeof(uint32_t));
	b->start_offset_usec = made->start_offset_usec = must_calloc(n, sizeof(uint64_t));
	b->end_offset_usec = made->end_offset_usec = must_calloc(n, sizeof(uint64_t));
	for (i = 0; i < HM_QUANTITY_COUNT; i++)
		b->quantity[i] = made->quantity[i] = must_calloc(n, sizeof(uint64_t));
	/* The empty one, a workload and at most a user and a server each row, classes and tags. */
	made->strings = must_calloc(1 + 3 * n + 2 + N_CLASSES + N_TAGS, sizeof(char *));
	b->strings = (const char *const *)made->strings;
	b->n_rows = n;
}

static void fill_identity(struct made_batch *made, struct random_source *random)
{
	struct hm_batch *b = &made->batch;
	size_t i;

	b->hub = "physics";
	b->node = "node-1";
	b->sequence = 1;
	b->window_start_usec = MADE_BATCH_START_USEC;
	b->window_end_usec = MADE_BATCH_START_USEC + MADE_BATCH_USEC;
	b->window_end_boottime_usec = random_below(random, 2) ? 0 : MADE_BATCH_USEC + 4711;
	for (i = 0; i < HM_STREAM_SIZE; i++)
		b->stream[i] = (uint8_t)random_u64(random);
	for (i = 0; i < HM_BOOT_ID_SIZE; i++)
		b->boot_id[i] = (uint8_t)random_u64(random);
}

static void fill_rows(struct made_batch *made, struct random_source *random)
{
	size_t n = made->batch.n_rows, n_users = n / 2 + 1, i;
	uint32_t class_base, tag_base, user_base, server_base;

	add_string(made, "%s", "");
	class_base = add_string(made, "standard");
	for (i = 1; i < N_CLASSES; i++)
		add_string(made, "class-%zu", i);
	tag_base = add_string(made, "projet-\xc3\xa9t\xc3\xa9");
	for (i = 1; i < N_TAGS; i++)
		add_string(made, "course-%zu", i);
	user_base = (uint32_t)made->batch.n_strings;
	for (i = 0; i < n_users; i++)
		add_string(made, "user-%zu", i);
	server_base = (uint32_t)made->batch.n_strings;
	for (i = 0; i < n_users; i++)
		add_string(made, "server-%zu", i);

	for (i = 0; i < n; i++) {
		made->kind[i] = (uint32_t)(1 + random_below(random, HM_WORKLOAD_KIND_STORAGE));
		made->workload[i] =
			add_string(made, "%08x/%u/%zu", (unsigned)random_below(random, UINT32_MAX),
				(unsigned)random_below(random, 1000000), i);
		if (random_below(random, 16) != 0)
			made->user[i] = user_base + (uint32_t)random_below(random, n_users);
		if (random_below(random, 4) == 0)
			made->server[i] = server_base + (uint32_t)random_below(random, n_users);
		if (random_below(random, 4) == 0)
			made->tag[i] = tag_base + (uint32_t)random_below(random, N_TAGS);
		made->resource_class[i] = class_base + (uint32_t)random_below(random, N_CLASSES);
		if (random_below(random, 8) == 0)
			made->flags[i] = (uint32_t)random_below(random, HM_FLAGS_KNOWN + 1);
		if (random_below(random, 8) == 0)
			made->start_offset_usec[i] = random_below(random, MADE_BATCH_USEC / 2);
		if (random_below(random, 8) == 0)
			made->end_offset_usec[i] = random_below(random, MADE_BATCH_USEC / 2);
	}
	made->batch.node_row.resource_class = class_base;
}

/* One resource's three columns: all rows together use and reserve at most @capacity. */
static void fill_resource(struct made_batch *made, struct random_source *random,
	enum hm_resource resource, enum hm_quantity used, uint64_t capacity)
{
	uint64_t share = capacity / (made->batch.n_rows + 1);
	size_t i;

	made->batch.node_row.capacity[resource] = capacity;
	made->batch.node_row.system[resource] = random_below(random, share + 1);
	if (random_below(random, 4) == 0)
		return; /* columns of zeros */
	for (i = 0; i < made->batch.n_rows; i++) {
		uint64_t u = random_below(random, share + 1);
		uint64_t r = random_below(random, 2) ? random_below(random, share + 1) : 0;
		uint64_t low = u > r ? u : r;

		made->quantity[used][i] = u;
		made->quantity[used + 1][i] = r;
		made->quantity[used + 2][i] = low + random_below(random, u + r - low + 1);
	}
}

static void fill_column(struct made_batch *made, struct random_source *random,
	enum hm_quantity quantity, uint64_t bound)
{
	size_t i;

	if (random_below(random, 4) == 0)
		return;
	for (i = 0; i < made->batch.n_rows; i++)
		made->quantity[quantity][i] = random_below(random, bound);
}

/* One in four comes from a collector that did not say what the kernel measured. */
static void fill_measured(struct made_batch *made, struct random_source *random)
{
	const uint64_t *capacity = made->batch.node_row.capacity;

	if (random_below(random, 4) == 0)
		return;
	made->batch.node_row.measured = (struct hm_node_measured){
		.is_measured = 1,
		.flags = random_below(random, 8) == 0 ? HM_FLAG_RESET : 0,
		.cpu_usec = random_below(random, capacity[HM_RESOURCE_CPU_USEC] + 1),
		.cpu_steal_usec = random_below(random, capacity[HM_RESOURCE_CPU_USEC] / 8 + 1),
		.memory_mib_sec = random_below(random, capacity[HM_RESOURCE_MEMORY_MIB_SEC] + 1),
	};
}

struct made_batch *made_batch_new(uint64_t seed, size_t n_rows)
{
	struct made_batch *made = must_calloc(1, sizeof(*made));
	struct random_source random = {seed};
	const uint64_t seconds = MADE_BATCH_USEC / 1000000;

	allocate_columns(made, n_rows);
	fill_identity(made, &random);
	fill_rows(made, &random);
	fill_resource(made, &random, HM_RESOURCE_CPU_USEC, HM_QUANTITY_CPU_USED_USEC,
		CORES * (uint64_t)MADE_BATCH_USEC);
	fill_resource(made, &random, HM_RESOURCE_MEMORY_MIB_SEC, HM_QUANTITY_MEMORY_USED_MIB_SEC,
		MEMORY_MIB * seconds);
	fill_resource(made, &random, HM_RESOURCE_GPU_MSEC, HM_QUANTITY_GPU_USED_MSEC,
		GPUS * 1000 * seconds);
	fill_column(made, &random, HM_QUANTITY_STORAGE_MIB_SEC, 1ULL << 32);
	fill_column(made, &random, HM_QUANTITY_NET_RX_BYTES, 1ULL << 30);
	fill_column(made, &random, HM_QUANTITY_NET_TX_BYTES, 1ULL << 30);
	fill_column(made, &random, HM_QUANTITY_WALL_MSEC, seconds * 1000 + 1);
	made->batch.node_row.coverage_msec = random_below(&random, seconds * 1000 + 1);
	fill_measured(made, &random);
	made_batch_balance(made);
	return made;
}

void made_batch_balance(struct made_batch *made)
{
	static const enum hm_quantity used[HM_RESOURCE_COUNT] = {HM_QUANTITY_CPU_USED_USEC,
		HM_QUANTITY_MEMORY_USED_MIB_SEC, HM_QUANTITY_GPU_USED_MSEC};
	struct hm_node_row *node = &made->batch.node_row;
	size_t i, row;

	for (i = 0; i < HM_RESOURCE_COUNT; i++) {
		node->used[i] = node->system[i];
		for (row = 0; row < made->batch.n_rows; row++)
			node->used[i] += made->quantity[used[i]][row];
	}
}

void made_batch_free(struct made_batch *made)
{
	size_t i;

	if (!made)
		return;
	for (i = 0; i < made->batch.n_strings; i++)
		free(made->strings[i]);
	free(made->strings);
	free(made->kind);
	free(made->workload);
	free(made->user);
	free(made->server);
	free(made->tag);
	free(made->resource_class);
	free(made->flags);
	free(made->start_offset_usec);
	free(made->end_offset_usec);
	for (i = 0; i < HM_QUANTITY_COUNT; i++)
		free(made->quantity[i]);
	free(made);
}

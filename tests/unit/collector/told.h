/*
 * What a meter's batches said, added up by workload. Every batch must be valid, and nothing may be
 * said of a workload after its last row.
 */
#ifndef TESTS_UNIT_COLLECTOR_TOLD_H
#define TESTS_UNIT_COLLECTOR_TOLD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collector/meter/meter.h"
#include "proto/validate.h"

#ifndef TOLD_ROWS
#define TOLD_ROWS 512
#endif

struct told_row {
	char id[256], user[256], server[256], tag[256];
	uint64_t cpu_usec, cpu_reserved_usec, memory_mib_sec, memory_reserved_mib_sec, wall_msec;
	uint64_t gpu_msec, gpu_reserved_msec;
	char gpu_class[64];		    /* of a row of GPUs alone ... */
	uint64_t classed_gpu_reserved_msec; /* ... and how much of it is in those */
	uint32_t flags, kind;
	uint64_t net_rx_bytes, net_tx_bytes;
	bool is_named_late; /* had rows without a user before */
};

struct told {
	struct told_row row[TOLD_ROWS];
	size_t n_rows;
	uint64_t system_usec, system_gpu_msec;
};

static inline struct told_row *told_row_of(struct told *told, const char *id)
{
	struct told_row *row = told->row;

	while (row < told->row + told->n_rows && strcmp(row->id, id) != 0)
		row++;
	if (row == told->row + told->n_rows) {
		assert_true(told->n_rows < TOLD_ROWS);
		told->n_rows++;
		*row = (struct told_row){.flags = 0};
		snprintf(row->id, sizeof(row->id), "%s", id);
	}
	return row;
}

/* A row of another class than the node's has GPUs and nothing else. */
static inline void told_add_class(struct told_row *row, const struct hm_batch *batch, size_t i)
{
	const uint64_t *const *quantity = batch->quantity;

	if (batch->resource_class[i] == batch->node_row.resource_class)
		return;
	assert_int_equal(quantity[HM_QUANTITY_CPU_USED_USEC][i], 0);
	assert_int_equal(quantity[HM_QUANTITY_MEMORY_BILLABLE_MIB_SEC][i], 0);
	assert_int_equal(quantity[HM_QUANTITY_WALL_MSEC][i], 0);
	snprintf(row->gpu_class, sizeof(row->gpu_class), "%s",
		batch->strings[batch->resource_class[i]]);
	row->classed_gpu_reserved_msec += quantity[HM_QUANTITY_GPU_RESERVED_MSEC][i];
}

static inline void told_add_row(struct told *told, const struct hm_batch *batch, size_t i)
{
	size_t n_rows = told->n_rows;
	struct told_row *row = told_row_of(told, batch->strings[batch->workload[i]]);
	const uint64_t *const *quantity = batch->quantity;

	assert_false(row->flags & HM_FLAG_FINAL);
	row->is_named_late |= told->n_rows == n_rows && !row->user[0] && batch->user[i];
	snprintf(row->user, sizeof(row->user), "%s", batch->strings[batch->user[i]]);
	snprintf(row->server, sizeof(row->server), "%s", batch->strings[batch->server[i]]);
	snprintf(row->tag, sizeof(row->tag), "%s", batch->strings[batch->tag[i]]);
	row->kind = batch->kind[i];
	told_add_class(row, batch, i);
	row->flags |= batch->flags[i];
	row->cpu_usec += quantity[HM_QUANTITY_CPU_USED_USEC][i];
	row->cpu_reserved_usec += quantity[HM_QUANTITY_CPU_RESERVED_USEC][i];
	row->memory_mib_sec += quantity[HM_QUANTITY_MEMORY_USED_MIB_SEC][i];
	row->memory_reserved_mib_sec += quantity[HM_QUANTITY_MEMORY_RESERVED_MIB_SEC][i];
	row->gpu_msec += quantity[HM_QUANTITY_GPU_USED_MSEC][i];
	row->gpu_reserved_msec += quantity[HM_QUANTITY_GPU_RESERVED_MSEC][i];
	row->net_rx_bytes += quantity[HM_QUANTITY_NET_RX_BYTES][i];
	row->net_tx_bytes += quantity[HM_QUANTITY_NET_TX_BYTES][i];
	row->wall_msec += quantity[HM_QUANTITY_WALL_MSEC][i];
}

/* The window so far. */
static inline void told_take_window(struct told *told, struct meter *meter, int64_t now_usec)
{
	struct hm_wire_limits limits = {
		.now_usec = now_usec, .max_age_usec = 1000000, .max_future_usec = 1000000};
	struct hm_batch batch;

	do {
		assert_int_equal(meter_close_window(meter, &batch), 0);
		batch.sequence = 1;
		assert_string_equal(hm_reject_name(hm_batch_validate(&batch, &limits)), "none");
		for (size_t i = 0; i < batch.n_rows; i++)
			told_add_row(told, &batch, i);
		told->system_usec += batch.node_row.system[HM_RESOURCE_CPU_USEC];
		told->system_gpu_msec += batch.node_row.system[HM_RESOURCE_GPU_MSEC];
		meter_commit_window(meter);
	} while (meter_has_more(meter));
}

/* CPU of all rows. */
static inline uint64_t told_sum(const struct told *told)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < told->n_rows; i++)
		sum += told->row[i].cpu_usec;
	return sum;
}

/* The only row of @user; NULL: none. */
static inline struct told_row *told_user(struct told *told, const char *user)
{
	struct told_row *found = NULL;

	for (size_t i = 0; i < told->n_rows; i++) {
		if (strcmp(told->row[i].user, user) != 0)
			continue;
		assert_null(found);
		found = &told->row[i];
	}
	return found;
}

#endif

/*
 * A meter with the source `storage` alone over a real tree, and what left so far.
 */
#ifndef TESTS_UNIT_COLLECTOR_SOURCE_STORAGE_BENCH_H
#define TESTS_UNIT_COLLECTOR_SOURCE_STORAGE_BENCH_H

#include <errno.h>
#include <poll.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/meter/meter.h"
#include "collector/source/storage/homes.h"
#include "collector/source/storage/storage_source.h"
#include "common/log.h"
#include "proto/validate.h"
#include "tests/unit/collector/fake_machine.h"
#include "tests/unit/collector/source/storage/tree.h"

#define MINUTE	   60000000LL
#define HOUR	   (60 * MINUTE)
#define DAY	   (24 * HOUR)
#define MIB	   (1u << 20)
#define STATE_SIZE (32u << 20)

static char hub[] = "h", node[] = "files-1", resource_class[] = "disk";
static char plain[] = "{username}", shared[] = "_shared* shared lost+found .*";

static const struct source_ops *const only_storage[] = {&storage_source_ops, NULL};

struct row {
	char user[256], tag[256], workload[256];
	uint64_t mib_sec;
	size_t n;
};

struct bench {
	struct fake_machine machine;
	struct tree tree;
	struct config config;
	struct meter *meter;
	struct row row[16];
	size_t n_rows, n_batches;
	uint64_t all_mib_sec;
	int64_t first_usec, last_usec; /* of all of it */
};

static inline void open_meter(struct bench *bench)
{
	assert_int_equal(
		meter_new(&bench->config, &bench->machine.clock, only_storage, &bench->meter), 0);
}

static inline int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	log_set_threshold(LOG_PRIORITY_ERROR - 1);
	fake_machine_init(&bench->machine);
	tree_init(&bench->tree);
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.proc = bench->machine.path,
		.storage_root = bench->tree.path,
		.storage_home = plain,
		.storage_shared = shared,
		.storage_quota = true,
		.storage_interval = HOUR,
		.storage_walk_entries_per_second = 1000000,
		.publish_interval = MINUTE};
	bench->first_usec = INT64_MAX;
	open_meter(bench);
	*state = bench;
	return 0;
}

static inline int tear_down(void **state)
{
	struct bench *bench = *state;

	meter_free(bench->meter);
	tree_release(&bench->tree);
	fake_machine_release(&bench->machine);
	free(bench);
	return 0;
}

/* ------------------------------------------------------------------------ what leaves */

static inline struct row *row_of(struct bench *bench, const char *user)
{
	for (size_t i = 0; i < bench->n_rows; i++)
		if (strcmp(bench->row[i].user, user) == 0)
			return &bench->row[i];
	assert_true(bench->n_rows < sizeof(bench->row) / sizeof(*bench->row));
	snprintf(bench->row[bench->n_rows].user, sizeof(bench->row[0].user), "%s", user);
	return &bench->row[bench->n_rows++];
}

static inline void add_row(struct bench *bench, const struct hm_batch *batch, size_t i)
{
	struct row *row = row_of(bench, batch->strings[batch->user[i]]);

	assert_int_equal(batch->kind[i], HM_WORKLOAD_KIND_STORAGE);
	assert_int_equal(batch->flags[i], HM_FLAG_IMPORTED);
	assert_string_equal(batch->strings[batch->resource_class[i]], resource_class);
	assert_string_equal(batch->strings[batch->server[i]], "");
	assert_string_equal(batch->node, node);
	snprintf(row->tag, sizeof(row->tag), "%s", batch->strings[batch->tag[i]]);
	snprintf(row->workload, sizeof(row->workload), "%s", batch->strings[batch->workload[i]]);
	row->mib_sec += batch->quantity[HM_QUANTITY_STORAGE_MIB_SEC][i];
	row->n++;
	bench->all_mib_sec += batch->quantity[HM_QUANTITY_STORAGE_MIB_SEC][i];
}

static inline void add_up(struct bench *bench, struct hm_batch *batch)
{
	struct hm_wire_limits limits = {.now_usec = fake_realtime(&bench->machine),
		.max_age_usec = 3600000000,
		.max_future_usec = 1};

	batch->sequence = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(batch, &limits)), "none");
	for (size_t i = 0; i < batch->n_rows; i++)
		add_row(bench, batch, i);
	if (batch->n_rows == 0)
		return;
	bench->n_batches++;
	if (batch->window_start_usec < bench->first_usec)
		bench->first_usec = batch->window_start_usec;
	if (batch->window_end_usec > bench->last_usec)
		bench->last_usec = batch->window_end_usec;
}

static inline void take(struct bench *bench)
{
	struct hm_batch batch;
	int r;

	while ((r = meter_close_window(bench->meter, &batch)) == 0) {
		add_up(bench, &batch);
		meter_commit_window(bench->meter);
	}
	assert_int_equal(r, -EAGAIN);
}

/* ------------------------------------------------------------------------ what happens */

static inline void pass(struct bench *bench)
{
	fake_publish(&bench->machine);
	assert_int_equal(meter_pass(bench->meter), 0);
	take(bench);
}

static inline void pass_later(struct bench *bench, int64_t usec)
{
	bench->machine.boottime_usec += usec;
	pass(bench);
}

struct wanted {
	const char *text;
	bool is_there;
};

static inline void look_for(void *context, const struct explained *explained)
{
	struct wanted *wanted = context;

	wanted->is_there |= strstr(explained->where, wanted->text) != NULL ||
			    strstr(explained->because, wanted->text) != NULL;
}

static inline bool is_said(const struct bench *bench, const char *text)
{
	struct wanted wanted = {text, false};

	meter_explain(bench->meter, look_for, &wanted);
	return wanted.is_there;
}

/* No time goes by until --explain says so, or does not any more. */
static inline void wait_until(struct bench *bench, const char *text, bool is_there)
{
	struct pollfd pfd = {.fd = meter_event_fd(bench->meter), .events = POLLIN};

	for (;;) {
		pass(bench); /* a round begins when the one before is over; findings are taken */
		if (is_said(bench, text) == is_there)
			return;
		assert_int_equal(poll(&pfd, 1, 30000), 1);
		assert_false(meter_on_event(bench->meter)); /* no pass is wanted */
	}
}

/* The first round of a run is over. */
static inline void first_round(struct bench *bench)
{
	wait_until(bench, "beside its directories", true);
}

static inline void make_homes(const struct bench *bench)
{
	tree_mkdir(&bench->tree, "ada");
	tree_write(&bench->tree, "ada/file", 3 * MIB);
	tree_mkdir(&bench->tree, "bob");
	tree_write(&bench->tree, "bob/file", MIB);
	tree_mkdir(&bench->tree, "_shared-data");
	tree_write(&bench->tree, "_shared-data/file", 7 * MIB);
	tree_write(&bench->tree, "motd", MIB);
}

static inline uint64_t mib_sec(const struct bench *bench, const char *name, int64_t usec)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", bench->tree.path, name);
	return (uint64_t)((unsigned __int128)du(path) * (uint64_t)usec / HOMES_FINE_PER_MIB_SEC);
}

static inline struct buffer saved(const struct bench *bench)
{
	struct buffer buffer = BUFFER_INIT(STATE_SIZE);

	assert_int_equal(meter_save(bench->meter, &buffer), 0);
	return buffer;
}

static inline void restart(struct bench *bench, struct buffer *state)
{
	meter_free(bench->meter);
	open_meter(bench);
	assert_int_equal(meter_restore(bench->meter, state->data, state->size), 0);
	buffer_release(state);
}

#endif

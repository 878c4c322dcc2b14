/*
 * A meter with the source `sacct` alone, a program or a file that stands in for sacct, and what
 * left so far.
 */
#ifndef TESTS_UNIT_COLLECTOR_SOURCE_SACCT_BENCH_H
#define TESTS_UNIT_COLLECTOR_SOURCE_SACCT_BENCH_H

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collector/config.h"
#include "collector/meter/meter.h"
#include "collector/source/sacct/sacct_source.h"
#include "common/log.h"
#include "proto/validate.h"
#include "tests/unit/collector/fake_machine.h"

#define MINUTE	   60000000
#define INTERVAL   (5 * MINUTE)
#define NOW_SEC	   (FAKE_BOOTED_USEC / 1000000 + 100) /* when the tests begin */
#define STATE_SIZE (32u << 20)

static char hub[] = "h", node[] = "n", resource_class[] = "c", tag[] = "Account", none[] = "";

static const struct source_ops *const only_sacct[] = {&sacct_source_ops, NULL};

/* A sacct that knows how it is to be asked, and divides columns as it is told. */
#define HEAD                                                                                       \
	"#!/bin/sh\n"                                                                              \
	"case $SLURM_TIME_FORMAT in ?s) ;; *) exit 9;; esac\n"                                     \
	"for a; do case $a in --delimiter=*) d=${a#*=};; esac; done\n"                             \
	"echo \"$*\" >> $0.asked\n"

#define PRINT "sed \"s/|/$d/g\" <<'END'\n"

struct total {
	uint64_t cpu_reserved, cpu_used, cpu_billable, memory_reserved, gpu_reserved;
};

struct bench {
	struct fake_machine machine;
	struct config config;
	struct meter *meter;
	char script[80], asked[96];
	struct total ada, all;
	size_t n_rows;
	int64_t first_usec, last_usec;			/* of all windows */
	char workload[128], row_class[64], row_tag[64]; /* of the last row */
};

static inline void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0700), 0);
}

static inline void write_script(const struct bench *bench, const char *lines)
{
	char text[8192];

	assert_true(snprintf(text, sizeof(text), HEAD PRINT "%sEND\n", lines) < (int)sizeof(text));
	write_text(bench->script, text);
}

static inline void open_meter(struct bench *bench)
{
	assert_int_equal(
		meter_new(&bench->config, &bench->machine.clock, only_sacct, &bench->meter), 0);
}

static inline int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	log_set_threshold(LOG_PRIORITY_ERROR - 1);
	fake_machine_init(&bench->machine);
	snprintf(bench->script, sizeof(bench->script), "%s.sacct", bench->machine.path);
	snprintf(bench->asked, sizeof(bench->asked), "%s.asked", bench->script);
	bench->config = (struct config){.hub = hub,
		.node = node,
		.resource_class = resource_class,
		.proc = bench->machine.path,
		.sacct_command = bench->script,
		.sacct_file = none,
		.sacct_tag = tag,
		.sacct_class = none,
		.sacct_interval = INTERVAL,
		.command_timeout = 30000000,
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
	(void)unlink(bench->script);
	(void)unlink(bench->asked);
	fake_machine_release(&bench->machine);
	free(bench);
	return 0;
}

static inline void pass(struct bench *bench, int64_t usec)
{
	fake_publish(&bench->machine);
	assert_int_equal(meter_pass(bench->meter), 0);
	bench->machine.boottime_usec += usec;
}

/* Start it, wait until it is over, and book what it said. */
static inline void run_step(struct bench *bench)
{
	struct pollfd pfd = {.fd = meter_event_fd(bench->meter), .events = POLLIN};

	pass(bench, 1);
	do
		assert_int_equal(poll(&pfd, 1, 30000), 1);
	while (!meter_on_event(bench->meter));
}

static inline void run_once(struct bench *bench)
{
	run_step(bench);
	pass(bench, INTERVAL);
}

static inline void use_file(struct bench *bench)
{
	meter_free(bench->meter);
	bench->config.sacct_command = none;
	bench->config.sacct_file = bench->script;
	open_meter(bench);
}

static inline void add_row(struct total *total, const struct hm_batch *batch, size_t i)
{
	total->cpu_used += batch->quantity[HM_QUANTITY_CPU_USED_USEC][i];
	total->cpu_reserved += batch->quantity[HM_QUANTITY_CPU_RESERVED_USEC][i];
	total->cpu_billable += batch->quantity[HM_QUANTITY_CPU_BILLABLE_USEC][i];
	total->memory_reserved += batch->quantity[HM_QUANTITY_MEMORY_RESERVED_MIB_SEC][i];
	total->gpu_reserved += batch->quantity[HM_QUANTITY_GPU_RESERVED_MSEC][i];
}

static inline void add_up(struct bench *bench, struct hm_batch *batch)
{
	struct hm_wire_limits limits = {.now_usec = fake_realtime(&bench->machine),
		.max_age_usec = 3600000000,
		.max_future_usec = 1};

	batch->sequence = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(batch, &limits)), "none");
	for (size_t i = 0; i < batch->n_rows; i++) {
		assert_true(batch->flags[i] & HM_FLAG_IMPORTED);
		add_row(&bench->all, batch, i);
		if (strcmp(batch->strings[batch->user[i]], "ada") == 0)
			add_row(&bench->ada, batch, i);
		snprintf(bench->workload, sizeof(bench->workload), "%s",
			batch->strings[batch->workload[i]]);
		snprintf(bench->row_tag, sizeof(bench->row_tag), "%s",
			batch->strings[batch->tag[i]]);
		snprintf(bench->row_class, sizeof(bench->row_class), "%s",
			batch->strings[batch->resource_class[i]]);
		bench->n_rows++;
	}
	if (batch->n_rows > 0) {
		if (batch->window_start_usec < bench->first_usec)
			bench->first_usec = batch->window_start_usec;
		if (batch->window_end_usec > bench->last_usec)
			bench->last_usec = batch->window_end_usec;
	}
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

static inline void restart(struct bench *bench, const struct buffer *state)
{
	meter_free(bench->meter);
	open_meter(bench);
	if (state->size > 0)
		assert_int_equal(meter_restore(bench->meter, state->data, state->size), 0);
}

static inline const char *line(
	uint64_t dbindex, int64_t start, int64_t end, uint64_t elapsed, const char *rest)
{
	static char text[512];
	char end_text[32] = "Unknown";

	if (end > 0)
		snprintf(end_text, sizeof(end_text), "%lld", (long long)end);
	snprintf(text, sizeof(text), "hpc1|%llu|%llu|%lld|%s|%llu|00:00:00|%s\n",
		(unsigned long long)dbindex, (unsigned long long)dbindex, (long long)start,
		end_text, (unsigned long long)elapsed, rest);
	return text;
}

#define ADA "4|00:10.500|cpu=4,mem=1000M,gres/gpu:a100=1|ada|1001|gpu|chem"
#define BOB "2|00:00:00|cpu=2,mem=10M|bob|1002|cpu|bio"

#endif

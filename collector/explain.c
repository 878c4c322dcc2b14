/* Two passes, and the batch that would have been sent. */
#include "collector/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "collector/config.h"
#include "common/format/table.h"

#define USEC_PER_MSEC 1000u
#define FIGURE_MAX    32

static const struct table_column columns[] = {{"source", false}, {"user", false}, {"server", false},
	{"tag", false}, {"cpu_msec", true}, {"memory_mib", true}, {"where", false},
	{"because", false}};

#define N_COLUMNS (sizeof(columns) / sizeof(*columns))

struct explanation {
	struct table table;
	const struct hm_batch *batch;
	uint64_t msec; /* that the batch is about */
	int error;
};

/* Figures of the row of @workload; empty where there is none. */
static void figures_of(
	const struct explanation *explanation, const char *workload, char *cpu, char *memory)
{
	const struct hm_batch *batch = explanation->batch;

	cpu[0] = memory[0] = '\0';
	for (size_t i = 0; *workload && i < batch->n_rows; i++) {
		if (strcmp(batch->strings[batch->workload[i]], workload) != 0)
			continue;
		(void)snprintf(cpu, FIGURE_MAX, "%" PRIu64,
			batch->quantity[HM_QUANTITY_CPU_USED_USEC][i] / USEC_PER_MSEC);
		(void)snprintf(memory, FIGURE_MAX, "%" PRIu64,
			batch->quantity[HM_QUANTITY_MEMORY_USED_MIB_SEC][i] * 1000 /
				explanation->msec);
	}
}

static void add(void *context, const struct explained *explained)
{
	struct explanation *explanation = context;
	char cpu[FIGURE_MAX], memory[FIGURE_MAX];
	const char *cells[N_COLUMNS] = {explained->source, explained->user, explained->server,
		explained->tag, cpu, memory, explained->where, explained->because};

	figures_of(explanation, explained->workload, cpu, memory);
	if (explanation->error == 0)
		explanation->error = table_add(&explanation->table, cells);
}

static int print(struct explanation *explanation, FILE *out)
{
	const struct hm_node_row *node = &explanation->batch->node_row;
	int r = table_print(&explanation->table, TABLE_FORMAT_TEXT, out);

	if (r < 0)
		return r;
	if (explanation->table.n_rows == 0)
		fprintf(out, "no server is seen on this node\n");
	fprintf(out,
		"\nnode %s: %" PRIu64 " ms of CPU in %" PRIu64 " ms, of that %" PRIu64
		" ms the system's, which no server explains; it can do %" PRIu64 " ms\n",
		explanation->batch->node, node->used[HM_RESOURCE_CPU_USEC] / USEC_PER_MSEC,
		explanation->msec, node->system[HM_RESOURCE_CPU_USEC] / USEC_PER_MSEC,
		node->capacity[HM_RESOURCE_CPU_USEC] / USEC_PER_MSEC);
	return fflush(out) == 0 ? 0 : -EIO;
}

/* What sources ask for comes meanwhile. How long it really was is measured. */
static int wait_a_while(struct meter *meter)
{
	int64_t end_usec = clock_boottime_usec(&clock_system) + EXPLAIN_USEC, left_usec;
	struct pollfd pfd = {.fd = meter_event_fd(meter), .events = POLLIN};
	int r = 0;

	while (r == 0 && (left_usec = end_usec - clock_boottime_usec(&clock_system)) > 0)
		if (poll(&pfd, 1, (int)(left_usec / USEC_PER_MSEC) + 1) == 1 &&
			meter_on_event(meter))
			r = meter_pass(meter);
	return r;
}

static int meter_a_while(struct meter *meter, struct hm_batch *ret)
{
	int r = meter_pass(meter);

	if (r == 0)
		r = wait_a_while(meter);
	if (r < 0)
		return r;
	r = meter_pass(meter);
	return r < 0 ? r : meter_close_window(meter, ret);
}

static int explain_meter(struct meter *meter, FILE *out)
{
	struct explanation explanation = {.error = 0};
	struct hm_batch batch;
	int r = meter_a_while(meter, &batch);

	if (r < 0)
		return r;
	explanation.batch = &batch;
	explanation.msec =
		(uint64_t)(batch.window_end_usec - batch.window_start_usec) / USEC_PER_MSEC + 1;
	r = table_init(&explanation.table, columns, N_COLUMNS);
	if (r < 0)
		return r;
	meter_explain(meter, add, &explanation);
	r = explanation.error < 0 ? explanation.error : print(&explanation, out);
	table_release(&explanation.table);
	return r;
}

int explain(const struct config *config, const struct source_ops *const *sources, FILE *out)
{
	struct meter *meter;
	int r = meter_new(config, &clock_system, sources, &meter);

	if (r == 0) {
		r = explain_meter(meter, out);
		meter_free(meter);
	}
	if (r < 0)
		fprintf(stderr, "hubmeter-collector: can't explain node \"%s\": %s\n", config->node,
			strerror(-r));
	return r;
}

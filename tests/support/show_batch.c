/* See the header. The format is compared with files under tests/golden: never change it. */
#include "tests/support/show_batch.h"

#include <inttypes.h>
#include <string.h>

#include "common/quantity.h"

static const char *const resource_names[HM_RESOURCE_COUNT] = {
	"cpu_usec", "memory_mib_sec", "gpu_msec"};

static void show_hex(const char *name, const uint8_t *bytes, size_t size, FILE *out)
{
	size_t i;

	fprintf(out, "%s ", name);
	for (i = 0; i < size; i++)
		fprintf(out, "%02x", bytes[i]);
	fputc('\n', out);
}

static void show_number(const char *name, uint64_t value, FILE *out)
{
	if (value != 0)
		fprintf(out, " %s=%" PRIu64, name, value);
}

static void show_row(const struct hm_batch *b, size_t row, FILE *out)
{
	size_t i;

	fprintf(out, "row kind=%" PRIu32 " workload=\"%s\" user=\"%s\" server=\"%s\" tag=\"%s\"",
		b->kind[row], b->strings[b->workload[row]], b->strings[b->user[row]],
		b->strings[b->server[row]], b->strings[b->tag[row]]);
	fprintf(out, " class=\"%s\"", b->strings[b->resource_class[row]]);
	show_number("flags", b->flags[row], out);
	show_number("start_offset_usec", b->start_offset_usec[row], out);
	show_number("end_offset_usec", b->end_offset_usec[row], out);
	for (i = 0; i < HM_QUANTITY_COUNT; i++)
		show_number(quantity_names[i], b->quantity[i][row], out);
	fputc('\n', out);
}

void show_batch(const struct hm_batch *b, FILE *out)
{
	const struct hm_node_row *node = &b->node_row;
	size_t i;

	fprintf(out, "hub \"%s\"\nnode \"%s\"\n", b->hub, b->node);
	show_hex("stream", b->stream, HM_STREAM_SIZE, out);
	show_hex("boot_id", b->boot_id, HM_BOOT_ID_SIZE, out);
	fprintf(out, "sequence %" PRIu64 "\n", b->sequence);
	fprintf(out, "window %" PRId64 " %" PRId64 "\n", b->window_start_usec, b->window_end_usec);
	if (b->window_end_boottime_usec)
		fprintf(out, "boottime %" PRId64 "\n", b->window_end_boottime_usec);
	for (i = 0; i < b->n_strings; i++)
		fprintf(out, "string \"%s\"\n", b->strings[i]);
	for (i = 0; i < b->n_rows; i++)
		show_row(b, i, out);
	fprintf(out, "node_row class=\"%s\" coverage_msec=%" PRIu64 "\n",
		b->strings[node->resource_class], node->coverage_msec);
	for (i = 0; i < HM_RESOURCE_COUNT; i++)
		fprintf(out,
			"node_row %s capacity=%" PRIu64 " used=%" PRIu64 " system=%" PRIu64 "\n",
			resource_names[i], node->capacity[i], node->used[i], node->system[i]);
	if (node->measured.is_measured)
		fprintf(out,
			"node_row measured cpu_usec=%" PRIu64 " cpu_steal_usec=%" PRIu64
			" memory_mib_sec=%" PRIu64 " flags=%" PRIu32 "\n",
			node->measured.cpu_usec, node->measured.cpu_steal_usec,
			node->measured.memory_mib_sec, node->measured.flags);
}

static bool same_measured(const struct hm_node_measured *a, const struct hm_node_measured *b)
{
	return a->is_measured == b->is_measured && a->flags == b->flags &&
	       a->cpu_usec == b->cpu_usec && a->cpu_steal_usec == b->cpu_steal_usec &&
	       a->memory_mib_sec == b->memory_mib_sec;
}

static bool same_column(const void *a, const void *b, size_t count, size_t size)
{
	return count == 0 || memcmp(a, b, count * size) == 0;
}

static bool same_head(const struct hm_batch *a, const struct hm_batch *b)
{
	return strcmp(a->hub, b->hub) == 0 && strcmp(a->node, b->node) == 0 &&
	       memcmp(a->stream, b->stream, HM_STREAM_SIZE) == 0 &&
	       memcmp(a->boot_id, b->boot_id, HM_BOOT_ID_SIZE) == 0 && a->sequence == b->sequence &&
	       a->window_start_usec == b->window_start_usec &&
	       a->window_end_usec == b->window_end_usec &&
	       a->window_end_boottime_usec == b->window_end_boottime_usec &&
	       a->n_strings == b->n_strings && a->n_rows == b->n_rows &&
	       a->node_row.resource_class == b->node_row.resource_class &&
	       a->node_row.coverage_msec == b->node_row.coverage_msec &&
	       memcmp(a->node_row.capacity, b->node_row.capacity, sizeof(a->node_row.capacity)) ==
		       0 &&
	       memcmp(a->node_row.used, b->node_row.used, sizeof(a->node_row.used)) == 0 &&
	       memcmp(a->node_row.system, b->node_row.system, sizeof(a->node_row.system)) == 0 &&
	       same_measured(&a->node_row.measured, &b->node_row.measured);
}

bool same_batch(const struct hm_batch *a, const struct hm_batch *b)
{
	const size_t n = a->n_rows;
	bool same = same_head(a, b);
	size_t i;

	for (i = 0; same && i < a->n_strings; i++)
		same = strcmp(a->strings[i], b->strings[i]) == 0;
	for (i = 0; same && i < HM_QUANTITY_COUNT; i++)
		same = same_column(a->quantity[i], b->quantity[i], n, sizeof(uint64_t));
	return same && same_column(a->kind, b->kind, n, sizeof(uint32_t)) &&
	       same_column(a->workload, b->workload, n, sizeof(uint32_t)) &&
	       same_column(a->user, b->user, n, sizeof(uint32_t)) &&
	       same_column(a->server, b->server, n, sizeof(uint32_t)) &&
	       same_column(a->tag, b->tag, n, sizeof(uint32_t)) &&
	       same_column(a->resource_class, b->resource_class, n, sizeof(uint32_t)) &&
	       same_column(a->flags, b->flags, n, sizeof(uint32_t)) &&
	       same_column(a->start_offset_usec, b->start_offset_usec, n, sizeof(uint64_t)) &&
	       same_column(a->end_offset_usec, b->end_offset_usec, n, sizeof(uint64_t));
}

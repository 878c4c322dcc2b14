/* Everything a spool holds, acknowledged or not, archived or not, in order of sequence. */
#include "collector/spool/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "collector/spool/meta.h"
#include "collector/spool/refused.h"
#include "collector/spool/segment.h"
#include "collector/spool/spool.h"
#include "common/quantity.h"
#include "hubmeter/cleanup.h"
#include "hubmeter/usage.h"
#include "proto/wire.h"

#define PROGRAM	   "hubmeter-collector"
#define ARENA_SIZE ((size_t)64 * 1024 * 1024)

struct dump {
	bool rows;
	FILE *out;
	FILE *err;
	uint64_t acked;
	struct spool_merge merged;
	uint64_t sequence; /* of the record: its batch's number is another in a later stream */
	struct arena arena;
	int output_error; /* 0: what was printed arrived */
};

static void print_header(const struct dump *dump)
{
	fputs("stream\tsequence\tacknowledged\twindow_start_usec\twindow_end_usec\t", dump->out);
	fputs(dump->rows ? "workload\tuser\tserver\tflags" : "rows", dump->out);
	for (int i = 0; i < HM_QUANTITY_COUNT; i++)
		fprintf(dump->out, "\t%s", quantity_names[i]);
	if (!dump->rows)
		fputs("\tnode_cpu_used_usec\tnode_cpu_system_usec\tnode_memory_used_mib_sec"
		      "\tnode_memory_system_mib_sec\tnode_cpu_measured_usec"
		      "\tnode_cpu_steal_usec\tnode_memory_measured_mib_sec",
			dump->out);
	fputc('\n', dump->out);
}

static void print_start(const struct dump *dump, const struct hm_batch *batch)
{
	for (int i = 0; i < HM_STREAM_SIZE; i++)
		fprintf(dump->out, "%02x", batch->stream[i]);
	fprintf(dump->out, "\t%" PRIu64 "\t%s\t%" PRId64 "\t%" PRId64, batch->sequence,
		dump->sequence <= dump->acked ? "yes" : "no", batch->window_start_usec,
		batch->window_end_usec);
}

static void print_text(const struct dump *dump, const char *text)
{
	fputc('\t', dump->out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\\')
			fputs("\\\\", dump->out);
		else if (c == '\t')
			fputs("\\t", dump->out);
		else if (c == '\n')
			fputs("\\n", dump->out);
		else if (c < 0x20 || c == 0x7f)
			fprintf(dump->out, "\\x%02x", c);
		else
			fputc(c, dump->out);
	}
}

static void print_rows(const struct dump *dump, const struct hm_batch *batch)
{
	for (size_t row = 0; row < batch->n_rows; row++) {
		print_start(dump, batch);
		print_text(dump, batch->strings[batch->workload[row]]);
		print_text(dump, batch->strings[batch->user[row]]);
		print_text(dump, batch->strings[batch->server[row]]);
		fprintf(dump->out, "\t%" PRIu32, batch->flags[row]);
		for (int i = 0; i < HM_QUANTITY_COUNT; i++)
			fprintf(dump->out, "\t%" PRIu64, batch->quantity[i][row]);
		fputc('\n', dump->out);
	}
}

/* Empty fields: it was not measured. */
static void print_measured(const struct dump *dump, const struct hm_node_measured *measured)
{
	if (measured->is_measured)
		fprintf(dump->out, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", measured->cpu_usec,
			measured->cpu_steal_usec, measured->memory_mib_sec);
	else
		fputs("\t\t\t\n", dump->out);
}

static void print_sums(const struct dump *dump, const struct hm_batch *batch)
{
	const struct hm_node_row *node = &batch->node_row;

	print_start(dump, batch);
	fprintf(dump->out, "\t%zu", batch->n_rows);
	for (int i = 0; i < HM_QUANTITY_COUNT; i++) {
		uint64_t sum = 0;

		for (size_t row = 0; row < batch->n_rows; row++)
			sum += batch->quantity[i][row]; /* the decoder checked that it fits */
		fprintf(dump->out, "\t%" PRIu64, sum);
	}
	fprintf(dump->out, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64,
		node->used[HM_RESOURCE_CPU_USEC], node->system[HM_RESOURCE_CPU_USEC],
		node->used[HM_RESOURCE_MEMORY_MIB_SEC], node->system[HM_RESOURCE_MEMORY_MIB_SEC]);
	print_measured(dump, &node->measured);
}

static void print_record(struct dump *dump, const struct spool_record *record)
{
	static const struct hm_wire_limits limits = {.hub = NULL,
		.now_usec = 0,
		.max_age_usec = INT64_MAX,
		.max_future_usec = INT64_MAX};
	enum hm_reject reason = HM_REJECT_NONE;
	struct hm_batch batch;

	dump->sequence = record->sequence;
	arena_reset(&dump->arena);
	if (hm_wire_decode(&dump->arena, record->batch, record->batch_size, &limits, &batch,
		    &reason) < 0) {
		fprintf(dump->err, PROGRAM ": record %" PRIu64 ": no sound batch: %s\n",
			record->sequence, hm_reject_name(reason));
		return;
	}
	if (dump->rows)
		print_rows(dump, &batch);
	else
		print_sums(dump, &batch);
}

/* A segment may move into the archive, or away, while we look. */
static int open_segment(struct segment_reader *reader, int dirfd, int archivefd, uint64_t first)
{
	int r = segment_reader_open(reader, dirfd, first);

	if (r == -ENOENT && archivefd >= 0)
		r = segment_reader_open(reader, archivefd, first);
	return r;
}

/* At each record: a long listing is not made for a disk that is full. */
static int check_output(struct dump *dump)
{
	if (ferror(dump->out) && dump->output_error == 0)
		dump->output_error = errno ? -errno : -EIO;
	return dump->output_error;
}

/* One that is gone by now was acknowledged. */
static void print_unreadable(const struct dump *dump, uint64_t first, int error)
{
	char name[SEGMENT_NAME_SIZE];

	if (error != -ENOENT)
		fprintf(dump->err, PROGRAM ": can't read \"%s\": %s\n", segment_name(name, first),
			spool_error_text(error));
}

static int print_segments(
	struct dump *dump, const struct segment_list *list, int dirfd, int archivefd)
{
	struct segment_reader reader = SEGMENT_READER_INIT;
	struct spool_record record;
	int r = 0;

	for (size_t i = 0; i < list->count && r == 0; i++) {
		uint64_t before = i + 1 < list->count ? list->first[i + 1] : UINT64_MAX;

		r = open_segment(&reader, dirfd, archivefd, list->first[i]);
		if (r < 0) {
			print_unreadable(dump, list->first[i], r);
			r = 0;
			continue;
		}
		while (r == 0 &&
			(r = segment_reader_next(&reader, before, UINT64_MAX, &record)) > 0) {
			if (!spool_is_merged_away(&dump->merged, record.sequence))
				print_record(dump, &record);
			r = check_output(dump);
		}
	}
	segment_reader_release(&reader);
	return r;
}

/* On @err, because what is set aside is no line of the listing. */
static int print_refused(const struct dump *dump, int dirfd)
{
	struct refused_sum sum;
	int r = refused_sum(dirfd, &sum);

	if (r == 0 && sum.count > 0)
		fprintf(dump->err,
			PROGRAM ": %" PRIu64 " record%s refused by Kafka in \"" REFUSED_DIRECTORY
				"\", sequences %" PRIu64 " to %" PRIu64 ", %" PRIu64 " bytes\n",
			sum.count, sum.count == 1 ? "" : "s", sum.first, sum.last, sum.bytes);
	return r;
}

static int print_all(struct dump *dump, int dirfd, int archivefd)
{
	struct segment_list list = {0};
	struct spool_identity identity;
	int r;

	if (spool_identity_read(dirfd, &identity) == 0)
		dump->merged = identity.merged; /* else nothing was */
	r = spool_cursor_peek(dirfd, &dump->acked);
	if (r == 0)
		r = segment_list_read(&list, dirfd);
	if (r == 0 && archivefd >= 0)
		r = segment_list_read(&list, archivefd);
	if (r == 0) {
		print_header(dump);
		r = print_segments(dump, &list, dirfd, archivefd);
	}
	if (r == 0)
		r = print_refused(dump, dirfd);
	segment_list_release(&list);
	if (r == 0 && (fflush(dump->out) != 0 || ferror(dump->out)))
		r = check_output(dump);
	return r;
}

static int list(struct dump *dump, const char *directory)
{
	hm_cleanup(hm_closep) int dirfd = -1;
	hm_cleanup(hm_closep) int archivefd = -1;
	int r;

	dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return -errno;
	archivefd = openat(dirfd, "archive", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (archivefd < 0 && errno != ENOENT)
		return -errno;
	r = arena_init(&dump->arena, ARENA_SIZE);
	if (r < 0)
		return r;
	r = print_all(dump, dirfd, archivefd);
	arena_release(&dump->arena);
	return r;
}

int dump_spool(const char *directory, bool rows, FILE *out, FILE *err)
{
	struct dump dump = {.rows = rows, .out = out, .err = err};
	int r = list(&dump, directory);

	if (dump.output_error < 0)
		fprintf(err, PROGRAM ": can't write the listing of spool: %s\n",
			strerror(-dump.output_error));
	else if (r < 0)
		fprintf(err, PROGRAM ": can't read spool \"%s\": %s\n", directory,
			spool_error_text(r));
	return r;
}

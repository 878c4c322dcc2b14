/*
 * in_memory [ROWS [NODES [BATCHES]]]
 *
 * What a row costs the aggregator before PostgreSQL is asked: CPU nanoseconds a row of decoding
 * alone, of adding decoded batches up alone, and of the whole way from a message's bytes to the
 * sums, in turn, seven times, the median. Beside them the least that any of it must do: read the
 * bytes once and add every number up once.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aggregator/rollup/ingest.h"
#include "common/crc32c.h"
#include "proto/wire.h"
#include "tests/support/make_batch.h"

#define TURNS	     7
#define ROLLUP_BYTES ((size_t)128 << 20)
#define HUB	     "physics"
#define TOPIC	     "usage." HUB ".v1"

struct message {
	unsigned char *bytes;
	size_t size;
};

struct bench {
	size_t rows, nodes, batches;
	struct made_batch **made; /* by node */
	struct message *message;  /* in the order they were sent */
	uint64_t sink;
};

enum stage { STAGE_LIMIT, STAGE_DECODE, STAGE_ADD, STAGE_WHOLE, STAGE_COUNT };

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "in_memory: %s failed\n", what);
	exit(EXIT_FAILURE);
}

static uint64_t cpu_nsec(void)
{
	struct timespec now;

	must(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0, "clock_gettime");
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void make_node(struct bench *bench, size_t number)
{
	char *name;

	must(asprintf(&name, "node-%zu", number) > 0, "asprintf");
	bench->made[number] = made_batch_new(number + 1, bench->rows);
	bench->made[number]->batch.node = name;
	bench->made[number]->batch.sequence = 0;
}

/* The next minute of the node, which began a day ago. */
static void move_on(struct hm_batch *batch)
{
	const int64_t minute = time(NULL) / 60 - 1440 + (int64_t)(batch->sequence % 1440);

	batch->sequence++;
	batch->window_start_usec = minute * MADE_BATCH_USEC;
	batch->window_end_usec = batch->window_start_usec + MADE_BATCH_USEC;
}

static void make_messages(struct bench *bench)
{
	for (size_t i = 0; i < bench->batches; i++) {
		struct hm_batch *batch = &bench->made[i % bench->nodes]->batch;
		struct message *message = &bench->message[i];
		size_t capacity;

		move_on(batch);
		capacity = hm_wire_size(batch);
		message->bytes = malloc(capacity);
		must(message->bytes && hm_wire_encode(batch, message->bytes, capacity,
					       &message->size) == 0,
			"hm_wire_encode");
	}
}

static void read_only(struct bench *bench)
{
	for (size_t i = 0; i < bench->batches; i++) {
		const struct hm_batch *batch = &bench->made[i % bench->nodes]->batch;

		bench->sink += crc32c(0, bench->message[i].bytes, bench->message[i].size);
		for (int q = 0; q < HM_QUANTITY_COUNT; q++)
			for (size_t row = 0; row < batch->n_rows; row++)
				bench->sink += batch->quantity[q][row];
	}
}

static void decode_only(struct bench *bench)
{
	const struct hm_wire_limits limits = {.hub = HUB,
		.now_usec = (int64_t)time(NULL) * 1000000,
		.max_age_usec = INT64_MAX / 4,
		.max_future_usec = INT64_MAX / 4};
	struct arena arena;

	must(arena_init(&arena, INGEST_ARENA_BYTES) == 0, "arena_init");
	for (size_t i = 0; i < bench->batches; i++) {
		const struct message *message = &bench->message[i];
		enum hm_reject reason;
		struct hm_batch batch;

		arena_reset(&arena);
		must(hm_wire_decode(
			     &arena, message->bytes, message->size, &limits, &batch, &reason) == 0,
			"hm_wire_decode");
		bench->sink += batch.n_rows;
	}
	arena_release(&arena);
}

static void add_only(struct bench *bench)
{
	struct rollup rollup;

	must(rollup_init(&rollup, 1, ROLLUP_BYTES) == 0, "rollup_init");
	for (size_t i = 0; i < bench->batches; i++) {
		struct hm_batch *batch = &bench->made[i % bench->nodes]->batch;
		int r;

		move_on(batch);
		r = rollup_add(&rollup, HUB, batch);
		if (r == -EAGAIN) {
			rollup_clear(&rollup);
			r = rollup_add(&rollup, HUB, batch);
		}
		must(r == 0, "rollup_add");
	}
	bench->sink += rollup_keys(&rollup);
	rollup_release(&rollup);
}

static void take_all(struct bench *bench)
{
	static const struct record_time no_time = {0}; /* judged by our clock */
	const struct ingest_limits limits = {
		.max_age_usec = INT64_MAX / 4,
		.max_future_usec = INT64_MAX / 4,
		.rollup_bytes = ROLLUP_BYTES,
		.seed = 1,
	};
	struct ingest_partition *partition;
	struct ingest *ingest;

	must(ingest_new(&clock_system, &limits, &ingest) == 0, "ingest_new");
	must(ingest_add_partition(ingest, TOPIC, 0, &partition) == 0, "ingest_add_partition");
	partition->reading = INGEST_READING_GOES_ON;
	for (size_t i = 0; i < bench->batches; i++) {
		const struct message *message = &bench->message[i];
		int r = ingest_message(
			ingest, partition, (int64_t)i, message->bytes, message->size, &no_time);

		if (r == -EAGAIN) {
			ingest_commit(ingest);
			r = ingest_message(ingest, partition, (int64_t)i, message->bytes,
				message->size, &no_time);
		}
		must(r == 0, "ingest_message");
	}
	must(ingest->counters.rows == bench->batches * bench->rows, "counting rows");
	ingest_free(ingest);
}

static void (*const run[STAGE_COUNT])(struct bench *bench) = {
	[STAGE_LIMIT] = read_only,
	[STAGE_DECODE] = decode_only,
	[STAGE_ADD] = add_only,
	[STAGE_WHOLE] = take_all,
};

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(struct bench *bench)
{
	static const char *const name[STAGE_COUNT] = {
		"bytes and numbers read once", "decode", "add up", "message to sums"};
	double nsec[STAGE_COUNT][TURNS], least;

	for (int turn = 0; turn < TURNS; turn++)
		for (int stage = 0; stage < STAGE_COUNT; stage++) {
			const uint64_t before = cpu_nsec();

			run[stage](bench);
			nsec[stage][turn] = (double)(cpu_nsec() - before) /
					    (double)(bench->rows * bench->batches);
		}
	for (int stage = 0; stage < STAGE_COUNT; stage++)
		qsort(nsec[stage], TURNS, sizeof(double), compare);
	least = nsec[STAGE_LIMIT][TURNS / 2];
	printf("in memory: %zu batches of %zu rows from %zu nodes, CPU ns a row, median of %d turns\n",
		bench->batches, bench->rows, bench->nodes, TURNS);
	for (int stage = 0; stage < STAGE_COUNT; stage++)
		printf("  %-28s %8.1f   x %.1f\n", name[stage], nsec[stage][TURNS / 2],
			nsec[stage][TURNS / 2] / least);
}

static size_t argument(int argc, char **argv, int number, size_t otherwise)
{
	const size_t value = argc > number ? strtoul(argv[number], NULL, 10) : otherwise;

	must(value > 0, "reading the arguments");
	return value;
}

int main(int argc, char **argv)
{
	struct bench bench = {
		.rows = argument(argc, argv, 1, 100),
		.nodes = argument(argc, argv, 2, 8),
		.batches = argument(argc, argv, 3, 4000),
	};

	bench.made = calloc(bench.nodes, sizeof(*bench.made));
	bench.message = calloc(bench.batches, sizeof(*bench.message));
	must(bench.made && bench.message, "calloc");
	for (size_t i = 0; i < bench.nodes; i++)
		make_node(&bench, i);
	make_messages(&bench);
	measure(&bench);
	return bench.sink == 0; /* it cannot be left out */
}

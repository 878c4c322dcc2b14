/*
 * What decoding a message costs, a row: protobuf-c alone, what is made of its structs besides, our
 * own decoder alone, the whole with each of them, and the limit, which is copying the bytes.
 * Usage: decode ROUNDS. The steps take turns on the same messages; CPU time, medians of rounds, and
 * the ratio of the whole before to the whole now, round by round.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hubmeter/v1/usage.pb-c.h"
#include "proto/canonical.h"
#include "proto/validate.h"
#include "proto/wire.h"
#include "tests/support/make_batch.h"
#include "tests/support/random.h"

#define ARENA_SIZE (16u << 20)
#define N_NODES	   8u
#define N_MINUTES  8u
#define N_MESSAGES (N_NODES * N_MINUTES)
#define MAX_ROUNDS 1000
#define TURN_ROWS  100000u /* decoded in one turn of a step */

static const struct hm_wire_limits limits = {
	.hub = "physics",
	.now_usec = MADE_BATCH_START_USEC + MADE_BATCH_USEC,
	.max_age_usec = INT64_MAX,
	.max_future_usec = 0,
};

struct message {
	uint8_t *bytes;
	size_t size;
};

static struct arena arena;
static struct message messages[N_MESSAGES];

static void must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "decode: %s\n", what);
	exit(1);
}

static void *take_block(void *context, size_t size)
{
	(void)context;
	return arena_alloc(&arena, size);
}

static void leave_block(void *context, void *block)
{
	(void)context;
	(void)block;
}

static void step_copy(const struct message *message)
{
	void *copy = arena_alloc(&arena, message->size);

	memcpy(copy, message->bytes, message->size);
	__asm__ volatile("" : : "r"(copy) : "memory"); /* nobody reads it */
}

static void step_protobuf(const struct message *message)
{
	ProtobufCAllocator allocator = {take_block, leave_block, NULL};

	must(hubmeter__v1__usage_batch__unpack(&allocator, message->size, message->bytes) != NULL,
		"protobuf-c refuses");
}

static void step_before_unpack(const struct message *message)
{
	struct hm_batch b;

	must(hm_wire_unpack(&arena, message->bytes, message->size, limits.hub, &b) ==
			HM_REJECT_NONE,
		"a message is refused");
}

static void step_before(const struct message *message)
{
	struct hm_batch b;

	must(hm_wire_unpack(&arena, message->bytes, message->size, limits.hub, &b) ==
				HM_REJECT_NONE &&
			hm_batch_validate(&b, &limits) == HM_REJECT_NONE,
		"a message is refused");
}

static void step_canonical(const struct message *message)
{
	struct hm_batch b;

	must(hm_canonical_decode(&arena, message->bytes, message->size, &b),
		"a message is not canonical");
}

static void step_whole(const struct message *message)
{
	enum hm_reject reason;
	struct hm_batch b;

	must(hm_wire_decode(&arena, message->bytes, message->size, &limits, &b, &reason) == 0,
		"a message is refused");
}

enum step { COPY, PROTOBUF, BEFORE_UNPACK, BEFORE, CANONICAL, WHOLE, N_STEPS };

static const struct {
	const char *name;
	void (*take)(const struct message *message);
} steps[N_STEPS] = {
	[COPY] = {"the limit: memcpy of the bytes", step_copy},
	[PROTOBUF] = {"protobuf-c's structs", step_protobuf},
	[BEFORE_UNPACK] = {"the batch by protobuf-c", step_before_unpack},
	[BEFORE] = {"the same, validated", step_before},
	[CANONICAL] = {"the batch by our own decoder", step_canonical},
	[WHOLE] = {"the same, validated", step_whole},
};

/* Another minute of a node: a quarter of its rows has nothing to say. */
static void encode_minute(
	struct random_source *random, const struct made_batch *made, struct message *ret)
{
	struct hm_batch batch = made->batch;
	struct made_batch idle = *made;
	size_t column_size = (batch.n_rows + 1) * sizeof(uint64_t);

	for (int q = 0; q < HM_QUANTITY_COUNT; q++) {
		idle.quantity[q] = malloc(column_size);
		must(idle.quantity[q] != NULL, "no memory");
		memcpy(idle.quantity[q], made->quantity[q], column_size);
		idle.batch.quantity[q] = idle.quantity[q];
	}
	for (size_t row = 0; row < batch.n_rows; row++)
		if (random_below(random, 4) == 0)
			for (int q = 0; q < HM_QUANTITY_COUNT; q++)
				idle.quantity[q][row] = 0;
	made_batch_balance(&idle);
	ret->size = hm_wire_size(&idle.batch);
	ret->bytes = malloc(ret->size);
	must(ret->bytes && hm_wire_encode(&idle.batch, ret->bytes, ret->size, &ret->size) == 0,
		"cannot encode");
	for (int q = 0; q < HM_QUANTITY_COUNT; q++)
		free(idle.quantity[q]);
}

/* Returns the bytes a row. */
static double make_messages(size_t n_rows)
{
	struct random_source random = {1};
	size_t bytes = 0;

	for (size_t node = 0; node < N_NODES; node++) {
		struct made_batch *made = made_batch_new(10000 + node, n_rows);

		for (size_t minute = 0; minute < N_MINUTES; minute++) {
			struct message *message = &messages[minute * N_NODES + node];

			free(message->bytes);
			encode_minute(&random, made, message);
			bytes += message->size;
		}
		made_batch_free(made);
	}
	return (double)bytes / (double)(N_MESSAGES * n_rows);
}

static double cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* every Linux has it */
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Nanoseconds a row of one turn. */
static double turn(enum step step, size_t n_rows)
{
	size_t n = TURN_ROWS / n_rows < N_MESSAGES ? N_MESSAGES : TURN_ROWS / n_rows;
	double started = cpu_ns();

	for (size_t i = 0; i < n; i++) {
		arena_reset(&arena);
		steps[step].take(&messages[i % N_MESSAGES]);
	}
	return (cpu_ns() - started) / (double)(n * n_rows);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *figures, size_t n)
{
	qsort(figures, n, sizeof(*figures), compare);
	return figures[n / 2];
}

static void bench(size_t n_rows, size_t n_rounds)
{
	static double ns[N_STEPS][MAX_ROUNDS], ratio[MAX_ROUNDS];
	double size = make_messages(n_rows);

	for (size_t round = 0; round <= n_rounds; round++) {
		size_t at = round ? round - 1 : 0; /* the first warms caches */

		for (int step = 0; step < N_STEPS; step++)
			ns[step][at] = turn((enum step)step, n_rows);
		ratio[at] = ns[BEFORE][at] / ns[WHOLE][at];
	}
	printf("  %zu row%s a message, %.0f bytes a row\n", n_rows, n_rows == 1 ? "" : "s", size);
	for (int step = 0; step < N_STEPS; step++)
		printf("    %-32s %8.1f ns a row\n", steps[step].name, median(ns[step], n_rounds));
	printf("    whole before : now %.2f", median(ratio, n_rounds));
	printf(" (min %.2f, max %.2f); now : limit %.1f\n", ratio[0], ratio[n_rounds - 1],
		ns[WHOLE][n_rounds / 2] / ns[COPY][n_rounds / 2]);
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = {1, 10, 100, 1000};
	long n_rounds = argc == 2 ? strtol(argv[1], NULL, 10) : 0;

	must(n_rounds > 0 && n_rounds <= MAX_ROUNDS, "usage: decode ROUNDS");
	must(arena_init(&arena, ARENA_SIZE) == 0, "no memory");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		bench(sizes[i], (size_t)n_rounds);
	for (size_t i = 0; i < N_MESSAGES; i++)
		free(messages[i].bytes);
	arena_release(&arena);
	return 0;
}

/*
 * without_postgres read|decode|add [AGGREGATOR-OPTION]...
 *
 * hubmeter-aggregator with its own consumer and its own options, up to everything there is, and no
 * further than: having read a message; having decoded it; having added it up. Sums are forgotten
 * where the aggregator would commit them. Prints, each behind its name and a tab: messages, rows,
 * commits (how often it forgot), keys (of all of them) and bytes (that were gathered at most).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/config.h"
#include "aggregator/consume.h"
#include "aggregator/rollup/ingest.h"

/* As in aggregator/loop/flush.c: of a commit, and between two while there is a backlog. */
#define MOST_MESSAGES	  100000
#define BACKLOG_INTERVALS 5
#define POLL_MSEC	  100

enum depth { DEPTH_READ, DEPTH_DECODE, DEPTH_ADD };

struct bench {
	enum depth depth;
	struct config config;
	struct consume *consume;
	struct arena arena;
	struct ingest *ingest;
	size_t partitions_left;
	int64_t gathered_since_usec; /* 0: nothing is gathered */
	uint64_t messages, rows, commits, keys, bytes;
};

__attribute__((noreturn)) static void give_up(const char *what, const char *why)
{
	(void)fprintf(stderr, "without_postgres: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void forget(struct bench *bench)
{
	const uint64_t bytes = rollup_used_bytes(&bench->ingest->rollup);

	bench->commits++;
	bench->bytes = bytes > bench->bytes ? bytes : bench->bytes;
	bench->keys += rollup_keys(&bench->ingest->rollup);
	ingest_commit(bench->ingest);
	bench->gathered_since_usec = 0;
}

static bool is_due(struct bench *bench)
{
	const struct ingest *ingest = bench->ingest;
	const int64_t now = clock_monotonic_usec(&clock_system);

	if (bench->gathered_since_usec == 0)
		bench->gathered_since_usec = now;
	return now - bench->gathered_since_usec >=
		       BACKLOG_INTERVALS * bench->config.flush_interval ||
	       rollup_keys(&ingest->rollup) >= bench->config.flush_keys ||
	       rollup_used_bytes(&ingest->rollup) >= ingest->limits.rollup_bytes / 4 * 3 ||
	       ingest->pending_messages >= MOST_MESSAGES;
}

static int add(struct bench *bench, struct ingest_partition *partition,
	const struct consume_message *message)
{
	return ingest_message(bench->ingest, partition, message->offset, message->value,
		message->size, &message->written);
}

static void add_message(struct bench *bench, const struct consume_message *message)
{
	struct ingest_partition *partition =
		ingest_find_partition(bench->ingest, message->topic, message->partition);
	int r = add(bench, partition, message);

	if (r == -EAGAIN) {
		forget(bench);
		r = add(bench, partition, message);
	}
	if (r < 0)
		give_up("cannot add a message up", strerror(-r));
	if (is_due(bench))
		forget(bench);
}

static void decode_message(struct bench *bench, const struct consume_message *message)
{
	const struct hm_wire_limits limits = {.hub = NULL,
		.now_usec = clock_realtime_usec(&clock_system),
		.max_age_usec = bench->config.max_age,
		.max_future_usec = bench->config.max_future};
	enum hm_reject reason;
	struct hm_batch batch;

	arena_reset(&bench->arena);
	if (hm_wire_decode(&bench->arena, message->value, message->size, &limits, &batch, &reason))
		give_up("a message is refused", hm_reject_name(reason));
	bench->rows += batch.n_rows;
}

static void on_message(struct bench *bench, const struct consume_message *message)
{
	bench->messages++;
	if (bench->depth == DEPTH_DECODE)
		decode_message(bench, message);
	if (bench->depth == DEPTH_ADD)
		add_message(bench, message);
}

/* Everything we are given from its first message, which is number 0: nothing was deleted. */
static void on_assigned(struct bench *bench)
{
	const struct topic_partition_offset *at;
	const size_t count = consume_assignment(bench->consume, &at);

	for (size_t i = 0; i < count; i++) {
		struct ingest_partition *partition;

		if (ingest_add_partition(bench->ingest, at[i].topic, at[i].partition, &partition))
			give_up("cannot add a partition", at[i].topic);
		partition->reading = INGEST_READING_GOES_ON;
	}
	bench->partitions_left = count;
	if (consume_assign(bench->consume, at, count) < 0)
		give_up("cannot read", consume_error(bench->consume));
}

static void on_revoke(void *context, bool lost)
{
	(void)context;
	if (lost)
		give_up("the group", "took the partitions away");
}

static void run(struct bench *bench)
{
	bool is_assigned = false;
	struct consume_message message;

	while (!is_assigned || bench->partitions_left > 0) {
		switch (consume_poll(bench->consume, POLL_MSEC, &message)) {
		case CONSUME_EVENT_MESSAGE:
			on_message(bench, &message);
			break;
		case CONSUME_EVENT_END:
			bench->partitions_left--;
			break;
		case CONSUME_EVENT_ASSIGNED:
			on_assigned(bench);
			is_assigned = bench->partitions_left > 0;
			break;
		case CONSUME_EVENT_NONE:
			break;
		default:
			give_up("cannot go on", consume_error(bench->consume));
		}
	}
	if (ingest_has_pending(bench->ingest))
		forget(bench);
}

static void make(struct bench *bench)
{
	const struct consume_handler handler = {on_revoke, NULL};
	const struct consume_options options = {
		.group_id = bench->config.group_id,
		.want_ends = true,
		.kafka = &bench->config.kafka,
	};
	const struct ingest_limits limits = {
		.max_age_usec = bench->config.max_age,
		.max_future_usec = bench->config.max_future,
		.rollup_bytes = bench->config.flush_memory / 2,
		.seed = 1,
	};
	char error[512];

	if (arena_init(&bench->arena, INGEST_ARENA_BYTES) < 0 ||
		ingest_new(&clock_system, &limits, &bench->ingest) < 0)
		give_up("memory", "exhausted");
	if (consume_new(&options, &handler, error, sizeof(error), &bench->consume) < 0 ||
		consume_subscribe(bench->consume) < 0)
		give_up("cannot consume", error);
}

static enum depth depth_of(const char *word)
{
	static const char *const words[] = {
		[DEPTH_READ] = "read", [DEPTH_DECODE] = "decode", [DEPTH_ADD] = "add"};

	for (int i = 0; word && i <= DEPTH_ADD; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	give_up("usage", "without_postgres read|decode|add [AGGREGATOR-OPTION]...");
}

int main(int argc, char **argv)
{
	struct bench bench = {.depth = depth_of(argc > 1 ? argv[1] : NULL)};

	if (config_parse(&bench.config, argc - 1, argv + 1, stdout, stderr) != OPTION_ACTION_RUN)
		return 2;
	make(&bench);
	run(&bench);
	if (bench.depth == DEPTH_ADD)
		bench.rows = bench.ingest->counters.rows;
	printf("messages\t%" PRIu64 "\nrows\t%" PRIu64 "\ncommits\t%" PRIu64 "\nkeys\t%" PRIu64
	       "\nbytes\t%" PRIu64 "\n",
		bench.messages, bench.rows, bench.commits, bench.keys, bench.bytes);
	consume_close(bench.consume);
	consume_free(bench.consume);
	ingest_free(bench.ingest);
	arena_release(&bench.arena);
	config_release(&bench.config);
	return 0;
}

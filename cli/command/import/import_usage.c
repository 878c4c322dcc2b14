/*
 * In this order, so that a file counts whole or not at all: read and understand all of it, make all
 * batches once to see that they are sound, ask for the topics, and only then send.
 */
#include "cli/command/import/import_usage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cli/broker/broker.h"
#include "cli/broker/producer.h"
#include "cli/command/command.h"
#include "cli/command/import/usage_file.h"
#include "cli/format/file.h"
#include "cli/session.h"
#include "common/clock.h"
#include "common/instant.h"
#include "hubmeter/cleanup.h"
#include "proto/interval_batch.h"
#include "proto/validate.h"
#include "proto/wire.h"

#define FILE_SIZE_LIMIT	   (256u << 20)
#define PROGRESS_STEP_USEC 100000
#define POLL_STEP_USEC	   100000
#define TEXT_SIZE	   512

/* What goes to one hub's topic: one stream. */
struct part {
	uint32_t first, end; /* in the set */
	uint64_t batches;
	uint8_t stream[HM_STREAM_SIZE];
	char topic[TOPIC_NAME_SIZE];
};

struct import {
	const struct config *config;
	struct input_errors errors;
	int64_t now_usec;
	struct interval_set set;
	struct part *part;
	size_t n_parts;
	uint64_t batches; /* of all parts */
	uint64_t rows;
	int64_t shown_usec; /* when progress was shown last */
};

static void batcher_freep(struct interval_batcher **batcher)
{
	interval_batcher_free(*batcher);
}

static void producer_freep(struct producer **producer)
{
	producer_free(*producer);
}

static int fail(const struct import *import, const char *reason)
{
	char what[4096];

	(void)snprintf(what, sizeof(what), "import \"%s\"", import->errors.path);
	return command_failed(what, reason);
}

static int refuse(const struct import *import)
{
	input_errors_end(&import->errors, "nothing was sent");
	return EXIT_FAILURE;
}

static void show_progress(struct import *import, const char *doing, uint64_t done, uint64_t count)
{
	int64_t now = clock_monotonic_usec(&clock_system);

	if (!isatty(STDERR_FILENO) ||
		(done < count && now - import->shown_usec < PROGRESS_STEP_USEC))
		return;
	import->shown_usec = now;
	(void)fprintf(stderr, "\r%s batches: %" PRIu64 " of %" PRIu64 "%s", doing, done, count,
		done == count ? "\n" : "");
}

/* --- before anything is sent --- */

static int read_file(struct import *import, const char *path, char **ret, size_t *ret_size)
{
	char reason[TEXT_SIZE];
	int r = file_read(path, FILE_SIZE_LIMIT, ret, ret_size);

	if (r == 0)
		return EXIT_SUCCESS;
	if (r == -E2BIG)
		(void)snprintf(reason, sizeof(reason), "larger than %u MiB: split it, anywhere",
			FILE_SIZE_LIMIT >> 20);
	else
		(void)snprintf(reason, sizeof(reason), "%s", strerror(-r));
	return fail(import, reason);
}

static int find_parts(struct import *import)
{
	uint32_t first = 0;

	while (first < import->set.count) {
		struct part *grown =
			reallocarray(import->part, import->n_parts + 1, sizeof(*grown));
		struct usage_interval interval;
		struct part *part;

		if (!grown)
			return -ENOMEM;
		import->part = grown;
		part = &grown[import->n_parts++];
		*part = (struct part){.first = first};
		part->end = interval_set_run_end(&import->set, first, INTERVAL_NAME_HUB);
		interval_set_get(&import->set, first, &interval);
		topic_name_make(interval.hub, part->topic);
		first = part->end;
	}
	return 0;
}

/* Make a part's batches to count them, and to see with the aggregator's eyes that they are sound.
 */
static int check_part(struct import *import, struct part *part)
{
	const struct hm_wire_limits limits = {.now_usec = import->now_usec};
	hm_cleanup(batcher_freep) struct interval_batcher *batcher = NULL;
	struct hm_batch batch;
	char reason[TEXT_SIZE];

	if (interval_batcher_new(&import->set, part->first, part->end, &batcher) < 0)
		return fail(import, "out of memory");
	while (interval_batcher_next(batcher, &batch) == 0) {
		enum hm_reject reject = hm_batch_validate(&batch, &limits);

		if (reject != HM_REJECT_NONE) {
			(void)snprintf(reason, sizeof(reason),
				"batch %" PRIu64 " for %s would be refused: %s", batch.sequence,
				part->topic, hm_reject_name(reject));
			return fail(import, reason);
		}
		part->batches = batch.sequence;
		memcpy(part->stream, batch.stream, HM_STREAM_SIZE);
		import->rows += batch.n_rows;
	}
	import->batches += part->batches;
	return EXIT_SUCCESS;
}

static int check_parts(struct import *import)
{
	if (find_parts(import) < 0)
		return fail(import, "out of memory");
	for (size_t i = 0; i < import->n_parts; i++) {
		int status = check_part(import, &import->part[i]);

		if (status != EXIT_SUCCESS)
			return status;
	}
	return EXIT_SUCCESS;
}

static bool has_topic(const struct broker_topics *topics, const char *name)
{
	for (size_t i = 0; i < topics->count; i++) {
		if (strcmp(topics->topic[i].name, name) == 0)
			return true;
	}
	return false;
}

/* A hub whose name was mistyped has no topic. */
static void put_missing_topics(struct import *import, const struct broker_topics *topics)
{
	for (size_t i = 0; i < import->n_parts; i++) {
		const struct part *part = &import->part[i];
		struct usage_interval interval;
		uint32_t line = UINT32_MAX;
		char reason[TEXT_SIZE];

		if (has_topic(topics, part->topic))
			continue;
		interval_set_get(&import->set, part->first, &interval);
		for (uint32_t k = part->first; k < part->end; k++)
			line = import->set.record[k].line < line ? import->set.record[k].line
								 : line;
		(void)snprintf(reason, sizeof(reason),
			"no such hub, so far: there is no topic \"%s\" (hubmeter topic create)",
			part->topic);
		input_errors_put(&import->errors, line, "hub", interval.hub, reason);
	}
}

static int check_topics(struct import *import)
{
	struct broker_topics topics = {0};
	struct broker *broker = NULL;
	int status = EXIT_SUCCESS;
	int r = broker_open(&import->config->kafka, &broker);

	if (r == 0)
		r = broker_topics(broker, &topics);
	if (r < 0) {
		status = command_failed(
			"reach the broker", broker ? broker_error(broker) : strerror(-r));
	} else {
		put_missing_topics(import, &topics);
		if (import->errors.count)
			status = refuse(import);
	}
	broker_topics_release(&topics);
	broker_free(broker);
	return status;
}

/* --- sending --- */

static int send_part(struct import *import, struct part *part, struct producer *producer)
{
	hm_cleanup(batcher_freep) struct interval_batcher *batcher = NULL;
	hm_cleanup(hm_freep) void *buffer = malloc(INTERVAL_BATCH_MAX_BYTES);
	struct hm_batch batch;
	int r;

	if (!buffer)
		return -ENOMEM;
	r = interval_batcher_new(&import->set, part->first, part->end, &batcher);
	while (r == 0 && interval_batcher_next(batcher, &batch) == 0) {
		size_t size;

		r = hm_wire_encode(&batch, buffer, INTERVAL_BATCH_MAX_BYTES, &size);
		if (r == 0)
			r = producer_send(producer, part->topic, batch.node, buffer, size);
		if (r == 0)
			show_progress(import, "sending", producer_acknowledged(producer),
				import->batches);
	}
	return r;
}

static int fail_sending(
	const struct import *import, const struct producer *producer, const char *reason)
{
	char text[2 * TEXT_SIZE];

	(void)snprintf(text, sizeof(text),
		"%s; %" PRIu64 " of %" PRIu64 " batches were acknowledged: run the same command "
		"again, nothing is counted twice",
		reason, producer ? producer_acknowledged(producer) : 0, import->batches);
	return fail(import, text);
}

static int send_parts(struct import *import)
{
	hm_cleanup(producer_freep) struct producer *producer = NULL;
	int r = producer_open(&import->config->kafka, PRODUCER_PATIENCE_USEC, &producer);

	for (size_t i = 0; i < import->n_parts && r == 0; i++)
		r = send_part(import, &import->part[i], producer);
	if (r == 0)
		r = producer_finish(producer);
	if (r == -ENOMEM)
		return fail_sending(import, producer, "out of memory");
	if (r < 0)
		return fail_sending(import, producer, producer_error(producer));
	show_progress(import, "sending", import->batches, import->batches);
	return EXIT_SUCCESS;
}

/* --- waiting --- */

/* Batches of all parts that the database has, and those it was refused or never got. */
static int count_arrived(const struct import *import, struct store *store, uint64_t *ret_arrived,
	uint64_t *ret_missing)
{
	uint64_t arrived = 0, missing = 0;

	for (size_t i = 0; i < import->n_parts; i++) {
		const struct part *part = &import->part[i];
		int64_t sequence, gap;
		int r = store_usage_progress(store, part->topic, part->stream, &sequence, &gap);

		if (r < 0)
			return r;
		arrived += (uint64_t)sequence < part->batches ? (uint64_t)sequence : part->batches;
		missing += (uint64_t)gap;
	}
	*ret_arrived = arrived;
	*ret_missing = missing;
	return 0;
}

static void pause_usec(int64_t usec)
{
	const struct timespec step = {.tv_sec = 0, .tv_nsec = usec * 1000};

	(void)nanosleep(&step, NULL); /* cut short: asked again sooner */
}

static int fail_waiting(const struct import *import, uint64_t arrived)
{
	char text[TEXT_SIZE];

	(void)snprintf(text, sizeof(text),
		"everything was sent, but only %" PRIu64 " of %" PRIu64 " batches are in the "
		"database and no more came for %" PRId64 " s: does hubmeter-aggregator run "
		"('hubmeter doctor')?",
		arrived, import->batches, import->config->wait_timeout / 1000000);
	return fail(import, text);
}

/* The aggregator may be busy with much else: what counts is that it comes nearer. */
static int wait_for_database(struct import *import, struct store *store)
{
	uint64_t arrived = 0, missing = 0, before = 0;
	int64_t progress_usec = clock_monotonic_usec(&clock_system);

	for (;;) {
		int64_t now = clock_monotonic_usec(&clock_system);

		if (count_arrived(import, store, &arrived, &missing) < 0)
			return fail(import, store_error(store));
		show_progress(import, "waiting for", arrived, import->batches);
		if (arrived == import->batches)
			break;
		if (arrived > before)
			progress_usec = now;
		if (now - progress_usec >= import->config->wait_timeout)
			return fail_waiting(import, arrived);
		before = arrived;
		pause_usec(POLL_STEP_USEC);
	}
	if (missing)
		return fail(import, "batches are missing: see ingest.gap and ingest.quarantine");
	return EXIT_SUCCESS;
}

/* --- all of it --- */

static void print_summary(const struct import *import, const char *outcome)
{
	const struct interval_record *record = import->set.record;
	char first_text[INSTANT_SIZE], last_text[INSTANT_SIZE];
	int64_t first = INT64_MAX, last = 0;

	for (uint32_t i = 0; i < import->set.count; i++) {
		first = record[i].start_usec < first ? record[i].start_usec : first;
		last = record[i].end_usec > last ? record[i].end_usec : last;
	}
	(void)printf("%s: %" PRIu32 " interval%s of %zu hub%s from %s to %s: %" PRIu64
		     " row%s in %" PRIu64 " batch%s %s\n",
		import->errors.path, import->set.count, import->set.count == 1 ? "" : "s",
		import->n_parts, import->n_parts == 1 ? "" : "s", instant_format(first, first_text),
		instant_format(last, last_text), import->rows, import->rows == 1 ? "" : "s",
		import->batches, import->batches == 1 ? "" : "es", outcome);
}

/* The database is asked before anything is sent: who cannot wait should know it then. */
static int open_to_wait(const struct import *import, struct store **ret)
{
	uint64_t arrived, missing;

	*ret = session_open(import->config);
	if (!*ret)
		return EXIT_FAILURE;
	if (count_arrived(import, *ret, &arrived, &missing) < 0)
		return fail(import, store_error(*ret));
	return EXIT_SUCCESS;
}

static int deliver(struct import *import)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	int status = import->config->wait ? open_to_wait(import, &store) : EXIT_SUCCESS;

	if (status == EXIT_SUCCESS)
		status = check_topics(import);
	if (status == EXIT_SUCCESS)
		status = send_parts(import);
	if (status == EXIT_SUCCESS && store)
		status = wait_for_database(import, store);
	if (status == EXIT_SUCCESS)
		print_summary(import, store ? "in the database" : "sent");
	return status;
}

static int run(struct import *import, const char *path)
{
	hm_cleanup(hm_freep) char *data = NULL;
	size_t size;
	int status = read_file(import, path, &data, &size);
	int r;

	if (status != EXIT_SUCCESS)
		return status;
	r = usage_file_parse(data, size, import->now_usec, &import->set, &import->errors);
	if (r == -EBADMSG)
		return refuse(import);
	if (r < 0)
		return fail(import, strerror(-r));
	free(hm_steal(&data));
	status = check_parts(import);
	if (status != EXIT_SUCCESS)
		return status;
	if (import->config->dry_run) {
		print_summary(import, "would be sent");
		return EXIT_SUCCESS;
	}
	return deliver(import);
}

int import_usage_run(const struct config *config, char **arguments)
{
	struct import import = {
		.config = config,
		.errors.path = strcmp(arguments[0], "-") == 0 ? "standard input" : arguments[0],
		.now_usec = clock_realtime_usec(&clock_system),
	};
	uint64_t seed = 0;
	int status;

	if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed) ||
		interval_set_init(&import.set, seed) < 0)
		return fail(&import, "out of memory");
	status = run(&import, arguments[0]);
	free(import.part);
	interval_set_release(&import.set);
	return status;
}

/* All that is known of one message: what the database noted, and what it says itself. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command/command.h"
#include "cli/command/quarantine/private.h"
#include "cli/command/quarantine/reason_text.h"
#include "cli/session.h"
#include "common/arena.h"
#include "common/instant.h"
#include "hubmeter/cleanup.h"
#include "proto/validate.h"
#include "proto/wire.h"

#define ARENA_BYTES ((size_t)16 << 20) /* as the aggregator has it */
#define VALUE_SIZE  512

/* Rows of "fact, value"; the first failure is kept. */
struct facts {
	struct table table;
	int failed;
};

__attribute__((format(printf, 3, 4))) static void tell(
	struct facts *facts, const char *fact, const char *format, ...)
{
	char value[VALUE_SIZE];
	va_list args;
	int r;

	va_start(args, format);
	(void)vsnprintf(value, sizeof(value), format, args); /* cut: for people */
	va_end(args);
	r = table_add(&facts->table, (const char *const[]){fact, value});
	if (facts->failed == 0)
		facts->failed = r;
}

/* A store_line_fn. */
static void tell_act(void *context, const char *line)
{
	tell(context, "what was done", "%s", line);
}

static const char *known(const char *text)
{
	return text && *text ? text : "not known";
}

static void tell_noted(
	struct facts *facts, const char *id, const struct quarantine_message *message)
{
	tell(facts, "message", "%s", id);
	tell(facts, "topic", "%s", message->fact[QUARANTINE_TOPIC]);
	tell(facts, "partition", "%s", message->fact[QUARANTINE_PARTITION]);
	tell(facts, "offset", "%s", message->fact[QUARANTINE_OFFSET]);
	tell(facts, "refused as", "%s", message->fact[QUARANTINE_REASON]);
	tell(facts, "that is", "%s", known(reason_text(message->fact[QUARANTINE_REASON])));
	tell(facts, "refused at", "%s", message->fact[QUARANTINE_REFUSED_AT]);
	tell(facts, "written at", "%s", known(message->fact[QUARANTINE_WRITTEN_AT]));
	tell(facts, "state", "%s", message->fact[QUARANTINE_STATE]);
	if (message->payload)
		tell(facts, "bytes", "%zu", message->payload_size);
	else
		tell(facts, "bytes", "the payload was dropped");
}

/* What is wrong with it apart from its date. */
static const char *other_fault(const struct hm_batch *batch)
{
	const struct hm_wire_limits limits = {
		.now_usec = batch->window_end_usec, .max_age_usec = INT64_MAX / 4};
	const enum hm_reject reason = hm_batch_validate(batch, &limits);

	return reason == HM_REJECT_NONE ? "nothing but, perhaps, its date and what came before it"
					: hm_reject_name(reason);
}

static void tell_window(struct facts *facts, const struct hm_batch *batch)
{
	char start[INSTANT_SIZE], end[INSTANT_SIZE];
	static const int64_t most = 253402300799LL * 1000 * 1000;

	if (batch->window_start_usec < 0 || batch->window_end_usec < 0 ||
		batch->window_start_usec > most || batch->window_end_usec > most)
		tell(facts, "window", "%" PRId64 " to %" PRId64 " microseconds since 1970",
			batch->window_start_usec, batch->window_end_usec);
	else
		tell(facts, "window", "%s to %s", instant_format(batch->window_start_usec, start),
			instant_format(batch->window_end_usec, end));
}

static void tell_batch(struct facts *facts, const struct hm_batch *batch)
{
	char stream[2 * HM_STREAM_SIZE + 1];

	for (size_t i = 0; i < HM_STREAM_SIZE; i++)
		(void)snprintf(stream + 2 * i, 3, "%02x", batch->stream[i]); /* fits */
	tell(facts, "hub", "%s", known(batch->hub));
	tell(facts, "node", "%s", known(batch->node));
	tell(facts, "stream", "%s", stream);
	tell(facts, "sequence", "%" PRIu64, batch->sequence);
	tell_window(facts, batch);
	tell(facts, "rows", "%zu", batch->n_rows);
	tell(facts, "wrong with it", "%s", other_fault(batch));
}

static int tell_decoded(struct facts *facts, const struct quarantine_message *message)
{
	struct hm_batch batch;
	struct arena arena;
	enum hm_reject reason;

	if (!message->payload)
		return 0;
	if (arena_init(&arena, ARENA_BYTES) < 0)
		return -ENOMEM;
	reason = hm_wire_unpack(&arena, message->payload, message->payload_size, NULL, &batch);
	if (reason == HM_REJECT_NONE)
		tell_batch(facts, &batch);
	else
		tell(facts, "wrong with it", "%s, so it does not say whose it is",
			hm_reject_name(reason));
	arena_release(&arena);
	return 0;
}

/* A file that exists stays as it is. */
static int save(const char *path, const struct quarantine_message *message)
{
	hm_cleanup(hm_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t done = 0;

	if (fd < 0)
		return -errno;
	while (done < message->payload_size) {
		const ssize_t n = write(fd, message->payload + done, message->payload_size - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static int save_payload(const struct config *config, const struct quarantine_message *message)
{
	int r;

	if (!*config->payload)
		return EXIT_SUCCESS;
	r = message->payload ? save(config->payload, message) : -ENODATA;
	return r < 0 ? command_failed(
			       "save the payload", r == -ENODATA ? "it was dropped" : strerror(-r))
		     : EXIT_SUCCESS;
}

static int show(const struct config *config, struct store *store, const char *id,
	const struct quarantine_message *message, struct facts *facts)
{
	static const struct table_column columns[] = {{"fact", false}, {"value", false}};
	int r = table_init(&facts->table, columns, 2);

	if (r == 0) {
		tell_noted(facts, id, message);
		r = tell_decoded(facts, message);
	}
	if (r == 0 && store_quarantine_acts(store, id, tell_act, facts) < 0)
		return command_failed("show the message", store_error(store));
	if (r < 0 || facts->failed < 0)
		return command_failed("show the message", "out of memory");
	command_print_table(config, &facts->table, "nothing is known of it");
	return save_payload(config, message);
}

int quarantine_show(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	struct quarantine_message message = {.payload = NULL};
	struct facts facts = {.failed = 0};
	int status;

	if (!arguments[0] || arguments[1] || !command_is_number(arguments[0]))
		return command_usage_error("\"ingest quarantine show\" needs the number of one "
					   "message, as 'hubmeter ingest quarantine list --each' "
					   "has it");
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	if (store_quarantine_message(store, arguments[0], &message) < 0)
		return command_failed("show the message", store_error(store));
	status = show(config, store, arguments[0], &message, &facts);
	table_release(&facts.table);
	store_quarantine_release(&message);
	return status;
}

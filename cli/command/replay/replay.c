/*
 * The live database is looked at once, in one snapshot: how far it read, and what came of that. The
 * new one reads exactly so far, so that the two can be compared while the live one goes on.
 */
#include "cli/command/replay/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/broker/broker.h"
#include "cli/command/command.h"
#include "cli/command/replay/private.h"
#include "cli/session.h"
#include "cli/store/replay.h"
#include "common/topic_name.h"
#include "hubmeter/cleanup.h"

static const char act[] = "replay";

struct replay {
	const struct config *config;
	struct store *live, *fresh;
	struct broker *broker;
	char *conninfo; /* of the new database */
	struct passing_file until;
};

static void replay_release(struct replay *replay)
{
	passing_file_release(&replay->until);
	broker_free(replay->broker);
	store_free(replay->fresh);
	store_free(replay->live);
	free(replay->conninfo);
}

static bool is_from_beginning(const struct config *config)
{
	return !*config->from || strcmp(config->from, "beginning") == 0;
}

static int note(struct replay *replay, const char *topic, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int note(struct replay *replay, const char *topic, const char *format, ...)
{
	char hub[TOPIC_NAME_SIZE], text[200];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args); /* cut: for people */
	va_end(args);
	return topic_name_hub(topic, hub) ? store_replay_note(replay->fresh, hub, text) : 0;
}

/* Of [low, high) of Kafka's, where to begin. */
static int64_t start_of(const struct config *config, int64_t low, int64_t high)
{
	const int64_t from = is_from_beginning(config) ? 0 : strtoll(config->from, NULL, 10);

	if (from < low)
		return low;
	return from > high ? high : from;
}

/* One partition that the live database has read: where to begin, and where to end. */
static int plan_partition(struct replay *replay, const struct table *positions, size_t row)
{
	const char *topic = table_cell(positions, row, 0);
	const char *partition = table_cell(positions, row, 1);
	const int64_t until = strtoll(table_cell(positions, row, 2), NULL, 10);
	const int64_t first = strtoll(table_cell(positions, row, 3), NULL, 10);
	int64_t low, high, start;
	char number[24];
	int r;

	if (broker_watermarks(
		    replay->broker, topic, (int)strtol(partition, NULL, 10), &low, &high) < 0)
		return note(replay, topic, "partition %s is not in Kafka: %s", partition,
			broker_error(replay->broker));
	start = start_of(replay->config, low, high);
	(void)snprintf(number, sizeof(number), "%" PRId64, start); /* fits */
	r = store_replay_begin(replay->fresh, topic, partition, number);
	if (r >= 0 && start > first)
		r = note(replay, topic,
			"of partition %s offsets %" PRId64 " to %" PRId64 " were not read again%s",
			partition, first, start - 1,
			low > first ? ": Kafka keeps them no longer" : "");
	if (r >= 0 && start < first)
		r = note(replay, topic,
			"of partition %s offsets %" PRId64 " to %" PRId64
			" are in no account of the live database",
			partition, start, first - 1);
	if (r >= 0 && until > high)
		r = note(replay, topic,
			"partition %s ends at %" PRId64 " in Kafka, the live "
			"database was further",
			partition, high);
	if (r >= 0)
		(void)fprintf(replay->until.file, "%s %s %" PRId64 "\n", topic, partition,
			until); /* closing tells */
	return r;
}

static int plan(struct replay *replay)
{
	hm_cleanup(table_release) struct table positions = {.n_rows = 0};
	int r;

	if (store_replay_look(replay->live) < 0 ||
		store_replay_positions(replay->live, &positions) < 0)
		return command_failed(act, store_error(replay->live));
	if (store_replay_keep(replay->live, replay->fresh) < 0)
		return command_failed(act, store_error(replay->fresh));
	store_rollback(replay->live);
	r = passing_file_open(&replay->until);
	if (r < 0)
		return command_failed(act, strerror(-r));
	for (size_t row = 0; row < positions.n_rows; row++)
		if (plan_partition(replay, &positions, row) < 0)
			return command_failed(act, store_error(replay->fresh));
	return passing_file_close(&replay->until) < 0 ? command_failed(act, strerror(EIO))
						      : EXIT_SUCCESS;
}

static int make_database(struct replay *replay)
{
	const struct config *config = replay->config;

	replay->conninfo = store_replay_conninfo(config->postgres, config->into_new);
	if (!replay->conninfo)
		return command_failed(act, "out of memory");
	if (store_replay_create(replay->live, config->into_new) < 0)
		return command_failed("make the new database", store_error(replay->live));
	if (replay_migrate(config, replay->conninfo) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	replay->fresh = store_new(replay->conninfo);
	if (!replay->fresh)
		return command_failed(act, "out of memory");
	return store_connect(replay->fresh) < 0 ? command_failed(act, store_error(replay->fresh))
						: EXIT_SUCCESS;
}

static int compare(struct replay *replay)
{
	hm_cleanup(table_release) struct table rows = {.n_rows = 0};
	int64_t differing = 0;

	if (store_replay_compare(replay->fresh, &differing) < 0 ||
		store_replay_result(replay->fresh, replay->config->each, &rows) < 0)
		return command_failed("compare", store_error(replay->fresh));
	command_print_table(replay->config, &rows, "%s",
		replay->config->each ? "every row is the same" : "there is no usage in either");
	return differing == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int replay_all(struct replay *replay)
{
	int status;

	replay->live = session_open(replay->config);
	if (!replay->live)
		return EXIT_FAILURE;
	replay->broker = session_open_broker(replay->config, act);
	if (!replay->broker)
		return EXIT_FAILURE;
	status = make_database(replay);
	if (status == EXIT_SUCCESS)
		status = plan(replay);
	if (status == EXIT_SUCCESS)
		status = replay_read(replay->config, replay->conninfo, replay->until.path);
	return status == EXIT_SUCCESS ? compare(replay) : status;
}

int replay_run(const struct config *config, char **arguments)
{
	struct replay replay = {.config = config};
	int status;

	(void)arguments;
	if (!*config->into_new)
		return command_usage_error("\"ingest replay\" needs --into-new DATABASE");
	if (!is_from_beginning(config) && !command_is_number(config->from))
		return command_usage_error(
			"option \"--from\": \"%s\": not an offset, nor beginning", config->from);
	status = replay_all(&replay);
	replay_release(&replay);
	return status;
}

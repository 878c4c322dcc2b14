/* When it runs and what becomes of its output. */
#include "collector/source/command/command_source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/source/command/booked.h"
#include "collector/source/command/text.h"
#include "collector/source/run.h"
#include "collector/source/watched_file.h"
#include "collector/tick.h"
#include "common/hash.h"
#include "common/log.h"

/* Intervals on their way at once: they stand in every record of the spool until they are sent. */
#define PART_MAX 2048u

#define COMMAND_STATE_VERSION 1u

struct command_source {
	const struct config *config;
	const struct clock *clock;
	enum text_format format;
	struct run run;
	struct booked booked;
	int64_t last_tick; /* of publish_interval, in which it was run last */
	struct watched_file file;

	/* taken from an output, to be booked by the next passes */
	struct interval_set set;
	bool is_ready;

	char last_error[TEXT_ERROR_SIZE]; /* said already; "": all is well */
};

static int command_init(const struct source_context *context, void **ret)
{
	const struct config *config = context->config;
	struct command_source *source;
	int r;

	if (!config->command[0] && !config->command_file[0])
		return -ENOENT;
	source = calloc(1, sizeof(*source));
	if (!source)
		return -ENOMEM;
	source->config = config;
	source->clock = context->clock;
	source->last_tick = INT64_MIN;
	r = text_format_find(config->command_format, &source->format); /* was checked */
	if (r == 0)
		r = run_init(&source->run);
	if (r < 0) {
		free(source);
		return r;
	}
	*ret = source;
	return 0;
}

static void drop_ready(struct command_source *source)
{
	if (!source->is_ready)
		return;
	interval_set_release(&source->set);
	source->is_ready = false;
}

static void command_free(void *self)
{
	struct command_source *source = self;

	drop_ready(source);
	run_release(&source->run);
	booked_release(&source->booked);
	free(source);
}

static const char *subject(const struct command_source *source)
{
	return *source->config->command ? source->config->command : source->config->command_file;
}

/* Each new reason once, and once that it is over. */
static void note_result(struct command_source *source, const char *error)
{
	char quoted_subject[LOG_QUOTED_SIZE], quoted[LOG_QUOTED_SIZE];

	if (*error && strcmp(error, source->last_error) != 0)
		log_event(LOG_PRIORITY_ERROR, "command_failed",
			"command=%s reason=%s consequence=\"nothing of this output is booked\"",
			log_quote(quoted_subject, subject(source)), log_quote(quoted, error));
	if (!*error && source->last_error[0])
		log_event(LOG_PRIORITY_NOTICE, "command_recovered", "command=%s",
			log_quote(quoted_subject, subject(source)));
	(void)snprintf(source->last_error, sizeof(source->last_error), "%s", error);
}

/* All of the output is checked before any of it is booked. */
static int check_all(struct command_source *source, uint32_t *ret_new, char error[TEXT_ERROR_SIZE])
{
	struct selection selection;
	uint32_t conflict;
	int r = booked_select(&source->booked, &source->set, UINT32_MAX, &selection, &conflict);

	if (r == -EBADMSG)
		(void)snprintf(error, TEXT_ERROR_SIZE,
			"line %" PRIu32 ": start: before the end up to which this workload is "
			"booked: report only what came after that",
			source->set.record[conflict].line);
	if (r < 0)
		return r;
	*ret_new = selection.n_intervals;
	selection_release(&selection);
	return 0;
}

static void take_output(struct command_source *source, const void *data, size_t size)
{
	const struct text_rules rules = {source->config->hub, clock_realtime_usec(source->clock)};
	char error[TEXT_ERROR_SIZE] = "";
	uint32_t n_new = 0;
	int r;

	r = interval_set_init(&source->set, hash_random_seed());
	if (r == 0) {
		r = text_parse(source->format, data, size, &rules, &source->set, error);
		if (r == 0)
			r = check_all(source, &n_new, error);
		if (r < 0)
			interval_set_release(&source->set);
	}
	if (r < 0 && !*error)
		(void)snprintf(error, sizeof(error), "%s", strerror(-r));
	note_result(source, error);
	source->is_ready = r == 0;
	if (r == 0 && n_new == 0)
		drop_ready(source);
}

static int event_fd(const void *self)
{
	return run_fd(&((const struct command_source *)self)->run);
}

/* A program that is over wants a pass, so that what it reported is sent with the next window. */
static bool on_event(void *self)
{
	struct command_source *source = self;

	if (!run_work(&source->run))
		return false;
	if (source->run.error[0])
		note_result(source, source->run.error);
	else
		take_output(source, source->run.output.data, source->run.output.size);
	buffer_release(&source->run.output); /* it may be large, and is not needed for a minute */
	return true;
}

/* A file that is not there yet, or the same as before, says nothing. */
static void read_file(struct command_source *source)
{
	struct buffer buffer = BUFFER_INIT(RUN_OUTPUT_MAX);
	int r = watched_file_read(&source->file, source->config->command_file, &buffer);

	if (r == -E2BIG) {
		note_result(source, "more than 8 MiB: report less at a time");
	} else if (r < 0) {
		note_result(source, strerror(-r));
	} else if (r > 0) {
		take_output(source, buffer.data, buffer.size);
		watched_file_keep(&source->file);
	}
	buffer_release(&buffer);
}

/* Once in each publish_interval, unless the last one is still running or not yet booked. */
static int observe(void *self, const struct source_pass *pass)
{
	struct command_source *source = self;
	const struct config *config = source->config;
	int64_t tick = tick_number(clock_realtime_usec(source->clock), config->publish_interval);

	(void)pass;
	if (tick == source->last_tick || source->run.pid > 0 || source->is_ready)
		return 0;
	source->last_tick = tick;
	if (*config->command_file)
		read_file(source);
	else if (run_start(&source->run, config->command, config->command_timeout) < 0)
		note_result(source, source->run.error);
	return 0;
}

/* -ENOMEM leaves half of it in @reported, which is then taken back whole. */
static int report(const struct command_source *source, const struct selection *selection,
	struct reported *reported)
{
	int r = 0;

	for (uint32_t i = 0; i < selection->n_intervals && r == 0; i++) {
		struct usage_interval interval;

		interval_set_get(&source->set, selection->interval[i], &interval);
		r = reported_add(reported, &interval);
	}
	return r;
}

/* The next part of the output; without memory the next pass tries again. */
static void book(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	struct command_source *source = self;
	struct selection selection;
	uint32_t conflict;

	(void)claims;
	(void)pass;
	if (!source->is_ready || reported_is_pending(&window->reported) ||
		booked_select(&source->booked, &source->set, PART_MAX, &selection, &conflict) < 0)
		return;
	if (report(source, &selection, &window->reported) < 0 ||
		booked_add(&source->booked, &selection) < 0) {
		reported_release(&window->reported); /* nothing else is in it */
	} else if (selection.n_intervals < PART_MAX) {
		drop_ready(source);
		booked_forget(&source->booked);
	}
	selection_release(&selection);
}

static int save(const void *self, struct buffer *section)
{
	struct state_writer writer = {.buffer = section};

	booked_save(&((const struct command_source *)self)->booked, &writer);
	return writer.error;
}

static int restore(
	void *self, struct window *window, uint32_t version, const void *data, size_t size)
{
	struct command_source *source = self;
	struct state_reader reader = state_reader_of(data, size);
	struct booked booked = {0};
	int r = -EBADMSG;

	(void)window;
	if (version == COMMAND_STATE_VERSION) {
		booked_restore(&booked, &reader);
		r = state_reader_finish(&reader);
	}
	if (r < 0) {
		booked_release(&booked);
		return r;
	}
	booked_release(&source->booked);
	source->booked = booked;
	return 0;
}

const struct source_ops command_source_ops = {
	.name = "command",
	.version = COMMAND_STATE_VERSION,
	.rank = SOURCE_RANK_PROCESS, /* it claims nothing */
	.init = command_init,
	.free = command_free,
	.event_fd = event_fd,
	.on_event = on_event,
	.observe = observe,
	.book = book,
	.save = save,
	.restore = restore,
};

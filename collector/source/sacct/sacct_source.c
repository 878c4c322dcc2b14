/* When it asks, what becomes of the answer, and what is said about it. */
#include "collector/source/sacct/sacct_source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config.h"
#include "collector/source/name.h"
#include "collector/source/run.h"
#include "collector/source/sacct/answer.h"
#include "collector/source/sacct/jobs.h"
#include "collector/source/sacct/query.h"
#include "collector/source/watched_file.h"
#include "collector/tick.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/usage_interval.h"
#include "hubmeter/cleanup.h"

/* Intervals on their way at once: they stand in every record of the spool until they are sent. */
#define PART_MAX 4096u

#define SACCT_STATE_VERSION 1u

#define USEC_PER_SEC 1000000
#define DAY_SEC	     86400
#define FILE_STALE_SEC                                                                             \
	(400 * DAY_SEC) /* a file may tell of a job at its start and its end only                  \
			 */
#define WORKLOAD_SIZE  (SACCT_CLUSTER_MAX + 24u)
#define FILE_DELIMITER "|"

struct sacct_source {
	const struct config *config;
	const struct clock *clock;
	struct run run;
	char delimiter[QUERY_DELIMITER_MAX];
	struct query query;
	struct jobs jobs;
	struct answer answer; /* that is being booked */
	bool has_answer;
	int64_t asked_sec; /* when it was asked for: nothing in it is later */
	int64_t last_tick; /* of sacct_interval, in which a round began */
	struct watched_file file;

	/* said once for each answer, or for each new reason */
	size_t n_shrunk, n_waiting;
	char shrunk[WORKLOAD_SIZE]; /* the first one */
	const char *last_reason;    /* for which lines were refused */
	char last_error[2 * RUN_ERROR_SIZE];
};

static int64_t now_sec(const struct sacct_source *source)
{
	return clock_realtime_usec(source->clock) / USEC_PER_SEC;
}

/* Nothing is asked for that ended long before this source was. */
static int sacct_init(const struct source_context *context, void **ret)
{
	const struct config *config = context->config;
	struct sacct_source *source;
	int r;

	if (!config->sacct_command[0] && !config->sacct_file[0])
		return -ENOENT;
	source = calloc(1, sizeof(*source));
	if (!source)
		return -ENOMEM;
	source->config = config;
	source->clock = context->clock;
	source->last_tick = INT64_MIN;
	source->query.done_sec = now_sec(source);
	jobs_init(&source->jobs, hash_random_seed(), source->query.done_sec - QUERY_OVERLAP_SEC);
	r = run_init(&source->run);
	if (r < 0) {
		free(source);
		return r;
	}
	*ret = source;
	return 0;
}

static void sacct_free(void *self)
{
	struct sacct_source *source = self;

	run_release(&source->run);
	answer_clear(&source->answer);
	jobs_release(&source->jobs);
	free(source);
}

/* ------------------------------------------------------------------------ what is said */

static bool is_file(const struct sacct_source *source)
{
	return *source->config->sacct_file != '\0';
}

static const char *subject(const struct sacct_source *source)
{
	return is_file(source) ? source->config->sacct_file : source->config->sacct_command;
}

/* Each new reason once, and once that it is over. */
static void note_result(struct sacct_source *source, const char *error)
{
	char quoted_subject[LOG_QUOTED_SIZE], quoted[LOG_QUOTED_SIZE];

	if (*error && strcmp(error, source->last_error) != 0)
		log_event(LOG_PRIORITY_ERROR, "sacct_failed",
			"sacct=%s reason=%s consequence=\"jobs are counted once it answers\"",
			log_quote(quoted_subject, subject(source)), log_quote(quoted, error));
	if (!*error && source->last_error[0])
		log_event(LOG_PRIORITY_NOTICE, "sacct_recovered", "sacct=%s",
			log_quote(quoted_subject, subject(source)));
	(void)snprintf(source->last_error, sizeof(source->last_error), "%s", error);
}

static void note_refused(struct sacct_source *source)
{
	const struct answer *answer = &source->answer;
	char quoted[LOG_QUOTED_SIZE];

	if (answer->reason && answer->reason != source->last_reason)
		log_event(LOG_PRIORITY_WARNING, "sacct_refused",
			"lines=%zu first=%" PRIu32
			" reason=%s consequence=\"these are not counted\"",
			answer->n_refused, answer->refused, log_quote(quoted, answer->reason));
	source->last_reason = answer->reason;
}

static void note_booked(struct sacct_source *source)
{
	if (source->n_shrunk > 0)
		log_event(LOG_PRIORITY_NOTICE, "sacct_shrank",
			"jobs=%zu first=%s consequence=\"what was sent of them stays; what comes "
			"on top pays it first\"",
			source->n_shrunk, source->shrunk);
	if (source->n_waiting > 0)
		log_event(LOG_PRIORITY_WARNING, "sacct_full",
			"jobs=%zu max=%u consequence=\"these are counted when others ended\"",
			source->n_waiting, JOBS_MAX);
	source->n_shrunk = source->n_waiting = 0;
}

/* ------------------------------------------------------------------------ the answer */

/* All of it is noted. Without memory to forget with, that is done behind the next one. */
static void finish_answer(struct sacct_source *source)
{
	int64_t stale = source->asked_sec - FILE_STALE_SEC;
	int64_t before = source->asked_sec;

	note_booked(source);
	answer_clear(&source->answer);
	source->has_answer = false;
	if (!is_file(source)) {
		bool is_over = query_accept(&source->query);

		before = source->query.from_sec;
		if (is_over && source->query.is_deep)
			stale = source->query.end_sec - QUERY_OVERLAP_SEC - DAY_SEC;
	}
	(void)jobs_forget(&source->jobs, before, stale);
}

static void take_answer(struct sacct_source *source, struct buffer *text, const char *delimiter)
{
	int r = answer_take(&source->answer, text, delimiter, &source->jobs, source->asked_sec);

	note_result(source, r < 0 ? strerror(-r) : "");
	if (r < 0) {
		query_give_up(&source->query);
		return;
	}
	note_refused(source);
	source->has_answer = true;
	if (answer_is_empty(&source->answer))
		finish_answer(source);
}

static int event_fd(const void *self)
{
	return run_fd(&((const struct sacct_source *)self)->run);
}

static bool is_too_large(const struct run *run)
{
	return run->output.size + 65536 > RUN_OUTPUT_MAX; /* run.c reads as much at a time */
}

/* A program that is over wants a pass, so that what it said is sent with the next window. */
static bool on_event(void *self)
{
	struct sacct_source *source = self;

	if (!run_work(&source->run))
		return false;
	if (!source->run.error[0]) {
		take_answer(source, &source->run.output, source->delimiter);
	} else if (!is_too_large(&source->run) || query_shorten(&source->query) < 0) {
		note_result(source, source->run.error);
		query_give_up(&source->query);
	}
	buffer_release(&source->run.output); /* it may be large, and is not needed for minutes */
	return true;
}

/* ------------------------------------------------------------------------ the question */

static void ask(struct sacct_source *source)
{
	const struct config *config = source->config;
	char words[QUERY_SIZE];
	int r;

	source->asked_sec = now_sec(source);
	query_delimiter(hash_random_seed(), source->delimiter);
	r = query_format(
		&source->query, config->sacct_command, config->sacct_tag, source->delimiter, words);
	if (r == 0)
		r = run_start(&source->run, words, config->command_timeout);
	if (r == 0)
		return;
	note_result(source, source->run.error[0] ? source->run.error : strerror(-r));
	query_give_up(&source->query);
}

/* A file that is not there yet, or the same as before, says nothing. */
static void read_file(struct sacct_source *source)
{
	struct buffer buffer = BUFFER_INIT(SACCT_FILE_MAX);
	int r = watched_file_read(&source->file, source->config->sacct_file, &buffer);

	if (r == -E2BIG) {
		note_result(source, "more than 64 MiB: report less at a time");
	} else if (r < 0) {
		note_result(source, strerror(-r));
	} else if (r > 0) {
		source->asked_sec = now_sec(source);
		take_answer(source, &buffer, FILE_DELIMITER);
		watched_file_keep(&source->file);
	}
	buffer_release(&buffer);
}

/* A round begins once in each sacct_interval; its steps follow each other. */
static int observe(void *self, const struct source_pass *pass)
{
	struct sacct_source *source = self;
	int64_t now_usec = clock_realtime_usec(source->clock);
	int64_t tick = tick_number(now_usec, source->config->sacct_interval);

	(void)pass;
	if (source->run.pid > 0 || source->has_answer)
		return 0;
	if (!source->query.is_under_way) {
		if (tick == source->last_tick)
			return 0;
		source->last_tick = tick;
		if (!is_file(source))
			query_begin(&source->query, now_usec / USEC_PER_SEC);
	}
	if (is_file(source))
		read_file(source);
	else
		ask(source);
	return 0;
}

/* ------------------------------------------------------------------------ the report */

static uint64_t *quantity(struct usage_interval *interval, enum usage_column column)
{
	return &interval->quantity[column - USAGE_FIRST_QUANTITY];
}

static struct usage_interval interval_of(const struct job_difference *d)
{
	struct usage_interval interval = {.server = "",
		.kind = HM_WORKLOAD_KIND_JOB,
		.start_usec = d->start_sec * USEC_PER_SEC,
		.end_usec = d->end_sec * USEC_PER_SEC};

	*quantity(&interval, USAGE_COLUMN_CPU_CORE_SECONDS) = d->used_usec;
	*quantity(&interval, USAGE_COLUMN_CPU_RESERVED_CORE_SECONDS) = d->cpu_sec * USEC_PER_SEC;
	*quantity(&interval, USAGE_COLUMN_MEMORY_RESERVED_MIB_SECONDS) = d->memory_mib_sec;
	*quantity(&interval, USAGE_COLUMN_GPU_RESERVED_SECONDS) = d->gpu_sec * 1000;
	return interval;
}

static void format_workload(const struct sacct_line *line, char workload[WORKLOAD_SIZE])
{
	(void)snprintf(workload, WORKLOAD_SIZE, "%.*s/%" PRIu64, (int)line->cluster.size,
		line->cluster.data, line->dbindex);
}

static int report(const struct sacct_source *source, const struct sacct_line *line,
	const struct job_difference *d, struct reported *reported)
{
	const char *class = source->config->sacct_class;
	struct usage_interval interval = interval_of(d);
	hm_cleanup(hm_freep) char *node = strndup(line->cluster.data, line->cluster.size);
	hm_cleanup(hm_freep) char *user = name_copy(line->user.data, line->user.size);
	hm_cleanup(hm_freep) char *tag = name_copy(line->tag.data, line->tag.size);
	hm_cleanup(hm_freep) char *partition =
		name_copy(line->partition.data, line->partition.size);
	char workload[WORKLOAD_SIZE];

	if (!node || !user || !tag || !partition)
		return -ENOMEM;
	format_workload(line, workload);
	interval.hub = source->config->hub;
	interval.node = node;
	interval.workload = workload;
	interval.username = user;
	interval.tag = tag;
	interval.resource_class = *class ? class : partition;
	return reported_add(reported, &interval);
}

static void note_job(
	struct sacct_source *source, const struct sacct_line *line, const struct job_difference *d)
{
	jobs_note(&source->jobs, &d->next);
	if (d->owes_more && source->n_shrunk++ == 0)
		format_workload(line, source->shrunk);
}

/* -ENOMEM: as if it had not been tried. A line that nothing can be made of is passed over. */
static int book_line(
	struct sacct_source *source, const struct sacct_line *line, struct reported *reported)
{
	struct job_difference d;
	int r = jobs_difference(&source->jobs, line, source->asked_sec, &d);

	if (r < 0)
		return 0;
	r = jobs_reserve(&source->jobs);
	if (r == -ENOSPC) {
		source->n_waiting++;
		return 0;
	}
	if (r == 0 && d.end_sec > d.start_sec)
		r = report(source, line, &d, reported);
	if (r == 0)
		note_job(source, line, &d);
	return r == -ENOMEM ? r : 0;
}

/* The next part of the answer; without memory the next pass goes on where this one stopped. */
static void book(void *self, struct window *window, const struct claims *claims,
	const struct source_pass *pass)
{
	struct sacct_source *source = self;
	struct answer *answer = &source->answer;

	(void)claims;
	(void)pass;
	if (!source->has_answer || reported_is_pending(&window->reported))
		return;
	for (unsigned int i = 0; i < PART_MAX && !answer_is_empty(answer); i++) {
		if (book_line(source, &answer->line[answer->next].line, &window->reported) < 0)
			return;
		answer->next++;
	}
	if (answer_is_empty(answer))
		finish_answer(source);
}

/* ------------------------------------------------------------------------ the section */

static int save(const void *self, struct buffer *section)
{
	const struct sacct_source *source = self;
	struct state_writer writer = {.buffer = section};

	state_put_time(&writer, source->query.done_sec);
	jobs_save(&source->jobs, &writer);
	return writer.error;
}

static int restore(
	void *self, struct window *window, uint32_t version, const void *data, size_t size)
{
	struct sacct_source *source = self;
	struct state_reader reader = state_reader_of(data, size);
	struct jobs jobs;
	int64_t done_sec;
	int r = -EBADMSG;

	(void)window;
	jobs_init(&jobs, hash_random_seed(), 0);
	done_sec = state_get_time(&reader);
	if (version == SACCT_STATE_VERSION) {
		jobs_restore(&jobs, &reader);
		r = state_reader_finish(&reader);
	}
	if (r == 0 && done_sec < 0)
		r = -EBADMSG;
	if (r < 0) {
		jobs_release(&jobs);
		return r;
	}
	jobs_release(&source->jobs);
	source->jobs = jobs;
	source->query.done_sec = done_sec;
	return 0;
}

const struct source_ops sacct_source_ops = {
	.name = "sacct",
	.version = SACCT_STATE_VERSION,
	.rank = SOURCE_RANK_PROCESS, /* it claims nothing */
	.init = sacct_init,
	.free = sacct_free,
	.event_fd = event_fd,
	.on_event = on_event,
	.observe = observe,
	.book = book,
	.save = save,
	.restore = restore,
};

/* Names follow Prometheus's conventions (https://prometheus.io/docs/practices/naming/). */
#include "aggregator/loop/figures.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/loop/lag.h"
#include "common/log.h"
#include "hubmeter/cleanup.h"
#include "hubmeter/version.h"

#define PAGE_EVERY_USEC (2 * 1000 * 1000)

#define PREFIX "hubmeter_aggregator_"

static const struct metric build_info = {
	PREFIX "build_info", METRIC_GAUGE, "Always 1; which version it is"};
static const struct metric messages = {PREFIX "messages_total", METRIC_COUNTER,
	"Messages taken: rolled up, duplicate or quarantined"};
static const struct metric rows = {PREFIX "rows_total", METRIC_COUNTER, "Rows rolled up"};
static const struct metric duplicates = {
	PREFIX "duplicates_total", METRIC_COUNTER, "Batches dropped because they came before"};
static const struct metric quarantined = {
	PREFIX "quarantined_total", METRIC_COUNTER, "Messages put into quarantine"};
static const struct metric gaps = {
	PREFIX "gaps_total", METRIC_COUNTER, "Runs of batches found missing in a stream"};
static const struct metric commits = {
	PREFIX "commits_total", METRIC_COUNTER, "Transactions committed"};
static const struct metric commit_failures = {
	PREFIX "commit_failures_total", METRIC_COUNTER, "Attempts to commit that failed"};
static const struct metric commit_seconds = {
	PREFIX "commit_seconds_total", METRIC_COUNTER, "Time spent on committing, also in vain"};
static const struct metric commit_keys = {PREFIX "commit_keys_total", METRIC_COUNTER,
	"Distinct keys in what was committed: what a commit costs"};
static const struct metric last_commit = {PREFIX "last_commit_timestamp_seconds", METRIC_GAUGE,
	"When was committed last, or the process started"};
static const struct metric gathered_keys = {
	PREFIX "gathered_keys", METRIC_GAUGE, "Distinct keys that wait to be committed"};
static const struct metric gathered_bytes = {
	PREFIX "gathered_bytes", METRIC_GAUGE, "Memory of what waits to be committed"};
static const struct metric partitions = {
	PREFIX "partitions", METRIC_GAUGE, "Partitions the group gave to this process"};
static const struct metric lag = {
	PREFIX "lag_messages", METRIC_GAUGE, "Messages known of but not taken, of partitions read"};
static const struct metric up = {
	PREFIX "up", METRIC_GAUGE, "1: it answered when it was needed last, 0: it is away"};

int figures_init(struct figures *figures)
{
	const int64_t now = clock_monotonic_usec(figures->clock);
	int r;

	figures->page = (struct page)PAGE_INIT;
	figures->page_usec = now;
	figures->stats_usec = now + figures->config->stats_interval;
	if (figures->config->metrics_listen[0] == '\0')
		return 0;
	r = endpoint_new(figures->config->metrics_listen, &figures->endpoint);
	if (r == 0)
		log_event(LOG_PRIORITY_INFO, "metrics", "port=%u",
			(unsigned)endpoint_port(figures->endpoint));
	return r;
}

void figures_log(struct figures *figures)
{
	const struct ingest_counters *now = &figures->ingest->counters;
	const struct ingest_counters *then = &figures->logged;

	log_event(LOG_PRIORITY_INFO, "stats",
		"messages=%" PRIu64 " rows=%" PRIu64 " duplicates=%" PRIu64 " quarantined=%" PRIu64
		" gaps=%" PRIu64 " flushes=%" PRIu64 " partitions=%zu lag=%" PRIu64,
		now->messages - then->messages, now->rows - then->rows,
		now->duplicates - then->duplicates, now->refused - then->refused,
		now->gaps - then->gaps, figures->flush->totals.commits - figures->logged_commits,
		figures->ingest->n_partitions, lag_of_all(figures->consume, figures->ingest));
	figures->logged = *now;
	figures->logged_commits = figures->flush->totals.commits;
	figures->stats_usec =
		clock_monotonic_usec(figures->clock) + figures->config->stats_interval;
}

static void put_counters(struct page *page, const struct ingest_counters *counters)
{
	page_put(page, &messages, NULL, counters->messages);
	page_put(page, &rows, NULL, counters->rows);
	page_put(page, &duplicates, NULL, counters->duplicates);
	page_put(page, &quarantined, NULL, counters->refused);
	page_put(page, &gaps, NULL, counters->gaps);
}

static void put_commits(struct page *page, const struct flush *flush)
{
	page_put(page, &commits, NULL, flush->totals.commits);
	page_put(page, &commit_failures, NULL, flush->totals.failures);
	page_put_usec(page, &commit_seconds, NULL, (uint64_t)flush->totals.spent_usec);
	page_put(page, &commit_keys, NULL, flush->totals.keys);
	page_put_usec(page, &last_commit, NULL, (uint64_t)flush->totals.last_usec);
	page_put(page, &gathered_keys, NULL, flush_waiting_keys(flush));
	page_put(page, &gathered_bytes, NULL, flush_waiting_bytes(flush));
}

static void put_partitions(struct page *page, const struct takeover *takeover)
{
	static const struct {
		enum ingest_reading reading;
		const char *name;
	} state[] = {{INGEST_READING_GOES_ON, "reading"}, {INGEST_READING_WAITS, "waiting"},
		{INGEST_READING_STOPPED, "stopped"}};

	for (size_t i = 0; i < sizeof(state) / sizeof(state[0]); i++)
		page_put(page, &partitions, &(struct metric_label){"state", state[i].name},
			takeover_count(takeover, state[i].reading));
}

struct hub_lag {
	const char *hub;
	uint64_t messages;
};

static int compare_hubs(const void *a, const void *b)
{
	return strcmp(((const struct hub_lag *)a)->hub, ((const struct hub_lag *)b)->hub);
}

/* A sample for each hub. Without memory there is none this time. */
static void put_lag(struct page *page, const struct figures *figures)
{
	const struct ingest *ingest = figures->ingest;
	const size_t count = ingest->n_partitions;
	hm_cleanup(hm_freep) struct hub_lag *of = calloc(count + 1, sizeof(*of));

	if (!of)
		return;
	for (size_t i = 0; i < count; i++)
		of[i] = (struct hub_lag){
			ingest->partition[i].hub, lag_of(figures->consume, &ingest->partition[i])};
	qsort(of, count, sizeof(*of), compare_hubs);
	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count && compare_hubs(&of[i], &of[i + 1]) == 0)
			of[i + 1].messages += of[i].messages;
		else
			page_put(page, &lag, &(struct metric_label){"hub", of[i].hub},
				of[i].messages);
	}
}

static void publish(struct figures *figures, bool kafka_is_away)
{
	struct page *page = &figures->page;
	const bool postgres_is_away =
		figures->flush->outage.is_on ||
		(figures->takeover->outage.is_on && !figures->takeover->is_kafkas);

	page_clear(page);
	page_put(page, &build_info, &(struct metric_label){"version", HUBMETER_VERSION}, 1);
	put_counters(page, &figures->ingest->counters);
	put_commits(page, figures->flush);
	put_partitions(page, figures->takeover);
	put_lag(page, figures);
	page_put(page, &up, &(struct metric_label){"of", "kafka"}, !kafka_is_away);
	page_put(page, &up, &(struct metric_label){"of", "postgres"}, !postgres_is_away);
	page_put_process(page);
	endpoint_publish(figures->endpoint, page);
}

void figures_tell(struct figures *figures, bool kafka_is_away)
{
	const int64_t now = clock_monotonic_usec(figures->clock);

	if (now >= figures->stats_usec)
		figures_log(figures);
	if (!figures->endpoint || now < figures->page_usec)
		return;
	publish(figures, kafka_is_away);
	figures->page_usec = now + PAGE_EVERY_USEC;
}

void figures_release(struct figures *figures)
{
	endpoint_free(figures->endpoint);
	figures->endpoint = NULL;
	page_release(&figures->page);
}

/* Names follow Prometheus's conventions (https://prometheus.io/docs/practices/naming/). */
#include "collector/figures.h"

#include <errno.h>

#include "collector/gpu/gpu.h"
#include "common/log.h"
#include "hubmeter/version.h"

#define PREFIX "hubmeter_collector_"

static const struct metric build_info = {
	PREFIX "build_info", METRIC_GAUGE, "Always 1; which version it is"};
static const struct metric samples = {PREFIX "samples_total", METRIC_COUNTER, "Samples taken"};
static const struct metric sample_failures = {
	PREFIX "sample_failures_total", METRIC_COUNTER, "Samples that failed"};
static const struct metric sample_seconds = {
	PREFIX "sample_seconds_total", METRIC_COUNTER, "Time spent on samples"};
static const struct metric sample_lag = {PREFIX "sample_lag_seconds_total", METRIC_COUNTER,
	"Time by which samples came after they were due"};
static const struct metric last_sample = {
	PREFIX "last_sample_timestamp_seconds", METRIC_GAUGE, "When a sample was taken last"};
static const struct metric workloads = {
	PREFIX "workloads", METRIC_GAUGE, "Workloads that are metered, by source"};
static const struct metric cpu = {PREFIX "node_cpu_seconds_total", METRIC_COUNTER,
	"CPU time of the node in the windows that were written: of workloads, of the system (nobody "
	"claimed it), and as the kernel measured it"};
static const struct metric gpus = {
	PREFIX "gpus", METRIC_GAUGE, "GPUs that the driver tells of, by what is known of them"};
static const struct metric spool_size = {
	PREFIX "spool_bytes", METRIC_GAUGE, "Size of the spool's files"};
static const struct metric spool_max = {
	PREFIX "spool_max_bytes", METRIC_GAUGE, "Size at which what waits is merged"};
static const struct metric spool_records = {
	PREFIX "spool_records", METRIC_GAUGE, "Records that Kafka has not acknowledged"};
static const struct metric spool_oldest = {PREFIX "spool_oldest_timestamp_seconds", METRIC_GAUGE,
	"When the window of the first of them ended; none if all is acknowledged"};
static const struct metric spool_full = {PREFIX "spool_full", METRIC_GAUGE,
	"1: the spool was full, and what waited then is not acknowledged yet"};
static const struct metric written = {
	PREFIX "records_written_total", METRIC_COUNTER, "Records written into the spool"};
static const struct metric sent = {PREFIX "records_sent_total", METRIC_COUNTER,
	"Records handed to Kafka's client; one that is sent again counts again"};
static const struct metric acknowledged = {
	PREFIX "records_acknowledged_total", METRIC_COUNTER, "Records that Kafka has acknowledged"};
static const struct metric refused = {PREFIX "records_refused_total", METRIC_COUNTER,
	"Records that Kafka refused and that were set aside"};
static const struct metric merged = {PREFIX "records_merged_total", METRIC_COUNTER,
	"Records that were merged because the spool was full; nothing is lost"};
static const struct metric lost = {PREFIX "records_lost_total", METRIC_COUNTER,
	"Records that were lost before they were acknowledged"};
static const struct metric last_acknowledged = {PREFIX "last_acknowledged_timestamp_seconds",
	METRIC_GAUGE, "When Kafka acknowledged last, or the process started"};
static const struct metric up = {
	PREFIX "up", METRIC_GAUGE, "1: it works as far as is known, 0: it is away"};

/* -EADDRINUSE may pass, and so may an address that the network does not have yet. */
static bool may_pass(int error)
{
	return error != -ELIBACC && error != -ELIBBAD && error != -EINVAL;
}

static void say_refused(struct figures *figures, int error)
{
	char quoted[LOG_QUOTED_SIZE];

	if (!figures->is_refused)
		log_event(LOG_PRIORITY_ERROR, "metrics_refused",
			"address=%s reason=%s consequence=\"metering goes on, nobody is told of it%s\"",
			figures->listen, log_quote(quoted, endpoint_error_text(error)),
			may_pass(error) ? "; tried again every minute" : "");
	figures->is_refused = true;
}

static void listen_at_address(struct figures *figures)
{
	int r = endpoint_new(figures->listen, &figures->endpoint);

	figures->again_usec = INT64_MAX;
	if (r == 0) {
		log_event(LOG_PRIORITY_INFO, "metrics", "port=%u",
			(unsigned)endpoint_port(figures->endpoint));
		return;
	}
	say_refused(figures, r);
	if (may_pass(r))
		figures->again_usec = clock_monotonic_usec(figures->clock) + FIGURES_AGAIN_USEC;
}

void figures_init(struct figures *figures)
{
	figures->page = (struct page)PAGE_INIT;
	figures->spool.acknowledged_usec = clock_realtime_usec(figures->clock);
	figures->again_usec = INT64_MAX;
	if (figures_are_wanted(figures))
		listen_at_address(figures);
}

bool figures_are_wanted(const struct figures *figures)
{
	return figures->listen && *figures->listen;
}

void figures_add_sample(struct figures *figures, bool is_taken, int64_t spent_usec)
{
	struct figures_samples *all = &figures->samples;

	all->n += is_taken;
	all->n_failed += !is_taken;
	all->spent_usec += (uint64_t)spent_usec;
	if (is_taken)
		all->last_usec = clock_realtime_usec(figures->clock);
}

void figures_add_lag(struct figures *figures, int64_t lag_usec)
{
	if (lag_usec > 0)
		figures->samples.lag_usec += (uint64_t)lag_usec;
}

/* ------------------------------------------------------------------------------- what is shown */

static void put_workloads(void *context, const char *source, size_t count)
{
	page_put(context, &workloads, &(struct metric_label){"source", source}, count);
}

static void put_samples(struct page *page, const struct figures_samples *all)
{
	page_put(page, &samples, NULL, all->n);
	page_put(page, &sample_failures, NULL, all->n_failed);
	page_put_usec(page, &sample_seconds, NULL, all->spent_usec);
	page_put_usec(page, &sample_lag, NULL, all->lag_usec);
	if (all->last_usec > 0)
		page_put_usec(page, &last_sample, NULL, (uint64_t)all->last_usec);
}

static void put_cpu(struct page *page, const struct meter_totals *totals)
{
	page_put_usec(
		page, &cpu, &(struct metric_label){"of", "workloads"}, totals->cpu_workloads_usec);
	page_put_usec(page, &cpu, &(struct metric_label){"of", "system"}, totals->cpu_system_usec);
	page_put_usec(
		page, &cpu, &(struct metric_label){"of", "measured"}, totals->cpu_measured_usec);
}

/* Where there never were GPUs there is nothing to be watched. */
static void put_gpus(struct page *page, const struct gpu_figures *of)
{
	page_put(page, &gpus, &(struct metric_label){"state", "metered"}, of->n_metered);
	page_put(page, &gpus, &(struct metric_label){"state", "sliced"}, of->n_sliced);
	page_put(page, &gpus, &(struct metric_label){"state", "unreadable"}, of->n_unreadable);
}

static void put_spool(struct page *page, const struct figures_spool *spool, uint64_t n_written)
{
	page_put(page, &spool_size, NULL, spool->bytes);
	page_put(page, &spool_max, NULL, spool->max_bytes);
	page_put(page, &spool_records, NULL, spool->waiting);
	if (spool->sent.oldest_usec > 0)
		page_put_usec(page, &spool_oldest, NULL, (uint64_t)spool->sent.oldest_usec);
	page_put(page, &spool_full, NULL, spool->is_full);
	page_put(page, &written, NULL, n_written);
	page_put(page, &sent, NULL, spool->sent.n_sent);
	page_put(page, &acknowledged, NULL, spool->sent.n_acknowledged);
	page_put(page, &refused, NULL, spool->n_refused);
	page_put(page, &merged, NULL, spool->n_merged);
	page_put(page, &lost, NULL, spool->n_lost);
	if (spool->acknowledged_usec > 0)
		page_put_usec(page, &last_acknowledged, NULL, (uint64_t)spool->acknowledged_usec);
}

static void make_page(struct figures *figures, bool is_hanging)
{
	const struct gpu *gpu = meter_gpu(figures->meter);
	const struct gpu_figures of = gpu ? gpu_figures(gpu) : (struct gpu_figures){0};
	const struct meter_totals totals = meter_totals(figures->meter);
	struct page *page = &figures->page;

	page_clear(page);
	page_put(page, &build_info, &(struct metric_label){"version", HUBMETER_VERSION}, 1);
	put_samples(page, &figures->samples);
	meter_count(figures->meter, put_workloads, page);
	put_cpu(page, &totals);
	if (of.has_driver)
		put_gpus(page, &of);
	put_spool(page, &figures->spool, figures->writer->n_written);
	page_put(page, &up, &(struct metric_label){"of", "kafka"}, !figures->spool.sent.is_away);
	page_put(page, &up, &(struct metric_label){"of", "spool"},
		!is_hanging && !figures->writer->is_failing);
	if (of.has_driver)
		page_put(page, &up, &(struct metric_label){"of", "gpu_driver"}, !of.is_away);
	page_put_process(page);
}

void figures_tell(struct figures *figures, bool is_hanging)
{
	const int64_t now = clock_monotonic_usec(figures->clock);

	if (!figures->endpoint && now >= figures->again_usec)
		listen_at_address(figures);
	if (!figures->endpoint)
		return;
	make_page(figures, is_hanging);
	endpoint_publish(figures->endpoint, &figures->page);
	figures->page_usec = now;
}

/* ---------------------------------------------------------------------------- what is taken down
 */

static void look_at_spool(struct figures *figures)
{
	const struct spool *spool = figures->writer->spool;
	struct figures_spool *now = &figures->spool;

	now->is_full = window_writer_is_full(figures->writer);
	now->max_bytes = spool->config.max_size;
	now->waiting = spool_waiting(spool);
	now->n_refused = spool->n_refused;
	now->n_merged = spool->n_merged;
	now->n_lost = spool->n_lost + figures->writer->n_missing;
}

void figures_look(struct figures *figures, uint64_t bytes_of_spool)
{
	const struct publisher_figures sent_now = publisher_figures(figures->publisher);

	if (!figures_are_wanted(figures))
		return;
	if (sent_now.n_acknowledged != figures->spool.sent.n_acknowledged)
		figures->spool.acknowledged_usec = clock_realtime_usec(figures->clock);
	figures->spool.sent = sent_now;
	figures->spool.bytes = bytes_of_spool;
	look_at_spool(figures);
	if (clock_monotonic_usec(figures->clock) - figures->page_usec >= FIGURES_PAGE_USEC)
		figures_tell(figures, false); /* it has just answered */
}

void figures_release(struct figures *figures)
{
	endpoint_free(figures->endpoint);
	figures->endpoint = NULL;
	page_release(&figures->page);
}

/* The spool around the meter around the loop: what was opened last is closed first. */
#include "collector/metering.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/loop.h"
#include "collector/publish/publish.h"
#include "collector/window_writer.h"
#include "common/log.h"
#include "hubmeter/version.h"

static int fail(const char *act, const char *subject, const char *reason)
{
	fprintf(stderr, "hubmeter-collector: %s \"%s\": %s\n", act, subject, reason);
	return EXIT_FAILURE;
}

static int run_loop(struct settings *settings, struct spool *spool, struct meter *meter)
{
	const struct config *config = &settings->config;
	struct publisher_config publish = {
		config->hub, config->node, &config->kafka, &clock_system, meter_boot_id(meter)};
	struct loop_config timing;
	struct publisher *publisher;
	struct window_writer writer;
	char error[512] = "out of memory";
	bool is_idle, is_settled;
	int r = publisher_new(&publish, spool, clock_boottime_usec(&clock_system), error,
		sizeof(error), &publisher);

	if (r < 0)
		return fail("can't start the Kafka producer for hub", config->hub, error);
	window_writer_init(&writer, meter, spool);
	settings_timing(settings, &clock_system, &timing);
	r = loop_run(&timing, meter, &writer, publisher);
	if (r == -ETIMEDOUT)
		_Exit(EXIT_FAILURE); /* it was said; a thread that waits for a disk can't be ended
				      */
	is_idle = publisher_is_idle(publisher);
	is_settled = window_writer_settle(&writer) == 0;
	window_writer_release(&writer);
	publisher_free(publisher);
	if (r < 0)
		return fail("can't run the event loop of hub", config->hub, strerror(-r));
	if (!is_settled)
		return EXIT_FAILURE; /* it logged */
	if (config->once && !is_idle)
		return fail("batch not acknowledged in time, it stays in spool", config->spool,
			"Kafka did not answer; run again, or see the log above");
	return EXIT_SUCCESS;
}

static int run_meter(struct settings *settings, struct spool *spool, const struct buffer *state)
{
	const struct config *config = &settings->config;
	struct meter *meter;
	int r = meter_new(config, &clock_system, sources_all, &meter);

	if (r < 0)
		return fail("can't meter processes of", config->proc, strerror(-r));
	log_event(LOG_PRIORITY_NOTICE, "started",
		"version=%s hub=%s node=%s next_sequence=%" PRIu64 " unacknowledged=%" PRIu64
		" torn_bytes=%" PRIu64,
		HUBMETER_VERSION, config->hub, config->node, spool->next_sequence,
		spool_waiting(spool), spool->torn_bytes);
	r = window_writer_resume(meter, spool, state);
	r = r < 0 ? fail("can't begin a new stream in", config->spool, strerror(-r))
		  : run_loop(settings, spool, meter);
	meter_free(meter);
	return r;
}

int metering(struct settings *settings)
{
	const struct config *config = &settings->config;
	struct buffer state = BUFFER_INIT(SPOOL_RECORD_MAX_SIZE);
	struct spool_config spooling;
	struct spool spool;
	int r;

	settings_spooling(settings, &spooling);
	r = spool_open(&spool, &spooling, &state);
	if (r == 0) {
		r = run_meter(settings, &spool, &state);
		spool_close(&spool);
	} else {
		r = fail("can't open spool", config->spool, spool_error_text(r));
	}
	buffer_release(&state);
	return r;
}

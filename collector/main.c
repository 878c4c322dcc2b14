/* hubmeter-collector: wires the meter, the spool, the publisher and the loop. */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/explain.h"
#include "collector/libraries.h"
#include "collector/publish/publish.h"
#include "collector/settings.h"
#include "collector/spool/dump.h"
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

static int run_spool(struct settings *settings)
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

int main(int argc, char **argv)
{
	struct settings settings;
	struct config *config = &settings.config;
	enum option_action action;
	int r = 0;

	(void)mallopt(M_ARENA_MAX, 1);	/* a hint: librdkafka's threads would take one arena each */
	(void)signal(SIGXFSZ, SIG_IGN); /* a file size limit is a write that fails */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN); /* until there is something to reload */
	action = settings_parse(&settings, argc, argv, libraries, stdout, stderr);
	if (action != OPTION_ACTION_RUN)
		return action == OPTION_ACTION_EXIT_OK ? EXIT_SUCCESS : 2;
	if (config->explain)
		r = explain(config, sources_all, stdout) < 0 ? EXIT_FAILURE : 0; /* it was said */
	else if (!*config->dump_spool)
		r = run_spool(&settings);
	else if (dump_spool(config->dump_spool, config->rows, stdout, stderr) < 0)
		r = EXIT_FAILURE; /* it was said */
	config_release(config);
	return r;
}

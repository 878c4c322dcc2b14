/*
 * Messages never time out inside librdkafka (common/kafka/settings.c), so patience is counted here,
 * and who loses it takes back whatever is not on its way yet.
 */
#include "cli/broker/producer.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/kafka/servers.h"
#include "common/kafka/settings.h"

#define MAX_IN_FLIGHT_BYTES ((size_t)8 << 20)
#define POLL_MS		    100
#define PARTITION	    0

struct producer {
	rd_kafka_t *rk;
	int64_t patience_usec;
	int64_t progress_usec; /* of the last acknowledgement, or when nothing was on its way */
	size_t in_flight_bytes;
	uint64_t in_flight;
	uint64_t acknowledged;
	bool has_failed;
	char reason[512]; /* what librdkafka said last */
	char error[768];
};

__attribute__((format(printf, 3, 4))) static int fail(
	struct producer *producer, int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(producer->error, sizeof(producer->error), format, arguments);
	va_end(arguments);
	producer->has_failed = true;
	return r;
}

/* Called by rd_kafka_poll() on our thread, as is the next one. */
static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
	struct producer *producer = opaque;

	(void)rk;
	producer->in_flight--;
	producer->in_flight_bytes -= message->len;
	producer->progress_usec = clock_monotonic_usec(&clock_system);
	if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		producer->acknowledged++;
	} else if (!producer->has_failed) {
		(void)fail(producer, -EIO, "%s: %s", rd_kafka_topic_name(message->rkt),
			rd_kafka_err2str(message->err));
	}
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	struct producer *producer = opaque;
	char why[512];

	if (code == RD_KAFKA_RESP_ERR__FATAL) {
		(void)rd_kafka_fatal_error(rk, why, sizeof(why));
		if (!producer->has_failed)
			(void)fail(producer, -EIO, "%s", why);
	} else if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) { /* which explains nothing */
		(void)snprintf(producer->reason, sizeof(producer->reason), "%s", reason);
	}
}

int producer_open(const struct option_pairs *kafka, int64_t patience_usec, struct producer **ret)
{
	struct producer *producer = calloc(1, sizeof(*producer));
	rd_kafka_conf_t *conf;
	char why[256];
	int r;

	if (!producer)
		return -ENOMEM;
	*ret = producer;
	producer->patience_usec = patience_usec;
	if (!kafka_has_servers(kafka))
		return fail(producer, -EINVAL, "no --kafka.bootstrap.servers given");
	conf = rd_kafka_conf_new();
	r = kafka_settings_apply(
		conf, KAFKA_CLIENT_IMPORT, kafka, producer->error, sizeof(producer->error));
	if (r < 0) {
		rd_kafka_conf_destroy(conf);
		return r;
	}
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_opaque(conf, producer);
	producer->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!producer->rk) {
		rd_kafka_conf_destroy(conf);
		return fail(producer, -EINVAL, "%s", why);
	}
	return 0;
}

const char *producer_error(const struct producer *producer)
{
	return producer->error;
}

void producer_free(struct producer *producer)
{
	if (!producer)
		return;
	if (producer->rk) {
		(void)rd_kafka_purge(producer->rk, /* nothing, unless sending failed */
			RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
				RD_KAFKA_PURGE_F_NON_BLOCKING);
		rd_kafka_destroy(producer->rk);
	}
	free(producer);
}

/* Let reports come in until at most @bytes are on their way. */
static int wait_for_reports(struct producer *producer, size_t bytes)
{
	(void)rd_kafka_poll(producer->rk, 0);
	while (producer->in_flight_bytes > bytes && !producer->has_failed) {
		int64_t now = clock_monotonic_usec(&clock_system);

		if (now - producer->progress_usec >= producer->patience_usec)
			return fail(producer, -EIO, "nothing was acknowledged for %lld s%s%s",
				(long long)(producer->patience_usec / 1000000),
				producer->reason[0] ? ": " : "", producer->reason);
		(void)rd_kafka_poll(producer->rk, POLL_MS);
	}
	return producer->has_failed ? -EIO : 0;
}

int producer_send(struct producer *producer, const char *topic, const char *node, const void *data,
	size_t size)
{
	rd_kafka_resp_err_t error;
	int r = wait_for_reports(producer, MAX_IN_FLIGHT_BYTES);

	if (r < 0)
		return r;
	if (producer->in_flight == 0)
		producer->progress_usec = clock_monotonic_usec(&clock_system);
	error = rd_kafka_producev(producer->rk, RD_KAFKA_V_TOPIC(topic),
		RD_KAFKA_V_PARTITION(PARTITION), RD_KAFKA_V_KEY(node, strlen(node)),
		RD_KAFKA_V_VALUE((void *)(uintptr_t)data, size),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return fail(producer, -EIO, "%s: %s", topic, rd_kafka_err2str(error));
	producer->in_flight++;
	producer->in_flight_bytes += size;
	return 0;
}

int producer_finish(struct producer *producer)
{
	return wait_for_reports(producer, 0);
}

uint64_t producer_acknowledged(const struct producer *producer)
{
	return producer->acknowledged;
}

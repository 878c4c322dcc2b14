/* Private to the files of cli/broker/ that ask brokers: the handle, and what its answers are freed
 * with. */
#ifndef CLI_BROKER_PRIVATE_H
#define CLI_BROKER_PRIVATE_H

#include <librdkafka/rdkafka.h>

#define BROKER_ANSWER_MS 5000 /* to answer a question */

struct broker {
	rd_kafka_t *rk;
	char error[512];
	char reason[512]; /* why librdkafka could not connect */
};

/* Note why, for broker_error(). Returns @r. */
int broker_fail(struct broker *broker, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Wait for the answer to an administrator's request, which is about @subject. -EIO: it is an error.
 * The caller destroys *@ret.
 */
int broker_await(struct broker *broker, rd_kafka_queue_t *queue, const char *subject,
	rd_kafka_event_t **ret);

/* @code in words that say what to do where a broker's own do not; @text: its own, may be NULL. */
int broker_refused(
	struct broker *broker, const char *subject, rd_kafka_resp_err_t code, const char *text);

static inline void queue_destroyp(rd_kafka_queue_t **queue)
{
	if (*queue)
		rd_kafka_queue_destroy(*queue);
}

static inline void event_destroyp(rd_kafka_event_t **event)
{
	if (*event)
		rd_kafka_event_destroy(*event);
}

#endif

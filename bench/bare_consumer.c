/*
 * The limit the aggregator is held against: librdkafka alone reading the same topic to its end.
 * Usage: bare_consumer BOOTSTRAP TOPIC. Prints "messages<TAB>N" and "bytes<TAB>N".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <librdkafka/rdkafka.h>

struct tally {
	uint64_t messages;
	uint64_t bytes;
	int partitions_left;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bare_consumer: %s: %s\n", what, why);
	exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char error[256];

	if (rd_kafka_conf_set(conf, name, value, error, sizeof(error)) != RD_KAFKA_CONF_OK)
		die(name, error);
}

static rd_kafka_t *consumer_new(const char *bootstrap)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char error[256];
	rd_kafka_t *rk;

	set(conf, "bootstrap.servers", bootstrap);
	set(conf, "group.id", "hubmeter-bench");
	set(conf, "enable.auto.commit", "false");
	set(conf, "enable.partition.eof", "true");
	set(conf, "check.crcs", "true");
	set(conf, "fetch.wait.max.ms", "10"); /* the end is known as soon as it is reached */
	rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
	if (!rk)
		die("cannot create the consumer", error);
	(void)rd_kafka_poll_set_consumer(rk); /* fails only for a producer */
	return rk;
}

/* Assign every partition of @topic from its beginning; returns how many there are. */
static int assign_all(rd_kafka_t *rk, const char *topic)
{
	rd_kafka_topic_t *handle = rd_kafka_topic_new(rk, topic, NULL);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 0, handle, &metadata, 10000);
	int count;

	if (err)
		die(topic, rd_kafka_err2str(err));
	count = metadata->topics[0].partition_cnt;
	for (int i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(list, topic, i)->offset =
			RD_KAFKA_OFFSET_BEGINNING;
	err = rd_kafka_assign(rk, list);
	if (err)
		die("cannot assign", rd_kafka_err2str(err));
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_topic_destroy(handle);
	return count;
}

static void take(struct tally *tally, const rd_kafka_message_t *message)
{
	if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		tally->partitions_left--;
	} else if (message->err) {
		die("cannot read", rd_kafka_message_errstr(message));
	} else {
		tally->messages++;
		tally->bytes += message->len;
	}
}

int main(int argc, char **argv)
{
	struct tally tally = {0};
	rd_kafka_t *rk;

	if (argc != 3)
		die("usage", "bare_consumer BOOTSTRAP TOPIC");
	rk = consumer_new(argv[1]);
	tally.partitions_left = assign_all(rk, argv[2]);
	while (tally.partitions_left > 0) {
		rd_kafka_message_t *message = rd_kafka_consumer_poll(rk, 1000);

		if (!message)
			continue;
		take(&tally, message);
		rd_kafka_message_destroy(message);
	}
	printf("messages\t%" PRIu64 "\nbytes\t%" PRIu64 "\n", tally.messages, tally.bytes);
	rd_kafka_consumer_close(rk);
	rd_kafka_destroy(rk);
	return 0;
}

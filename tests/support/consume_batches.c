/*
 * consume_batches BOOTSTRAP TOPIC [SETTING=VALUE]...
 *
 * Reads a topic of batches from its beginning to the end that it has now, and prints every message,
 * repeated ones too, as a line of tab-separated text under a line of names: whose it is, which
 * bytes it was (crc32c, size), and the sums of its rows and what its node says, named as by
 * --dump-spool. A SETTING is librdkafka's. Exit status 1: not everything could be read, or a
 * message is no batch.
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/crc32c.h"
#include "common/quantity.h"
#include "proto/wire.h"

#define ARENA_SIZE   ((size_t)32 * 1024 * 1024)
#define TIMEOUT_MSEC 20000

__attribute__((noreturn)) static void give_up(const char *what, const char *why)
{
	(void)fprintf(stderr, "consume_batches: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void apply(rd_kafka_conf_t *conf, char *setting)
{
	char *value = strchr(setting, '=');
	char error[512];

	if (!value)
		give_up(setting, "is no SETTING=VALUE");
	*value++ = '\0';
	if (rd_kafka_conf_set(conf, setting, value, error, sizeof(error)))
		give_up(setting, error);
}

static rd_kafka_t *connect_to(const char *bootstrap, char **settings_of_user)
{
	static const char *const settings[][2] = {{"group.id", "consume_batches"},
		{"enable.auto.commit", "false"}, {"enable.partition.eof", "true"},
		{"auto.offset.reset", "error"}};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *kafka;
	char error[512];

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], error, sizeof(error)))
			give_up(settings[i][0], error);
	if (rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, error, sizeof(error)))
		give_up("bootstrap", error);
	for (; *settings_of_user; settings_of_user++)
		apply(conf, *settings_of_user);
	kafka = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
	if (!kafka)
		give_up("client", error);
	(void)rd_kafka_poll_set_consumer(kafka); /* it is one */
	return kafka;
}

/* Read all partitions from the beginning; how many there are. */
static int assign_all(rd_kafka_t *kafka, const char *name)
{
	rd_kafka_topic_t *topic = rd_kafka_topic_new(kafka, name, NULL);
	rd_kafka_topic_partition_list_t *list;
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t error;
	int count;

	error = rd_kafka_metadata(kafka, 0, topic, &metadata, TIMEOUT_MSEC);
	if (error || metadata->topic_cnt != 1 || metadata->topics[0].err)
		give_up("metadata", rd_kafka_err2str(error ? error : metadata->topics[0].err));
	count = metadata->topics[0].partition_cnt;
	list = rd_kafka_topic_partition_list_new(count);
	for (int i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(list, name, i)->offset =
			RD_KAFKA_OFFSET_BEGINNING;
	error = rd_kafka_assign(kafka, list);
	if (error)
		give_up("assign", rd_kafka_err2str(error));
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(topic);
	return count;
}

static void print_header(void)
{
	fputs("stream\tsequence\tcrc\tsize", stdout);
	for (int i = 0; i < HM_QUANTITY_COUNT; i++)
		printf("\t%s", quantity_names[i]);
	puts("\tnode_cpu_used_usec\tnode_cpu_system_usec\tnode_memory_used_mib_sec"
	     "\tnode_memory_system_mib_sec\tnode_cpu_measured_usec\tnode_cpu_steal_usec"
	     "\tnode_memory_measured_mib_sec");
}

static void print_batch(const struct hm_batch *batch)
{
	const struct hm_node_row *node = &batch->node_row;

	for (int q = 0; q < HM_QUANTITY_COUNT; q++) {
		uint64_t sum = 0;

		for (size_t i = 0; i < batch->n_rows; i++)
			sum += batch->quantity[q][i];
		printf("\t%" PRIu64, sum);
	}
	printf("\t%" PRIu64 "\t%" PRIu64, node->used[HM_RESOURCE_CPU_USEC],
		node->system[HM_RESOURCE_CPU_USEC]);
	printf("\t%" PRIu64 "\t%" PRIu64, node->used[HM_RESOURCE_MEMORY_MIB_SEC],
		node->system[HM_RESOURCE_MEMORY_MIB_SEC]);
	printf("\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", node->measured.cpu_usec,
		node->measured.cpu_steal_usec, node->measured.memory_mib_sec);
}

static void print_message(struct arena *arena, const void *data, size_t size)
{
	const struct hm_wire_limits limits = {
		.max_age_usec = INT64_MAX, .max_future_usec = INT64_MAX};
	enum hm_reject reason = HM_REJECT_NONE;
	struct hm_batch batch;

	arena_reset(arena);
	if (hm_wire_decode(arena, data, size, &limits, &batch, &reason) < 0)
		give_up("message", hm_reject_name(reason));
	for (int i = 0; i < HM_STREAM_SIZE; i++)
		printf("%02x", batch.stream[i]);
	printf("\t%" PRIu64 "\t%08" PRIx32 "\t%zu", batch.sequence, crc32c(0, data, size), size);
	print_batch(&batch);
}

static void read_all(rd_kafka_t *kafka, int partitions)
{
	struct arena arena;

	if (arena_init(&arena, ARENA_SIZE) < 0)
		give_up("memory", "exhausted");
	print_header();
	while (partitions > 0) {
		rd_kafka_message_t *message = rd_kafka_consumer_poll(kafka, TIMEOUT_MSEC);

		if (!message)
			give_up("topic", "no answer");
		if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
			partitions--; /* who may not use the group may read all the same */
		else if (message->err &&
			 message->err != RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
			give_up("topic", rd_kafka_message_errstr(message));
		else if (!message->err)
			print_message(&arena, message->payload, message->len);
		rd_kafka_message_destroy(message);
	}
	arena_release(&arena);
}

int main(int argc, char **argv)
{
	rd_kafka_t *kafka;

	if (argc < 3)
		give_up("usage", "consume_batches BOOTSTRAP TOPIC");
	kafka = connect_to(argv[1], argv + 3);
	read_all(kafka, assign_all(kafka, argv[2]));
	(void)rd_kafka_consumer_close(kafka); /* nothing was committed */
	rd_kafka_destroy(kafka);
	return EXIT_SUCCESS;
}

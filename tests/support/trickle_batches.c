/*
 * trickle_batches BOOTSTRAP HUBS
 *
 * HUBS hubs with two nodes each send a batch of one row a second to the topics usage.h<N>.v1, which
 * must exist, until standard input ends. Node n0 of hub h0 sends two a second, always about the
 * same minute: whoever fills that sum up in the database has a hub whose every message is refused.
 * Prints the stream of that node, in hex, and how many batches were sent in all others. Exit status
 * 1: not all were delivered.
 */
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "proto/wire.h"
#include "tests/support/make_batch.h"

#define NODES	     2
#define TURNS	     2 /* a second */
#define TURN_MSEC    (1000 / TURNS)
#define FLUSH_MSEC   60000
#define MINUTES_BACK 600

static uint64_t undelivered;

__attribute__((noreturn)) static void give_up(const char *what, const char *why)
{
	(void)fprintf(stderr, "trickle_batches: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
	(void)kafka;
	(void)opaque;
	if (message->err)
		give_up("delivery", rd_kafka_err2str(message->err));
	undelivered--;
}

static rd_kafka_t *connect_to(const char *bootstrap)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *kafka;
	char why[512];

	if (rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, why, sizeof(why)))
		give_up("bootstrap", why);
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!kafka)
		give_up("client", why);
	return kafka;
}

static void send_batch(rd_kafka_t *kafka, const char *topic, const struct hm_batch *batch)
{
	const size_t capacity = hm_wire_size(batch);
	unsigned char *bytes = malloc(capacity);
	rd_kafka_resp_err_t error;
	size_t size;

	if (!bytes || hm_wire_encode(batch, bytes, capacity, &size) < 0)
		give_up("encode", "no memory");
	error = rd_kafka_producev(kafka, RD_KAFKA_V_TOPIC(topic),
		RD_KAFKA_V_KEY(batch->node, strlen(batch->node)), RD_KAFKA_V_VALUE(bytes, size),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
	if (error)
		give_up("produce", rd_kafka_err2str(error));
	undelivered++;
	free(bytes);
}

/* The next batch of a node. */
static void next(rd_kafka_t *kafka, struct made_batch *made, uint64_t hub, uint64_t node)
{
	char topic[64], hub_name[32], node_name[32];
	const bool is_hostile = hub == 0 && node == 0;
	const int64_t minute = time(NULL) / 60 - MINUTES_BACK +
			       (is_hostile ? -MINUTES_BACK : (int64_t)(made->batch.sequence % 60));

	(void)snprintf(hub_name, sizeof(hub_name), "h%" PRIu64, hub); /* fits; so do the next */
	(void)snprintf(topic, sizeof(topic), "usage.%s.v1", hub_name);
	(void)snprintf(node_name, sizeof(node_name), "n%" PRIu64, node);
	made->batch.hub = hub_name;
	made->batch.node = node_name;
	made->batch.sequence++;
	made->batch.window_start_usec =
		is_hostile ? minute / 60 * 60 * MADE_BATCH_USEC : minute * MADE_BATCH_USEC;
	made->batch.window_end_usec = made->batch.window_start_usec + MADE_BATCH_USEC;
	send_batch(kafka, topic, &made->batch);
}

static struct made_batch **make_all(uint64_t hubs)
{
	struct made_batch **made = calloc(hubs * NODES, sizeof(struct made_batch *));

	if (!made)
		give_up("memory", "exhausted");
	for (uint64_t i = 0; i < hubs * NODES; i++) {
		made[i] = made_batch_new(time(NULL) + i, 1);
		made[i]->batch.sequence = 0;
		made[i]->quantity[HM_QUANTITY_STORAGE_MIB_SEC][0] = 1 + i;
	}
	return made;
}

int main(int argc, char **argv)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	struct made_batch **made;
	uint64_t hubs, sent = 0;
	rd_kafka_t *kafka;

	if (argc != 3)
		give_up("usage", "see the head of trickle_batches.c");
	hubs = strtoull(argv[2], NULL, 10);
	kafka = connect_to(argv[1]);
	made = make_all(hubs);
	for (uint64_t turn = 0; poll(&input, 1, TURN_MSEC) == 0; turn++) {
		for (uint64_t i = 0; i < hubs * NODES; i++) {
			if (i > 0 && turn % TURNS)
				continue;
			next(kafka, made[i], i / NODES, i % NODES);
			sent += i > 0;
		}
		(void)rd_kafka_poll(kafka, 0);
	}
	if (rd_kafka_flush(kafka, FLUSH_MSEC) || undelivered > 0)
		give_up("delivery", "not everything arrived");
	for (size_t i = 0; i < HM_STREAM_SIZE; i++)
		printf("%02x", made[0]->batch.stream[i]);
	printf("\t%" PRIu64 "\n", sent);
	for (uint64_t i = 0; i < hubs * NODES; i++)
		made_batch_free(made[i]);
	free(made);
	rd_kafka_destroy(kafka);
	return EXIT_SUCCESS;
}

/*
 * produce_batches BOOTSTRAP TOPIC [--node=NAME | --nodes=N] [--rows=N] [--batches=N] [--seed=N]
 *	[--garbage=N] [--skip=N] [--partition=N] [--minutes=N] [--ahead=DAYS] [--skewed]
 *	[--fresh=PERCENT] [--hubs=N] [--per-second=N]
 *
 * Sends seeded batches, and garbage among them, to a topic usage.<hub>.v1, which must exist. Then
 * prints what must be in the database afterwards: one line per quantity, name, tab, sum of the good
 * batches. The same seed makes the same streams, so running it again sends only duplicates; with
 * --skip the first ones of each stream are counted, but not sent. All windows lie in the day before
 * now, or so many days (--ahead) after that, or with --minutes in so many minutes of it, from
 * the start of a quarter of an hour: as many quarters, so many keys. Nodes send in turn;
 * --skewed: node n sends 1/n as much as the first. --fresh: so many of a hundred rows are of a
 * workload that nobody has seen before. --hubs: nodes are shared out to the topics
 * usage.<hub>-0.v1, usage.<hub>-1.v1, ... instead. Exit status 1: not everything was delivered.
 */
#include <getopt.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/quantity.h"
#include "proto/wire.h"
#include "tests/support/make_batch.h"
#include "tests/support/random.h"

#define MINUTES_PER_DAY	 1440
#define MINUTES_PER_SLOT 15
#define MAX_NODES	 10000
#define SHARE_OF_FIRST	 1000000

struct arguments {
	const char *bootstrap, *topic, *node;
	uint64_t nodes, rows, batches, seed, garbage, skip, minutes, fresh, ahead, hubs, per_second;
	bool is_skewed;
	int32_t partition;
};

/* One node: what its batches look like before some of their rows are idle. */
struct node {
	char name[64];
	char hub[256];
	char topic[280];
	struct made_batch *made;
	uint64_t *original[HM_QUANTITY_COUNT];
	uint64_t share_end; /* skewed: what the nodes up to this one send, in shares */
};

struct sending {
	struct arguments arguments;
	struct random_source random;
	char hub[256];
	struct node *node;
	int64_t first_minute;
	uint64_t workloads; /* fresh ones so far */
	rd_kafka_t *kafka;
	uint64_t undelivered;
	uint64_t sum[HM_QUANTITY_COUNT];
};

__attribute__((noreturn)) static void give_up(const char *what, const char *why)
{
	(void)fprintf(stderr, "produce_batches: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	if (end == text || *end)
		give_up(text, "not a number");
	return value;
}

static void parse(struct arguments *ret, int argc, char **argv)
{
	static const struct option options[] = {{"node", 1, NULL, 'n'}, {"nodes", 1, NULL, 'N'},
		{"rows", 1, NULL, 'r'}, {"batches", 1, NULL, 'b'}, {"seed", 1, NULL, 's'},
		{"garbage", 1, NULL, 'g'}, {"skip", 1, NULL, 'k'}, {"partition", 1, NULL, 'p'},
		{"minutes", 1, NULL, 'm'}, {"skewed", 0, NULL, 'w'}, {"fresh", 1, NULL, 'f'},
		{"ahead", 1, NULL, 'a'}, {"hubs", 1, NULL, 'h'}, {"per-second", 1, NULL, 'P'},
		{NULL, 0, NULL, 0}};
	struct arguments a = {.nodes = 1,
		.rows = 100,
		.batches = 1000,
		.seed = 1,
		.minutes = MINUTES_PER_DAY,
		.hubs = 1,
		.partition = RD_KAFKA_PARTITION_UA};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'n':
			a.node = optarg;
			break;
		case 'N':
			a.nodes = number(optarg);
			break;
		case 'r':
			a.rows = number(optarg);
			break;
		case 'b':
			a.batches = number(optarg);
			break;
		case 's':
			a.seed = number(optarg);
			break;
		case 'g':
			a.garbage = number(optarg);
			break;
		case 'k':
			a.skip = number(optarg);
			break;
		case 'a':
			a.ahead = number(optarg);
			break;
		case 'p':
			a.partition = (int32_t)number(optarg);
			break;
		case 'm':
			a.minutes = number(optarg);
			break;
		case 'w':
			a.is_skewed = true;
			break;
		case 'f':
			a.fresh = number(optarg);
			break;
		case 'h':
			a.hubs = number(optarg);
			break;
		case 'P':
			a.per_second = number(optarg);
			break;
		default:
			exit(2);
		}
	}
	if (argc - optind != 2 || a.nodes == 0 || a.nodes > MAX_NODES || a.rows > HM_MAX_ROWS ||
		a.minutes == 0 || a.minutes > MINUTES_PER_DAY || a.hubs == 0)
		give_up("usage", "see the head of produce_batches.c");
	a.bootstrap = argv[optind];
	a.topic = argv[optind + 1];
	*ret = a;
}

static void make_node(struct sending *sending, uint64_t number_of_node)
{
	const struct arguments *a = &sending->arguments;
	struct node *node = &sending->node[number_of_node];

	if (a->node)
		(void)snprintf(node->name, sizeof(node->name), "%s", a->node);
	else
		(void)snprintf(node->name, sizeof(node->name), "node-%" PRIu64, number_of_node + 1);
	node->made = made_batch_new(a->seed * MAX_NODES + number_of_node, a->rows);
	if (a->hubs > 1)
		(void)snprintf(node->hub, sizeof(node->hub), "%.200s-%" PRIu64, sending->hub,
			number_of_node % a->hubs);
	else
		(void)snprintf(node->hub, sizeof(node->hub), "%s", sending->hub);
	(void)snprintf(node->topic, sizeof(node->topic), "usage.%s.v1", node->hub);
	node->made->batch.hub = node->hub;
	node->made->batch.node = node->name;
	node->made->batch.sequence = 0;
	node->share_end = SHARE_OF_FIRST / (number_of_node + 1) +
			  (number_of_node > 0 ? node[-1].share_end : 0);
	for (int q = 0; q < HM_QUANTITY_COUNT; q++) {
		node->original[q] = calloc(a->rows + 1, sizeof(uint64_t));
		if (!node->original[q])
			give_up("memory", "exhausted");
		memcpy(node->original[q], node->made->quantity[q], a->rows * sizeof(uint64_t));
	}
}

/* Other names for --fresh of a hundred workloads, as long as theirs were. */
static void name_anew(struct sending *sending, struct node *node)
{
	const struct hm_batch *batch = &node->made->batch;

	for (size_t row = 0; row < batch->n_rows; row++) {
		char **name = &node->made->strings[batch->workload[row]];

		if (random_below(&sending->random, 100) >= sending->arguments.fresh)
			continue;
		free(*name);
		if (asprintf(name, "%08" PRIx64 "/%zu/fresh", ++sending->workloads, row) < 0)
			give_up("memory", "exhausted");
	}
}

/* The next batch of the node: another minute, another quarter of the rows idle. */
static void next_batch(struct sending *sending, struct node *node)
{
	struct hm_batch *batch = &node->made->batch;
	int64_t minute =
		sending->first_minute + (int64_t)(batch->sequence % sending->arguments.minutes);

	minute += (int64_t)sending->arguments.ahead * MINUTES_PER_DAY;
	batch->sequence++;
	batch->window_start_usec = minute * MADE_BATCH_USEC;
	batch->window_end_usec = batch->window_start_usec + MADE_BATCH_USEC;
	for (size_t row = 0; row < batch->n_rows; row++) {
		bool busy = random_below(&sending->random, 4) != 0;

		for (int q = 0; q < HM_QUANTITY_COUNT; q++) {
			uint64_t value = busy ? node->original[q][row] : 0;

			node->made->quantity[q][row] = value;
			sending->sum[q] += value;
		}
	}
	made_batch_balance(node->made);
	if (sending->arguments.fresh > 0)
		name_anew(sending, node);
}

/* Counts what is still to be reported. */
static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
	struct sending *sending = opaque;

	(void)kafka;
	if (message->err)
		give_up("delivery", rd_kafka_err2str(message->err));
	sending->undelivered--;
}

static void send_bytes(
	struct sending *sending, const struct node *node, const void *data, size_t size)
{
	rd_kafka_resp_err_t error;

	do {
		error = rd_kafka_producev(sending->kafka, RD_KAFKA_V_TOPIC(node->topic),
			RD_KAFKA_V_PARTITION(sending->arguments.partition),
			RD_KAFKA_V_KEY(node->name, strlen(node->name)),
			RD_KAFKA_V_VALUE((void *)(uintptr_t)data, size),
			RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
		if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL)
			(void)rd_kafka_poll(sending->kafka, 100);
	} while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL);
	if (error)
		give_up("produce", rd_kafka_err2str(error));
	sending->undelivered++;
	(void)rd_kafka_poll(sending->kafka, 0);
}

static void send_batch(struct sending *sending, const struct node *node)
{
	const struct hm_batch *batch = &node->made->batch;
	size_t capacity = hm_wire_size(batch);
	unsigned char *bytes = malloc(capacity);
	size_t size;

	if (!bytes || hm_wire_encode(batch, bytes, capacity, &size) < 0)
		give_up("encode", "no memory");
	send_bytes(sending, node, bytes, size);
	free(bytes);
}

/* Never valid, never empty: noise, a message cut short, or one of another hub. */
static void send_garbage(struct sending *sending, const struct node *node)
{
	struct hm_batch batch = node->made->batch;
	unsigned char noise[200] = {0xff};
	unsigned char *bytes;
	size_t size = 1 + random_below(&sending->random, sizeof(noise) - 1);

	if (random_below(&sending->random, 2)) {
		for (size_t i = 1; i < size; i++)
			noise[i] = (unsigned char)random_u64(&sending->random);
		send_bytes(sending, node, noise, size);
		return;
	}
	batch.hub = "another-hub";
	bytes = malloc(hm_wire_size(&batch));
	if (!bytes || hm_wire_encode(&batch, bytes, hm_wire_size(&batch), &size) < 0)
		give_up("encode", "no memory");
	if (random_below(&sending->random, 2))
		size -= random_below(&sending->random, size - 1);
	send_bytes(sending, node, bytes, size);
	free(bytes);
}

static void connect_to(struct sending *sending)
{
	static const char *const settings[][2] = {{"enable.idempotence", "true"},
		{"linger.ms", "5"}, {"reconnect.backoff.ms", "50"},
		{"reconnect.backoff.max.ms", "500"}, {"socket.nagle.disable", "true"},
		{"compression.codec", "lz4"}};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char error[512];

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], error, sizeof(error)))
			give_up(settings[i][0], error);
	if (rd_kafka_conf_set(
		    conf, "bootstrap.servers", sending->arguments.bootstrap, error, sizeof(error)))
		give_up("bootstrap", error);
	rd_kafka_conf_set_opaque(conf, sending);
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	sending->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
	if (!sending->kafka)
		give_up("client", error);
}

/* Whose turn it is. Skewed: drawn by how much each sends. */
static struct node *next_node(struct sending *sending, uint64_t turn)
{
	const uint64_t nodes = sending->arguments.nodes;
	uint64_t first = 0, last = nodes - 1;
	uint64_t drawn;

	if (!sending->arguments.is_skewed)
		return &sending->node[turn % nodes];
	drawn = random_below(&sending->random, sending->node[last].share_end);
	while (first < last) {
		const uint64_t middle = (first + last) / 2;

		if (drawn < sending->node[middle].share_end)
			last = middle;
		else
			first = middle + 1;
	}
	return &sending->node[first];
}

static int64_t monotonic_msec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* has no way to fail */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until so many may be sent, as many a second as was asked for. */
static void keep_pace(struct sending *sending, uint64_t sent, int64_t began_msec)
{
	const uint64_t per_second = sending->arguments.per_second;

	while (per_second > 0 &&
		sent * 1000 >= (uint64_t)(monotonic_msec() - began_msec + 1) * per_second)
		(void)rd_kafka_poll(sending->kafka, 5);
}

static void send_all(struct sending *sending)
{
	const struct arguments *a = &sending->arguments;
	uint64_t good = a->batches;
	uint64_t bad = a->garbage;
	uint64_t turn = 0;
	const int64_t began_msec = monotonic_msec();

	while (good + bad > 0) {
		struct node *node = next_node(sending, turn);

		keep_pace(sending, turn, began_msec);
		if (random_below(&sending->random, good + bad) < good) {
			next_batch(sending, node);
			if (node->made->batch.sequence > a->skip)
				send_batch(sending, node);
			good--;
			turn++;
		} else {
			send_garbage(sending, node);
			bad--;
		}
	}
	if (rd_kafka_flush(sending->kafka, 60000) || sending->undelivered > 0)
		give_up("delivery", "not everything arrived");
}

static void read_hub(struct sending *sending)
{
	size_t size = strlen(sending->arguments.topic);

	if (size <= 9 || size - 9 >= sizeof(sending->hub) ||
		strncmp(sending->arguments.topic, "usage.", 6) != 0 ||
		strcmp(sending->arguments.topic + size - 3, ".v1") != 0)
		give_up(sending->arguments.topic, "not usage.<hub>.v1");
	memcpy(sending->hub, sending->arguments.topic + 6, size - 9);
}

int main(int argc, char **argv)
{
	struct sending sending = {0};

	parse(&sending.arguments, argc, argv);
	read_hub(&sending);
	sending.random.state = sending.arguments.seed;
	sending.node = calloc(sending.arguments.nodes, sizeof(*sending.node));
	if (!sending.node)
		give_up("memory", "exhausted");
	for (uint64_t i = 0; i < sending.arguments.nodes; i++)
		make_node(&sending, i);
	sending.first_minute = time(NULL) / 60 - MINUTES_PER_DAY;
	if (sending.arguments.minutes < MINUTES_PER_DAY)
		sending.first_minute -= sending.first_minute % MINUTES_PER_SLOT;
	connect_to(&sending);
	send_all(&sending);
	for (int q = 0; q < HM_QUANTITY_COUNT; q++)
		printf("%s\t%" PRIu64 "\n", quantity_names[q], sending.sum[q]);
	rd_kafka_destroy(sending.kafka);
	for (uint64_t i = 0; i < sending.arguments.nodes; i++) {
		for (int q = 0; q < HM_QUANTITY_COUNT; q++)
			free(sending.node[i].original[q]);
		made_batch_free(sending.node[i].made);
	}
	free(sending.node);
	return EXIT_SUCCESS;
}

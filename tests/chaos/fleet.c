/* Batches come from tests/support/make_batch; here is what a collector adds: streams, numbers,
 * windows, names that come late, and what it sends again. */
#include "tests/chaos/fleet.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire.h"

#define GENERATION     25 /* batches after which a node has other workloads */
#define NAMED_LATE     8  /* batches after which every user is known that ever will be */
#define MINUTE_USEC    60000000LL
#define STEADY_MINUTES 150 /* steady windows lie in so many minutes */
#define DAY_MINUTES    1440
#define FLUSH_MSEC     120000
#define HOSTILE_SUM    (1ULL << 62)

/* Goes with a message until Kafka acknowledged it. */
struct delivery {
	struct fleet *fleet;
	struct hub *hub;
	uint64_t incarnation, batch;
	const char *kind;
};

void give_up(const char *what, const char *why)
{
	(void)fprintf(stderr, "generate: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void *must_have(void *memory)
{
	if (!memory)
		give_up("memory", "exhausted");
	return memory;
}

static uint64_t below(struct fleet *fleet, uint64_t bound)
{
	return random_below(&fleet->random, bound);
}

/* --- the ledger --- */

static void write_hex(FILE *file, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		(void)fprintf(file, "%02x", bytes[i]);
}

static void write_row(FILE *file, const struct hm_batch *batch, size_t row)
{
	(void)fprintf(file,
		"R\t%" PRIu32 "\t%s\t%s\t%s\t%s\t%s\t%" PRIu32 "\t%" PRIu64 "\t%" PRIu64,
		batch->kind[row], batch->strings[batch->workload[row]],
		batch->strings[batch->user[row]], batch->strings[batch->server[row]],
		batch->strings[batch->tag[row]], batch->strings[batch->resource_class[row]],
		batch->flags[row], batch->start_offset_usec[row], batch->end_offset_usec[row]);
	for (int q = 0; q < HM_QUANTITY_COUNT; q++)
		(void)fprintf(file, "\t%" PRIu64, batch->quantity[q][row]);
	(void)fputc('\n', file);
}

static void write_batch(struct fleet *fleet, uint64_t id, const struct hm_batch *batch)
{
	const struct hm_node_row *node = &batch->node_row;
	FILE *file = fleet->ledger;

	(void)fprintf(file, "B\t%" PRIu64 "\t%s\t%s\t", id, batch->hub, batch->node);
	write_hex(file, batch->stream, HM_STREAM_SIZE);
	(void)fprintf(file, "\t%" PRIu64 "\t%" PRId64 "\t%" PRId64 "\t%s\t%" PRIu64,
		batch->sequence, batch->window_start_usec, batch->window_end_usec,
		batch->strings[node->resource_class], node->coverage_msec);
	for (int i = 0; i < HM_RESOURCE_COUNT; i++)
		(void)fprintf(file, "\t%" PRIu64 "\t%" PRIu64, node->capacity[i], node->system[i]);
	(void)fprintf(file, "\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
		node->measured.is_measured, node->measured.flags, node->measured.cpu_usec,
		node->measured.cpu_steal_usec, node->measured.memory_mib_sec);
	for (size_t row = 0; row < batch->n_rows; row++)
		write_row(file, batch, row);
}

static void on_delivery(rd_kafka_t *kafka, const rd_kafka_message_t *message, void *opaque)
{
	struct delivery *delivery = message->_private;

	(void)kafka;
	(void)opaque;
	if (message->err)
		give_up("delivery", rd_kafka_err2str(message->err));
	(void)fprintf(delivery->fleet->ledger,
		"M\t%s\t%" PRIu64 "\t%" PRId32 "\t%" PRId64 "\t%s\t%" PRIu64 "\n",
		delivery->hub->name, delivery->incarnation, message->partition, message->offset,
		delivery->kind, delivery->batch);
	delivery->hub->undelivered--;
	free(delivery);
}

/* --- Kafka --- */

static void connect_to(struct fleet *fleet, struct hub *hub)
{
	static const char *const settings[][2] = {{"enable.idempotence", "true"},
		{"linger.ms", "2"}, {"reconnect.backoff.ms", "50"},
		{"reconnect.backoff.max.ms", "500"}, {"socket.nagle.disable", "true"},
		{"compression.codec", "lz4"}, {"message.timeout.ms", "120000"},
		/* several at a time: librdkafka 2.0.2 may give up for ever when a broker restarts
		 * ("sequence desynchronization") */
		{"max.in.flight.requests.per.connection", "1"}};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char error[512];

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], error, sizeof(error)))
			give_up(settings[i][0], error);
	if (rd_kafka_conf_set(conf, "bootstrap.servers", fleet->bootstrap, error, sizeof(error)))
		give_up("bootstrap", error);
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	hub->kafka = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
	if (!hub->kafka)
		give_up("client", error);
}

void fleet_await_delivery(struct hub *hub)
{
	if (rd_kafka_flush(hub->kafka, FLUSH_MSEC) || hub->undelivered > 0)
		give_up(hub->name, "not everything was delivered");
}

void fleet_reconnect(struct fleet *fleet, struct hub *hub)
{
	fleet_await_delivery(hub);
	rd_kafka_destroy(hub->kafka);
	connect_to(fleet, hub);
}

static int32_t partition_of(const struct hub *hub, const char *key)
{
	uint32_t sum = 5381;

	for (const char *at = key; *at; at++)
		sum = sum * 33 + (unsigned char)*at;
	return (int32_t)(sum % (uint32_t)hub->partitions);
}

static void send_record(
	struct fleet *fleet, struct hub *hub, const char *key, const struct record *record)
{
	struct delivery *delivery = must_have(malloc(sizeof(*delivery)));
	rd_kafka_resp_err_t error;
	char topic[128];

	(void)snprintf(topic, sizeof(topic), "usage.%s.v1", hub->name);
	*delivery = (struct delivery){fleet, hub, hub->incarnation, record->batch, record->kind};
	hub->undelivered++;
	do {
		error = rd_kafka_producev(hub->kafka, RD_KAFKA_V_TOPIC(topic),
			RD_KAFKA_V_PARTITION(partition_of(hub, key)),
			RD_KAFKA_V_KEY(key, strlen(key)),
			RD_KAFKA_V_VALUE(record->bytes, record->size), RD_KAFKA_V_OPAQUE(delivery),
			RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
		if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL)
			(void)rd_kafka_poll(hub->kafka, 100);
	} while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL);
	if (error)
		give_up("produce", rd_kafka_err2str(error));
}

/* --- nodes and their batches --- */

static struct record encode(struct fleet *fleet, const struct hm_batch *batch, const char *kind)
{
	size_t capacity = hm_wire_size(batch);
	struct record record = {.kind = kind, .batch = ++fleet->n_batches};

	record.bytes = must_have(malloc(capacity));
	if (hm_wire_encode(batch, record.bytes, capacity, &record.size) < 0)
		give_up("encode", "no room");
	return record;
}

/* Other workloads from the next batch on. */
static void renew_workloads(struct fleet *fleet, struct hub *hub, struct node *node)
{
	uint64_t seed = random_u64(&fleet->random);
	uint64_t rows = node->is_hostile ? 1 : 1 + below(fleet, hub->rows);

	made_batch_free(node->made);
	made_batch_free(node->pattern);
	node->made = made_batch_new(seed, rows);
	node->pattern = made_batch_new(seed, rows);
	node->generation++;
	node->age = 0;
}

static struct node *add_node(struct fleet *fleet, struct hub *hub, const char *format)
{
	struct node *node = &hub->node[hub->n_nodes];

	if (hub->n_nodes == FLEET_MAX_NODES)
		give_up(hub->name, "too many nodes");
	*node = (struct node){.kind = "batch"};
	(void)snprintf(node->name, sizeof(node->name), "%s-%zu", format, ++hub->n_nodes);
	memcpy(node->key, node->name, sizeof(node->key));
	for (size_t i = 0; i < HM_STREAM_SIZE; i++)
		node->stream[i] = (uint8_t)random_u64(&fleet->random);
	return node;
}

/* Mostly the minute after the last one, seldom one that many slots, days or months share. */
static void choose_window(struct fleet *fleet, struct node *node, struct hm_batch *batch)
{
	const int64_t day = (int64_t)fleet->day * DAY_MINUTES;
	int64_t start = day + (int64_t)(node->sequence % STEADY_MINUTES);
	int64_t minutes = 1;
	uint64_t odd = below(fleet, 100);

	if (odd < 15)
		minutes = 3 + (int64_t)below(fleet, 40);
	else if (odd < 18)
		minutes = 60 + (int64_t)below(fleet, DAY_MINUTES);
	batch->window_start_usec = start * MINUTE_USEC;
	batch->window_end_usec = (start + minutes) * MINUTE_USEC;
	if (minutes > 1) { /* whose beginning and end are on nothing round */
		batch->window_start_usec += (int64_t)below(fleet, MINUTE_USEC);
		batch->window_end_usec -= (int64_t)below(fleet, 1000);
	}
}

/* A third of the rows idle, and users that come to be known in the course of some batches. */
static void vary_rows(struct fleet *fleet, struct node *node)
{
	for (size_t row = 0; row < node->made->batch.n_rows; row++) {
		bool is_busy = below(fleet, 3) != 0;
		uint64_t named = (row * 7 + node->generation) % NAMED_LATE;

		for (int q = 0; q < HM_QUANTITY_COUNT; q++)
			node->made->quantity[q][row] =
				is_busy ? node->pattern->quantity[q][row] : 0;
		node->made->user[row] = node->age < named ? 0 : node->pattern->user[row];
		node->made->tag[row] = node->age < named / 2 ? 0 : node->pattern->tag[row];
	}
}

/* The same slot, the same workload, and more than any node can store. */
static void make_hostile(const struct fleet *fleet, struct node *node)
{
	struct hm_batch *batch = &node->made->batch;

	batch->window_start_usec = (int64_t)fleet->day * DAY_MINUTES * MINUTE_USEC;
	batch->window_end_usec = batch->window_start_usec + MINUTE_USEC;
	for (int q = 0; q < HM_QUANTITY_COUNT; q++)
		node->made->quantity[q][0] = q == HM_QUANTITY_STORAGE_MIB_SEC ? HOSTILE_SUM : 0;
}

static struct record make_record(struct fleet *fleet, struct hub *hub, struct node *node)
{
	struct hm_batch *batch;
	struct record record;

	if (!node->made || (!node->is_hostile && node->age == GENERATION))
		renew_workloads(fleet, hub, node);
	node->sequence++;
	batch = &node->made->batch;
	batch->hub = hub->name;
	batch->node = node->name;
	batch->sequence = node->sequence;
	memcpy(batch->stream, node->stream, HM_STREAM_SIZE);
	choose_window(fleet, node, batch);
	vary_rows(fleet, node);
	if (node->is_hostile)
		make_hostile(fleet, node);
	made_batch_balance(node->made);
	node->age++;
	record = encode(fleet, batch, node->kind);
	write_batch(fleet, record.batch, batch);
	return record;
}

/* The node remembers it, to send it again. */
static void send_first_time(
	struct fleet *fleet, struct hub *hub, struct node *node, struct record record)
{
	struct record *place = &node->ring[node->n_sent++ % FLEET_RING];

	free(place->bytes);
	*place = record;
	send_record(fleet, hub, node->key, place);
}

static void send_late(struct fleet *fleet, struct hub *hub, struct node *node)
{
	struct record record = node->late;

	node->late.bytes = NULL;
	if (record.bytes)
		send_first_time(fleet, hub, node, record);
}

static void send_next(struct fleet *fleet, struct hub *hub, struct node *node)
{
	send_first_time(fleet, hub, node, make_record(fleet, hub, node));
	if (node->late.bytes && --node->late_after == 0)
		send_late(fleet, hub, node);
}

struct node *fleet_any_node(struct fleet *fleet, struct hub *hub)
{
	struct node *node;

	do
		node = &hub->node[below(fleet, hub->n_nodes)];
	while (node->is_hostile);
	return node;
}

void fleet_send_steady(struct fleet *fleet)
{
	struct hub *hub = &fleet->hub[below(fleet, fleet->n_hubs)];

	if (!hub->is_held)
		send_next(fleet, hub, fleet_any_node(fleet, hub));
}

void fleet_add_hub(
	struct fleet *fleet, const char *name, uint64_t partitions, uint64_t nodes, uint64_t rows)
{
	struct hub *hub = &fleet->hub[fleet->n_hubs];

	if (fleet->n_hubs == FLEET_MAX_HUBS || nodes == 0 || nodes > FLEET_MAX_NODES / 2)
		give_up("hub", "too many, or too many nodes");
	fleet->n_hubs++;
	(void)snprintf(hub->name, sizeof(hub->name), "%s", name);
	hub->partitions = (int32_t)partitions;
	hub->rows = rows;
	for (uint64_t i = 0; i < nodes; i++)
		(void)add_node(fleet, hub, "node");
	connect_to(fleet, hub);
}

void fleet_replay(struct fleet *fleet, struct hub *hub, struct node *node, uint64_t count)
{
	uint64_t most = node->n_sent < FLEET_RING ? node->n_sent : FLEET_RING;

	if (count > most)
		count = most;
	for (uint64_t i = node->n_sent - count; i < node->n_sent; i++)
		send_record(fleet, hub, node->key, &node->ring[i % FLEET_RING]);
}

void fleet_skip(struct fleet *fleet, struct node *node)
{
	node->sequence += 1 + below(fleet, 3);
}

void fleet_reorder(struct fleet *fleet, struct hub *hub, struct node *node)
{
	if (node->late.bytes)
		return;
	node->late = make_record(fleet, hub, node);
	node->late_after = 3;
}

static void send_noise(struct fleet *fleet, struct hub *hub, struct node *node)
{
	unsigned char noise[200] = {0xff};
	struct record record = {noise, 1 + below(fleet, sizeof(noise) - 1), 0, "garbage"};

	for (size_t i = 1; i < record.size; i++)
		noise[i] = (unsigned char)random_u64(&fleet->random);
	send_record(fleet, hub, node->key, &record);
}

void fleet_send_garbage(struct fleet *fleet, struct hub *hub, struct node *node)
{
	struct record record;
	struct hm_batch batch;

	if (!node->made || below(fleet, 2)) {
		send_noise(fleet, hub, node);
		return;
	}
	batch = node->made->batch;
	batch.hub = "another-hub";
	record = encode(fleet, &batch, "garbage");
	if (below(fleet, 2))
		record.size -= below(fleet, record.size - 1);
	send_record(fleet, hub, node->key, &record);
	free(record.bytes);
}

/* Its messages go where the original's go, behind one of them. */
void fleet_clone(struct fleet *fleet, struct hub *hub, struct node *original)
{
	struct node *copy;

	if (original->n_sent == 0)
		send_next(fleet, hub, original);
	copy = add_node(fleet, hub, "clone");
	memcpy(copy->key, original->key, sizeof(copy->key));
	memcpy(copy->stream, original->stream, HM_STREAM_SIZE);
	copy->sequence = original->sequence;
	copy->kind = "clone";
}

void fleet_send_hostile(struct fleet *fleet, struct hub *hub)
{
	struct node *node = NULL;

	for (size_t i = 0; i < hub->n_nodes; i++)
		if (hub->node[i].is_hostile)
			node = &hub->node[i];
	if (!node) {
		node = add_node(fleet, hub, "hostile");
		node->is_hostile = true;
		node->kind = "hostile";
	}
	send_next(fleet, hub, node);
}

static void forget_sent(struct node *node)
{
	for (size_t i = 0; i < FLEET_RING; i++) {
		free(node->ring[i].bytes);
		node->ring[i].bytes = NULL;
	}
	node->n_sent = 0;
}

void fleet_recreated(struct fleet *fleet, struct hub *hub)
{
	fleet_reconnect(fleet, hub);
	hub->incarnation++;
	hub->is_held = false;
	for (size_t i = 0; i < hub->n_nodes; i++)
		forget_sent(&hub->node[i]);
}

void fleet_flush(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->n_hubs; i++) {
		for (size_t j = 0; j < fleet->hub[i].n_nodes; j++)
			send_late(fleet, &fleet->hub[i], &fleet->hub[i].node[j]);
		fleet_await_delivery(&fleet->hub[i]);
	}
}

void fleet_release(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->n_hubs; i++) {
		rd_kafka_destroy(fleet->hub[i].kafka);
		for (size_t j = 0; j < fleet->hub[i].n_nodes; j++) {
			forget_sent(&fleet->hub[i].node[j]);
			made_batch_free(fleet->hub[i].node[j].made);
			made_batch_free(fleet->hub[i].node[j].pattern);
		}
	}
}

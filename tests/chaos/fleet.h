/*
 * The hubs of a schedule and their nodes, which stand in for collectors: the batches they make,
 * what they send, and the ledger of it.
 *
 * Invariant: a batch is in the ledger before it is sent, a message when Kafka acknowledged it, with
 * its place. What is random comes from sending->random alone. Whatever fails ends the program.
 * Life cycle: zeroed, ledger and options filled in -> fleet_add_hub()* -> fleet_send_...()* ->
 * fleet_flush() -> fleet_release().
 */
#ifndef TESTS_CHAOS_FLEET_H
#define TESTS_CHAOS_FLEET_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/support/make_batch.h"
#include "tests/support/random.h"

#define FLEET_MAX_HUBS	8
#define FLEET_MAX_NODES 32
#define FLEET_RING	32 /* messages that a node may send again */

/* What was or will be sent: its bytes, and which batch of the ledger they are. */
struct record {
	unsigned char *bytes; /* NULL: none */
	size_t size;
	uint64_t batch;
	const char *kind;
};

struct node {
	char name[64], key[64]; /* the key chooses the partition */
	uint8_t stream[HM_STREAM_SIZE];
	uint64_t sequence;
	uint64_t generation, age;
	bool is_hostile;
	const char *kind;
	struct made_batch *made;
	struct made_batch *pattern; /* the same, before users are unknown and rows idle */
	struct record ring[FLEET_RING];
	uint64_t n_sent;
	struct record late; /* to be sent after so many others */
	unsigned int late_after;
};

struct hub {
	char name[64];
	int32_t partitions;
	uint64_t rows, incarnation, undelivered;
	bool is_held;
	struct node node[FLEET_MAX_NODES];
	size_t n_nodes;
	rd_kafka_t *kafka;
};

struct fleet {
	const char *bootstrap;
	uint64_t day; /* since 1970: where the windows begin */
	FILE *ledger;
	struct random_source random;
	struct hub hub[FLEET_MAX_HUBS];
	size_t n_hubs;
	uint64_t n_batches;
};

__attribute__((noreturn)) void give_up(const char *what, const char *why);

void fleet_add_hub(
	struct fleet *fleet, const char *name, uint64_t partitions, uint64_t nodes, uint64_t rows);

/* Any node of the hub but the hostile one, which sends when it is told to. */
struct node *fleet_any_node(struct fleet *fleet, struct hub *hub);

/* The next batch of a node of any hub that is not held. */
void fleet_send_steady(struct fleet *fleet);

/* The node's last @count messages again, as far as it remembers. */
void fleet_replay(struct fleet *fleet, struct hub *hub, struct node *node, uint64_t count);

/* A few numbers that no batch will have. */
void fleet_skip(struct fleet *fleet, struct node *node);

/* The node's next batch comes after the three that follow it. */
void fleet_reorder(struct fleet *fleet, struct hub *hub, struct node *node);

/* Never valid, never empty: noise, a message cut short, or one of another hub. */
void fleet_send_garbage(struct fleet *fleet, struct hub *hub, struct node *node);

/* Another node begins with a copy of the spool of @original. */
void fleet_clone(struct fleet *fleet, struct hub *hub, struct node *original);

/* A valid batch whose sum with the one before does not fit 64 bits. */
void fleet_send_hostile(struct fleet *fleet, struct hub *hub);

/* Wait until all of the hub is delivered; then a client that knows nothing of the topic. */
void fleet_reconnect(struct fleet *fleet, struct hub *hub);

/* The topic was made anew: nobody sends again what was acknowledged in the one before. */
void fleet_recreated(struct fleet *fleet, struct hub *hub);

void fleet_await_delivery(struct hub *hub);

/* Everything is delivered, what was held back too. */
void fleet_flush(struct fleet *fleet);

void fleet_release(struct fleet *fleet);

#endif

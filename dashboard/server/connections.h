/*
 * Who is connected, and who has taken too long. Pure but for the call that ends a connection; the
 * caller locks.
 *
 * Invariants
 *  - Deadlines do not move with every byte: a request has its time from the connection, or from
 *the end of the answer before, on; an answer has its time from its beginning on.
 *  - A connection that waits for us has no deadline.
 *  - A descriptor is ended only while its connection is in the table, and so cannot be another's.
 *
 * Life cycle: connections_init() -> connections_add() -> connection_turn()* ->
 * connections_remove() -> connections_release().
 */
#ifndef DASHBOARD_SERVER_CONNECTIONS_H
#define DASHBOARD_SERVER_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dashboard/server/peer.h"

enum connection_phase {
	CONNECTION_FREE, /* an unused place in the table */
	CONNECTION_READING,
	CONNECTION_WAITING,
	CONNECTION_ANSWERING,
	CONNECTION_ENDED,
};

struct connection {
	enum connection_phase phase;
	int fd;
	int64_t since_usec; /* begin of the phase */
	struct peer peer;
	struct connection *next_free;
};

struct connections {
	struct connection *place;
	size_t max, count;
	struct connection *first_free;
	int64_t request_usec, answer_usec;
};

/* -ENOMEM. */
int connections_init(
	struct connections *connections, size_t max, int64_t request_usec, int64_t answer_usec);
void connections_release(struct connections *connections);

/* NULL: the table is full. */
struct connection *connections_add(
	struct connections *connections, int fd, const struct peer *peer, int64_t now_usec);
void connections_remove(struct connections *connections, struct connection *connection);

/* An ended connection stays ended. */
void connection_turn(struct connection *connection, enum connection_phase phase, int64_t now_usec);

/* How many there are from where @peer is. */
size_t connections_from(const struct connections *connections, const struct peer *peer);

/* Call @end for each that is over its time, once; returns how many. */
size_t connections_end_late(struct connections *connections, int64_t now_usec, void (*end)(int fd));

#endif

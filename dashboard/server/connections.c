/* The HTTP library knows timeouts of inactivity only: a byte now and then would hold a connection
 * for ever. */
#include "dashboard/server/connections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int connections_init(
	struct connections *connections, size_t max, int64_t request_usec, int64_t answer_usec)
{
	struct connection *place = calloc(max, sizeof(*place));

	if (!place)
		return -ENOMEM;
	*connections = (struct connections){.place = place,
		.max = max,
		.request_usec = request_usec,
		.answer_usec = answer_usec};
	for (size_t i = max; i-- > 0;) {
		place[i].next_free = connections->first_free;
		connections->first_free = &place[i];
	}
	return 0;
}

void connections_release(struct connections *connections)
{
	free(connections->place);
	*connections = (struct connections){0};
}

struct connection *connections_add(
	struct connections *connections, int fd, const struct peer *peer, int64_t now_usec)
{
	struct connection *connection = connections->first_free;

	if (!connection)
		return NULL;
	connections->first_free = connection->next_free;
	connections->count++;
	*connection = (struct connection){
		.phase = CONNECTION_READING, .fd = fd, .since_usec = now_usec, .peer = *peer};
	return connection;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
	*connection = (struct connection){.next_free = connections->first_free};
	connections->first_free = connection;
	connections->count--;
}

void connection_turn(struct connection *connection, enum connection_phase phase, int64_t now_usec)
{
	if (connection->phase == CONNECTION_ENDED)
		return;
	connection->phase = phase;
	connection->since_usec = now_usec;
}

size_t connections_from(const struct connections *connections, const struct peer *peer)
{
	size_t n = 0;

	for (size_t i = 0; i < connections->max; i++) {
		const struct connection *connection = &connections->place[i];

		if (connection->phase != CONNECTION_FREE &&
			memcmp(connection->peer.network, peer->network, PEER_NETWORK_SIZE) == 0)
			n++;
	}
	return n;
}

static bool is_late(const struct connections *connections, const struct connection *connection,
	int64_t now_usec)
{
	int64_t usec = now_usec - connection->since_usec;

	return (connection->phase == CONNECTION_READING && usec >= connections->request_usec) ||
	       (connection->phase == CONNECTION_ANSWERING && usec >= connections->answer_usec);
}

size_t connections_end_late(struct connections *connections, int64_t now_usec, void (*end)(int fd))
{
	size_t n = 0;

	for (size_t i = 0; i < connections->max && connections->count; i++) {
		struct connection *connection = &connections->place[i];

		if (!is_late(connections, connection, now_usec))
			continue;
		connection->phase = CONNECTION_ENDED;
		end(connection->fd);
		n++;
	}
	return n;
}

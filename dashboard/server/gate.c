/* One lock for all small tables: each is looked at for a microsecond. Logs are written outside it.
 */
#include "dashboard/server/gate.h"

#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/hash.h"
#include "common/log.h"

#define WATCHES	       10 /* in the shortest time that a connection may have */
#define WATCH_USEC_MAX 1000000
#define USEC_PER_SEC   1000000
#define NSEC_PER_USEC  1000

static int64_t now_usec(void)
{
	return clock_monotonic_usec(&clock_system);
}

static struct timespec timespec_of(int64_t usec)
{
	return (struct timespec){
		.tv_sec = usec / USEC_PER_SEC, .tv_nsec = usec % USEC_PER_SEC * NSEC_PER_USEC};
}

/* The default mutex cannot fail as it is used here. */
static void lock(struct gate *gate)
{
	(void)pthread_mutex_lock(&gate->lock);
}

static void unlock(struct gate *gate)
{
	(void)pthread_mutex_unlock(&gate->lock);
}

static void log_refusals(enum refusal reason, uint64_t n)
{
	if (n)
		log_event(LOG_PRIORITY_WARNING, "requests_refused", "reason=%s count=%llu",
			refusal_name(reason), (unsigned long long)n);
}

void gate_refused(struct gate *gate, enum refusal reason)
{
	uint64_t n;

	lock(gate);
	n = refusals_add(&gate->refusals, reason, 1, now_usec());
	unlock(gate);
	log_refusals(reason, n);
}

int gate_init(struct gate *gate, size_t connections_max, int64_t request_usec, int64_t answer_usec,
	bool limits_local)
{
	int r;

	*gate = (struct gate){.limits_local = limits_local};
	r = connections_init(&gate->connections, connections_max, request_usec, answer_usec);
	if (r < 0)
		return r;
	limit_init(&gate->peers, hash_random_seed(), GATE_PEER_PER_SEC, GATE_PEER_BURST);
	limit_init(&gate->persons, hash_random_seed(), GATE_PERSON_PER_SEC, GATE_PERSON_BURST);
	/* None of these fails on Linux. */
	(void)pthread_mutex_init(&gate->lock, NULL);
	(void)pthread_cond_init(&gate->ended, NULL);
	(void)pthread_cond_init(&gate->watched, NULL);
	return 0;
}

static void end_connection(int fd)
{
	/* The library sees it, and closes; the peer may have been faster. */
	(void)shutdown(fd, SHUT_RDWR);
}

/* With the lock, which is not held while the log is written. */
static void watch_once(struct gate *gate)
{
	int64_t now = now_usec();
	size_t n_late = connections_end_late(&gate->connections, now, end_connection);
	uint64_t due[REFUSAL_COUNT];

	for (enum refusal reason = 0; reason < REFUSAL_COUNT; reason++) {
		size_t n = reason == REFUSAL_TOO_SLOW ? n_late : 0;

		due[reason] = refusals_add(&gate->refusals, reason, n, now);
	}
	unlock(gate);
	for (enum refusal reason = 0; reason < REFUSAL_COUNT; reason++)
		log_refusals(reason, due[reason]);
	lock(gate);
}

static int64_t watch_pause_usec(const struct connections *connections)
{
	int64_t usec = connections->request_usec < connections->answer_usec
			       ? connections->request_usec
			       : connections->answer_usec;

	return usec / WATCHES < WATCH_USEC_MAX ? usec / WATCHES : WATCH_USEC_MAX;
}

/* Nobody is connected most of the time, and then nothing wakes up. */
static void *watch(void *context)
{
	struct gate *gate = context;

	lock(gate);
	while (!gate->is_closing) {
		int64_t pause = watch_pause_usec(&gate->connections);
		struct timespec until = timespec_of(now_usec() + pause);

		if (!gate->connections.count) {
			(void)pthread_cond_wait(&gate->watched, &gate->lock);
			continue;
		}
		(void)pthread_cond_clockwait(&gate->watched, &gate->lock, CLOCK_MONOTONIC, &until);
		watch_once(gate);
	}
	unlock(gate);
	return NULL;
}

int gate_open(struct gate *gate)
{
	int r = pthread_create(&gate->watcher, NULL, watch, gate);

	gate->is_open = r == 0;
	return -r;
}

void gate_release(struct gate *gate)
{
	if (!gate->connections.place)
		return;
	if (gate->is_open) {
		lock(gate);
		gate->is_closing = true;
		(void)pthread_cond_signal(&gate->watched);
		unlock(gate);
		(void)pthread_join(gate->watcher, NULL);
	}
	connections_release(&gate->connections);
	(void)pthread_cond_destroy(&gate->watched);
	(void)pthread_cond_destroy(&gate->ended);
	(void)pthread_mutex_destroy(&gate->lock);
}

bool gate_admits(struct gate *gate, const struct sockaddr *address)
{
	struct peer peer;
	size_t n;

	peer_set(address, &peer);
	if (peer.is_local && !gate->limits_local)
		return true;
	lock(gate);
	n = connections_from(&gate->connections, &peer);
	unlock(gate);
	if (n < gate->connections.max / 2)
		return true;
	gate_refused(gate, REFUSAL_CONNECTIONS);
	return false;
}

struct connection *gate_enter(struct gate *gate, int fd, const struct sockaddr *address)
{
	struct connection *connection;
	struct peer peer;

	peer_set(address, &peer);
	lock(gate);
	connection = connections_add(&gate->connections, fd, &peer, now_usec());
	(void)pthread_cond_signal(&gate->watched);
	unlock(gate);
	return connection;
}

void gate_turn(struct gate *gate, struct connection *connection, enum connection_phase phase)
{
	if (!connection)
		return;
	lock(gate);
	connection_turn(connection, phase, now_usec());
	unlock(gate);
}

void gate_leave(struct gate *gate, struct connection *connection)
{
	if (!connection)
		return;
	lock(gate);
	connections_remove(&gate->connections, connection);
	unlock(gate);
}

bool gate_allows_peer(struct gate *gate, const struct peer *peer)
{
	bool is_allowed;

	if (peer->is_local && !gate->limits_local)
		return true;
	lock(gate);
	is_allowed = limit_allows(&gate->peers, peer->network, PEER_NETWORK_SIZE, now_usec());
	unlock(gate);
	return is_allowed;
}

bool gate_allows_person(struct gate *gate, const char *key)
{
	bool is_allowed;

	lock(gate);
	is_allowed = limit_allows(&gate->persons, key, strlen(key), now_usec());
	unlock(gate);
	if (!is_allowed)
		gate_refused(gate, REFUSAL_TOO_OFTEN);
	return is_allowed;
}

void gate_begin(struct gate *gate)
{
	lock(gate);
	gate->n_begun++;
	unlock(gate);
}

void gate_end(struct gate *gate)
{
	lock(gate);
	if (--gate->n_begun == 0)
		(void)pthread_cond_broadcast(&gate->ended);
	unlock(gate);
}

void gate_wait(struct gate *gate, int64_t usec)
{
	struct timespec until = timespec_of(now_usec() + usec);
	int r = 0;

	lock(gate);
	while (gate->n_begun && r == 0)
		r = pthread_cond_clockwait(&gate->ended, &gate->lock, CLOCK_MONOTONIC, &until);
	unlock(gate);
}

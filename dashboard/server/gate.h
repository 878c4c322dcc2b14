/*
 * Who may come in, how often and for how long; with a thread that ends connections which are over
 * their time. May be called from any thread.
 *
 * Invariants
 *  - Half of the connections are for one address at most, and PEER_PER_SEC requests a second,
 * unless it is one of this machine, where a proxy stands for many.
 *  - Refusals are logged by their reason, at most once a minute, without anything of the request.
 *
 * Life cycle: gate_init() -> gate_open() -> gate_enter() -> gate_begin() -> gate_turn()* ->
 * gate_end() -> gate_leave() -> gate_release().
 */
#ifndef DASHBOARD_SERVER_GATE_H
#define DASHBOARD_SERVER_GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dashboard/server/connections.h"
#include "dashboard/server/limit.h"
#include "dashboard/server/refusals.h"

#define GATE_PEER_PER_SEC   100u
#define GATE_PEER_BURST	    400u
#define GATE_PERSON_PER_SEC 20u
#define GATE_PERSON_BURST   100u

struct gate {
	pthread_mutex_t lock;	/* of all that follows */
	pthread_cond_t ended;	/* n_begun is 0 */
	pthread_cond_t watched; /* the watcher has something to do */
	pthread_t watcher;
	bool is_open; /* the watcher runs */
	bool is_closing;
	bool limits_local;
	struct connections connections;
	struct limit peers, persons;
	struct refusals refusals;
	size_t n_begun; /* requests whose first line is there and whose answer is not out */
};

/* -ENOMEM. With @limits_local addresses of this machine are like others. */
int gate_init(struct gate *gate, size_t connections_max, int64_t request_usec, int64_t answer_usec,
	bool limits_local);
void gate_release(struct gate *gate);

/* Start the watcher, with the caller's mask of signals. -errno. */
int gate_open(struct gate *gate);

/* Whether a connection from @address may be taken. */
bool gate_admits(struct gate *gate, const struct sockaddr *address);

/*
 * The connection is there; NULL: there are too many, which the other two take for nobody. Its
 * address does not change until it leaves.
 */
struct connection *gate_enter(struct gate *gate, int fd, const struct sockaddr *address);
void gate_turn(struct gate *gate, struct connection *connection, enum connection_phase phase);
void gate_leave(struct gate *gate, struct connection *connection);

/* Whether one more request is not too many, by where it comes from and by who asks. */
bool gate_allows_peer(struct gate *gate, const struct peer *peer);
bool gate_allows_person(struct gate *gate, const char *key);

/* A request began, and its answer is out or it has none. */
void gate_begin(struct gate *gate);
void gate_end(struct gate *gate);

/* Wait until no request is between these two, or @usec have passed. */
void gate_wait(struct gate *gate, int64_t usec);

void gate_refused(struct gate *gate, enum refusal reason);

#endif

/* Whose turn it is, the loop's or the thread's, is one word under one lock. */
#include "aggregator/loop/flight.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "common/thread.h"

enum turn {
	TURN_LOOPS,   /* nothing is up, or it has landed */
	TURN_THREADS, /* it is being committed */
	TURN_NOBODYS  /* the thread ends */
};

struct flight {
	struct store *store;
	const struct clock *clock;
	struct load load;
	int result;
	int64_t spent_usec;
	bool is_up; /* the loop's own */
	pthread_t thread;
	bool is_started;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* turn */
	enum turn turn;
};

/* What follows @turn. */
static enum turn wait_while(struct flight *flight, enum turn turn)
{
	enum turn next;

	(void)pthread_mutex_lock(&flight->lock); /* cannot fail, nor can the others */
	while (flight->turn == turn)
		(void)pthread_cond_wait(&flight->changed, &flight->lock);
	next = flight->turn;
	(void)pthread_mutex_unlock(&flight->lock);
	return next;
}

static void give(struct flight *flight, enum turn turn)
{
	(void)pthread_mutex_lock(&flight->lock);
	flight->turn = turn;
	(void)pthread_cond_broadcast(&flight->changed);
	(void)pthread_mutex_unlock(&flight->lock);
}

static void *run(void *context)
{
	struct flight *flight = context;

	while (wait_while(flight, TURN_LOOPS) == TURN_THREADS) {
		const int64_t before = clock_monotonic_usec(flight->clock);

		flight->result = load_commit(&flight->load, flight->store);
		flight->spent_usec = clock_monotonic_usec(flight->clock) - before;
		give(flight, TURN_LOOPS);
	}
	return NULL;
}

int flight_new(struct store *store, const struct clock *clock, const struct ingest_limits *limits,
	struct flight **ret)
{
	struct flight *flight = calloc(1, sizeof(*flight));
	int r;

	if (!flight)
		return -ENOMEM;
	flight->store = store;
	flight->clock = clock;
	(void)pthread_mutex_init(&flight->lock, NULL); /* neither fails without attributes */
	(void)pthread_cond_init(&flight->changed, NULL);
	r = load_init(&flight->load, clock, limits);
	if (r == 0)
		r = thread_start(run, flight, 0, &flight->thread);
	flight->is_started = r == 0;
	if (r < 0) {
		flight_free(flight);
		return r;
	}
	*ret = flight;
	return 0;
}

void flight_free(struct flight *flight)
{
	if (!flight)
		return;
	if (flight->is_started) {
		give(flight, TURN_NOBODYS);
		(void)pthread_join(flight->thread, NULL); /* it is ours */
	}
	(void)pthread_mutex_destroy(&flight->lock);
	(void)pthread_cond_destroy(&flight->changed);
	load_release(&flight->load);
	free(flight);
}

int flight_start(struct flight *flight, struct ingest *ingest)
{
	int r = load_take(&flight->load, ingest);

	if (r < 0)
		return r;
	flight->is_up = true;
	give(flight, TURN_THREADS);
	return 0;
}

bool flight_is_up(const struct flight *flight)
{
	return flight->is_up;
}

bool flight_has_landed(struct flight *flight)
{
	enum turn turn;

	if (!flight->is_up)
		return false;
	(void)pthread_mutex_lock(&flight->lock);
	turn = flight->turn;
	(void)pthread_mutex_unlock(&flight->lock);
	return turn == TURN_LOOPS;
}

int flight_end(struct flight *flight)
{
	(void)wait_while(flight, TURN_THREADS);
	flight->is_up = false;
	return flight->result;
}

struct load *flight_load(struct flight *flight)
{
	return &flight->load;
}

int64_t flight_spent_usec(const struct flight *flight)
{
	return flight->spent_usec;
}

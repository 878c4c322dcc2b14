/*
 * What waits for a worker: so many items at most, and none of it for as long as others take.
 *
 * Invariants
 *  - Nobody has more than half of the workers at a time (but one always), nor more than a quarter
 * of the queue: however much somebody asks for, others are served.
 *  - A free worker takes what is of whoever has the fewest workers now; among these, what came
 * first.
 *  - What is nobody's (0) is limited by the queue alone: it must be quick.
 *
 * Life cycle: queue_init() -> queue_push() / (queue_pop() -> queue_done())* -> queue_close() ->
 * queue_take()* -> queue_release(). The queue owns nothing that is in it.
 */
#ifndef DASHBOARD_SERVER_QUEUE_H
#define DASHBOARD_SERVER_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_WORKERS_MAX 50

struct queue_entry {
	void *item;
	uint64_t whose;
};

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct queue_entry *entry; /* in the order in which they came */
	size_t max, count;
	size_t workers_each, waiting_each;   /* of somebody, at most */
	uint64_t running[QUEUE_WORKERS_MAX]; /* whose each worker's item is */
	size_t n_running;
	bool is_closed;
};

/* For at most QUEUE_WORKERS_MAX workers. -ENOMEM. */
int queue_init(struct queue *queue, size_t max, size_t n_workers);
void queue_release(struct queue *queue);

/* False: it is full, closed, or has enough of theirs. */
bool queue_push(struct queue *queue, void *item, uint64_t whose);

/* Waits for the next item; queue_done() once it is done. NULL: the queue is closed, whatever is
 * still in it. */
void *queue_pop(struct queue *queue);
void queue_done(struct queue *queue, uint64_t whose);

/* Nothing is pushed or popped from now on. */
void queue_close(struct queue *queue);

/* What is left in a closed queue, one by one; NULL: nothing. */
void *queue_take(struct queue *queue);

#endif

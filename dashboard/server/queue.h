/*
 * Things that wait for a worker: so many at most, first come first served.
 *
 * Life cycle: queue_init() -> queue_push() / queue_pop()* -> queue_close() -> queue_take()* ->
 * queue_release(). The queue owns nothing that is in it.
 */
#ifndef DASHBOARD_SERVER_QUEUE_H
#define DASHBOARD_SERVER_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void **item; /* a ring */
	size_t max, first, count;
	bool is_closed;
};

/* -ENOMEM. */
int queue_init(struct queue *queue, size_t max);
void queue_release(struct queue *queue);

/* False: it is full or closed. */
bool queue_push(struct queue *queue, void *item);

/* Waits for the next item. NULL: the queue is closed, whatever is still in it. */
void *queue_pop(struct queue *queue);

/* Nothing is pushed or popped from now on. */
void queue_close(struct queue *queue);

/* What is left in a closed queue, one by one; NULL: nothing. */
void *queue_take(struct queue *queue);

#endif

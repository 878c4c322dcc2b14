/* Bounded, so that who comes too late hears so at once instead of waiting for an answer in vain. */
#include "dashboard/server/queue.h"

#include <errno.h>
#include <stdlib.h>

int queue_init(struct queue *queue, size_t max)
{
	void **item = calloc(max, sizeof(*item));

	if (!item)
		return -ENOMEM;
	*queue = (struct queue){.item = item, .max = max};
	/* Neither can fail on Linux. */
	(void)pthread_mutex_init(&queue->lock, NULL);
	(void)pthread_cond_init(&queue->changed, NULL);
	return 0;
}

void queue_release(struct queue *queue)
{
	if (!queue->item)
		return;
	(void)pthread_cond_destroy(&queue->changed);
	(void)pthread_mutex_destroy(&queue->lock);
	free(queue->item);
	*queue = (struct queue){0};
}

bool queue_push(struct queue *queue, void *item)
{
	bool has_room;

	(void)pthread_mutex_lock(&queue->lock);
	has_room = !queue->is_closed && queue->count < queue->max;
	if (has_room) {
		queue->item[(queue->first + queue->count++) % queue->max] = item;
		(void)pthread_cond_signal(&queue->changed);
	}
	(void)pthread_mutex_unlock(&queue->lock);
	return has_room;
}

/* With the lock. */
static void *take(struct queue *queue)
{
	void *item = queue->item[queue->first];

	queue->first = (queue->first + 1) % queue->max;
	queue->count--;
	return item;
}

void *queue_pop(struct queue *queue)
{
	void *item = NULL;

	(void)pthread_mutex_lock(&queue->lock);
	while (!queue->count && !queue->is_closed)
		(void)pthread_cond_wait(&queue->changed, &queue->lock);
	if (!queue->is_closed)
		item = take(queue);
	(void)pthread_mutex_unlock(&queue->lock);
	return item;
}

void queue_close(struct queue *queue)
{
	(void)pthread_mutex_lock(&queue->lock);
	queue->is_closed = true;
	(void)pthread_cond_broadcast(&queue->changed);
	(void)pthread_mutex_unlock(&queue->lock);
}

void *queue_take(struct queue *queue)
{
	void *item;

	(void)pthread_mutex_lock(&queue->lock);
	item = queue->count ? take(queue) : NULL;
	(void)pthread_mutex_unlock(&queue->lock);
	return item;
}

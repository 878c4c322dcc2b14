/* Bounded, so that who comes too late hears so at once instead of waiting for an answer in vain. */
#include "dashboard/server/queue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PART_OF_WORKERS 2
#define PART_OF_QUEUE	4

static size_t part(size_t whole, size_t parts)
{
	return whole > parts ? whole / parts : 1;
}

int queue_init(struct queue *queue, size_t max, size_t n_workers)
{
	struct queue_entry *entry = calloc(max, sizeof(*entry));

	assert(n_workers && n_workers <= QUEUE_WORKERS_MAX);
	if (!entry)
		return -ENOMEM;
	*queue = (struct queue){.entry = entry,
		.max = max,
		.workers_each = part(n_workers, PART_OF_WORKERS),
		.waiting_each = part(max, PART_OF_QUEUE)};
	/* Neither can fail on Linux. */
	(void)pthread_mutex_init(&queue->lock, NULL);
	(void)pthread_cond_init(&queue->changed, NULL);
	return 0;
}

void queue_release(struct queue *queue)
{
	if (!queue->entry)
		return;
	(void)pthread_cond_destroy(&queue->changed);
	(void)pthread_mutex_destroy(&queue->lock);
	free(queue->entry);
	*queue = (struct queue){0};
}

/* With the lock, as all that follow. */
static bool has_room(const struct queue *queue, uint64_t whose)
{
	size_t n = 0;

	if (queue->is_closed || queue->count == queue->max)
		return false;
	for (size_t i = 0; i < queue->count; i++)
		n += queue->entry[i].whose == whose;
	return !whose || n < queue->waiting_each;
}

static size_t n_running_of(const struct queue *queue, uint64_t whose)
{
	size_t n = 0;

	for (size_t i = 0; whose && i < queue->n_running; i++)
		n += queue->running[i] == whose;
	return n;
}

/* Which entry a worker may take; count: none. */
static size_t choose(const struct queue *queue)
{
	size_t fewest = queue->workers_each, chosen = queue->count;

	for (size_t i = 0; i < queue->count && fewest; i++) {
		size_t n = n_running_of(queue, queue->entry[i].whose);

		if (n < fewest) {
			fewest = n;
			chosen = i;
		}
	}
	return chosen;
}

static struct queue_entry take(struct queue *queue, size_t at)
{
	struct queue_entry entry = queue->entry[at];

	queue->count--;
	memmove(&queue->entry[at], &queue->entry[at + 1],
		(queue->count - at) * sizeof(queue->entry[0]));
	return entry;
}

bool queue_push(struct queue *queue, void *item, uint64_t whose)
{
	bool is_in;

	(void)pthread_mutex_lock(&queue->lock);
	is_in = has_room(queue, whose);
	if (is_in) {
		queue->entry[queue->count++] = (struct queue_entry){item, whose};
		(void)pthread_cond_signal(&queue->changed);
	}
	(void)pthread_mutex_unlock(&queue->lock);
	return is_in;
}

void *queue_pop(struct queue *queue)
{
	struct queue_entry entry = {0};
	size_t at;

	(void)pthread_mutex_lock(&queue->lock);
	while ((at = choose(queue)) == queue->count && !queue->is_closed)
		(void)pthread_cond_wait(&queue->changed, &queue->lock);
	if (!queue->is_closed) {
		assert(queue->n_running < QUEUE_WORKERS_MAX);
		entry = take(queue, at);
		queue->running[queue->n_running++] = entry.whose;
	}
	(void)pthread_mutex_unlock(&queue->lock);
	return entry.item;
}

void queue_done(struct queue *queue, uint64_t whose)
{
	size_t i = 0;

	(void)pthread_mutex_lock(&queue->lock);
	while (i < queue->n_running && queue->running[i] != whose)
		i++;
	assert(i < queue->n_running);
	queue->running[i] = queue->running[--queue->n_running];
	/* Whoever is done takes the next item; one of theirs may be for another that waits. */
	(void)pthread_cond_signal(&queue->changed);
	(void)pthread_mutex_unlock(&queue->lock);
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
	item = queue->count ? take(queue, 0).item : NULL;
	(void)pthread_mutex_unlock(&queue->lock);
	return item;
}

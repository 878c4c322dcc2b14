/* A stack of connections that nobody uses; the one that was used last is the likeliest to work. */
#include "cli/admission/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/thread.h"
#include "hubmeter/cleanup.h"

#define ATTEMPTS 3

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t returned;
	struct store **all;
	struct store **idle;
	size_t count, n_idle;
};

struct pool *pool_new(const char *conninfo, size_t count)
{
	hm_cleanup(pool_freep) struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	(void)pthread_mutex_init(&pool->lock, NULL); /* can't fail on Linux */
	thread_condition_init(&pool->returned);
	pool->all = calloc(count, sizeof(struct store *));
	pool->idle = calloc(count, sizeof(struct store *));
	if (!pool->all || !pool->idle)
		return NULL;
	for (pool->count = 0; pool->count < count; pool->count++) {
		struct store *store = store_new_impatient(conninfo, POOL_ANSWER_SEC * 1000000LL);

		if (!store)
			return NULL;
		pool->all[pool->count] = store;
		pool->idle[pool->n_idle++] = store;
	}
	return hm_steal(&pool);
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	for (size_t i = 0; i < pool->count; i++)
		store_free(pool->all[i]);
	free(pool->all);
	free(pool->idle);
	(void)pthread_cond_destroy(&pool->returned);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
}

static struct store *take(struct pool *pool)
{
	struct store *store = NULL;
	struct timespec until = thread_deadline(POOL_WAIT_SEC * 1000000000LL);
	int r = 0;

	(void)pthread_mutex_lock(&pool->lock);
	while (!pool->n_idle && r == 0)
		r = pthread_cond_timedwait(&pool->returned, &pool->lock, &until);
	if (pool->n_idle)
		store = pool->idle[--pool->n_idle];
	(void)pthread_mutex_unlock(&pool->lock);
	return store;
}

static void give_back(struct pool *pool, struct store *store)
{
	(void)pthread_mutex_lock(&pool->lock);
	pool->idle[pool->n_idle++] = store;
	(void)pthread_cond_signal(&pool->returned);
	(void)pthread_mutex_unlock(&pool->lock);
}

static int attempt(struct store *store, pool_work_fn *work, void *context)
{
	int r = store_is_connected(store) ? 0 : store_connect(store);

	return r < 0 ? r : work(store, context);
}

int pool_run(struct pool *pool, pool_work_fn *work, void *context, char *error, size_t error_size)
{
	struct store *store = take(pool);
	time_t begin = time(NULL);
	int r = -EAGAIN;

	if (!store) {
		(void)snprintf(error, error_size, "all connections to the database are busy");
		return -EBUSY;
	}
	for (int i = 0; i < ATTEMPTS && (r == -EAGAIN || r == -ECONNRESET); i++) {
		r = attempt(store, work, context);
		if (time(NULL) - begin >= POOL_ANSWER_SEC)
			break;
	}
	if (r < 0)
		(void)snprintf(error, error_size, "%s", store_error(store));
	give_back(pool, store);
	return r;
}

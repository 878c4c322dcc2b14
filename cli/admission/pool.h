/*
 * Connections to the database for requests that come at once. Any thread may ask.
 *
 * Invariants
 *  - A connection is used by one request at a time; one that broke is opened anew by the next.
 *  - No request waits longer than POOL_WAIT_SEC for a connection and about twice POOL_ANSWER_SEC
 * for an answer. What it asks may be asked twice: a statement whose answer was lost is sent again.
 *
 * Life cycle: pool_new() -> pool_run()* from any thread -> pool_free() when none runs.
 */
#ifndef CLI_ADMISSION_POOL_H
#define CLI_ADMISSION_POOL_H

#include <stddef.h>

#include "cli/store/store.h"

#define POOL_WAIT_SEC	5
#define POOL_ANSWER_SEC 10

struct pool;

/* A statement; a code as cli/store/store.h has. */
typedef int pool_work_fn(struct store *store, void *context);

/* Borrows @conninfo. NULL: out of memory. */
struct pool *pool_new(const char *conninfo, size_t count);
void pool_free(struct pool *pool);

static inline void pool_freep(struct pool **pool)
{
	pool_free(*pool);
}

/* Do @work; why it failed is in @error. -EBUSY: all connections were busy all along. */
int pool_run(struct pool *pool, pool_work_fn *work, void *context, char *error, size_t error_size);

#endif

/*
 * PostgreSQL: the only authority on how far each partition was read.
 *
 * Invariants
 *  - One flush is one transaction: rows, watermarks, gaps, refusals and offsets, all or none.
 *  - It commits only while this process owns every partition in it (ingest.advance()), and knows
 *    every stream in it as the database does (ingest.move_streams()).
 *  - No lock is held while rows travel: they are staged first, then everything that locks is sent
 *    at once and ends with the commit.
 *  - No call waits longer than the timeout for the server, apart from connecting.
 *
 * Life cycle: store_new() -> store_connect() -> store_takeover()* -> store_flush()* ->
 * store_free(). After -ECONNRESET: store_connect() until it works, then store_resolve().
 *
 * Results all calls share: -EAGAIN the server is there but could not, nothing changed, try again;
 * -ECONNRESET the connection is gone; -ESTALE another process owns the partition.
 * store_error() tells why in words.
 */
#ifndef AGGREGATOR_STORE_STORE_H
#define AGGREGATOR_STORE_STORE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "aggregator/rollup/ingest.h"
#include "common/clock.h"

#define STORE_REASON_SIZE 200

struct store;

/* -ENOMEM. @conninfo is copied; the clock is borrowed. */
int store_new(
	const char *conninfo, int64_t timeout_usec, const struct clock *clock, struct store **ret);
void store_free(struct store *store);

/* Connect, or connect anew. -EAGAIN; -EPROTONOSUPPORT: not the schema that this program wants. */
int store_connect(struct store *store);
void store_disconnect(struct store *store);
bool store_is_connected(const struct store *store);

/* Why the last call failed: one line. Valid until the next call. */
const char *store_error(const struct store *store);

/* "15.4": of libpq. */
const char *store_library_version(void);

/* A partition that is to be ours. One that nobody read before begins at @low_offset. */
struct store_claim {
	struct ingest_partition *partition;
	int64_t low_offset;
	int result; /* 0: it is ours; -EPERM: an operator has to decide first, see reason */
	char reason[STORE_REASON_SIZE];
};

/*
 * Become the owner of every partition in @claim, and fill in its epoch, offsets, last record and,
 * unless they are loaded, its topic's streams; or its result. Predecessors whose transactions are
 * in the way are ended. All or none; -ENOMEM.
 */
int store_takeover(struct store *store, struct store_claim *claim, size_t count);

/*
 * Ask, and change nothing: is every partition in @claim still one that an operator has to decide
 * about? Its result as above; 0: it is not, or not any more.
 */
int store_find_stopped(struct store *store, struct store_claim *claim, size_t count);

/* Record that @partition is not read any more, and why. -ESTALE: it is not ours to stop. */
int store_stop(struct store *store, const struct ingest_partition *partition, const char *reason);

/*
 * Record that nobody can read @partition of @topic for now, and why: hubmeter doctor shows it.
 * Taking it over or committing from it clears that. One that was never read has no place to record
 * it: 0.
 */
int store_note_waiting(
	struct store *store, const char *topic, int32_t partition, const char *reason);

/*
 * Commit what @ingest gathered and does not hold back. -ECONNRESET: nobody knows whether it was
 * committed, ask store_resolve(). -EBADMSG: the database refuses a value in it, and will again.
 * -EDQUOT: a hub names more classes or nodes than it may. -E2BIG: it took too long or too much
 * memory, less at once may work. -EREMCHG: a stream is not as it is known here, because it came
 * through a partition of another process, or is not known here at all.
 */
int store_flush(struct store *store, const struct ingest *ingest);

/* Was it that the database refuses something in it, and nothing else? */
static inline bool store_is_refusal(int result)
{
	return result == -EBADMSG || result == -EDQUOT || result == -EREMCHG;
}

/* After a lost connection: was the last flush committed? */
int store_resolve(struct store *store, const struct ingest *ingest, bool *ret_committed);

#endif

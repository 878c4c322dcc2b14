/*
 * Messages in quarantine, which are retried one by one. Beside store.h, whose connection and return
 * codes it uses.
 *
 * Invariants
 *  - What a retry comes to, and what it adds to the usage, is one transaction, which commits only
 *    while the message is open: of two retries of one message one counts.
 *  - The offset of its partition does not move, its account does.
 *
 * Life cycle: store_find_quarantined() -> store_load_streams_of() -> (the batch is taken)
 * store_flush_settling(), or store_settle() -> store_quarantined_release().
 */
#ifndef AGGREGATOR_STORE_QUARANTINE_H
#define AGGREGATOR_STORE_QUARANTINE_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/record_time.h"
#include "aggregator/store/store.h"

struct store_quarantined {
	char *topic;
	int32_t partition;
	int64_t offset;
	char state[16];		    /* "open", or what became of it */
	struct record_time written; /* RECORD_CLOCK_NONE: not known */
	int64_t received_usec;	    /* when it was refused, by the clock of the database */
	uint8_t *payload;
	size_t payload_size;
};

/* What a retry came to. */
struct store_settlement {
	int64_t quarantine_id;
	const char *outcome;	      /* "taken", "duplicate", "refused" */
	const char *still_refused_as; /* NULL unless it was refused */
	int64_t shift_usec;	      /* 0: none */
	int64_t max_age_usec;
	const char *reason; /* NULL: none was given */
};

/* -ENOENT: there is none. The caller releases *ret. */
int store_find_quarantined(struct store *store, int64_t id, struct store_quarantined *ret);
void store_quarantined_release(struct store_quarantined *quarantined);

/* Fill in what the database knows of the streams of the topic of @partition, unless it is loaded.
 */
int store_load_streams_of(struct store *store, struct ingest_partition *partition);

/* Note what it came to. -EALREADY: it is not open any more. */
int store_settle(struct store *store, const struct store_settlement *settlement);

/* The same with all that @ingest gathered. As store_flush(), which knows nothing of -EALREADY. */
int store_flush_settling(struct store *store, const struct ingest *ingest,
	const struct store_settlement *settlement);

#endif

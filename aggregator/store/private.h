/*
 * What the files of this room share: the connection, what is known of the server, transactions.
 */
#ifndef AGGREGATOR_STORE_PRIVATE_H
#define AGGREGATOR_STORE_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/rollup/part.h"
#include "aggregator/store/known.h"
#include "aggregator/store/store.h"
#include "common/postgres/copy.h"
#include "common/postgres/pipeline.h"
#include "common/postgres/postgres.h"

#define STORE_MAX_MONTHS 512

struct store {
	char *conninfo;
	struct postgres postgres;
	struct postgres_copy copy;
	char owner[128];		 /* host, process and a random part */
	char stage_name[16];		 /* of the staging tables this program makes */
	int32_t month[STORE_MAX_MONTHS]; /* whose partitions exist; months since 1970 */
	size_t n_months;
	struct known known;
};

/* What every transaction begins with: its settings end with it. */
#define STORE_BEGIN                                                                                \
	{.sql = "BEGIN ISOLATION LEVEL READ COMMITTED"},                                           \
	{                                                                                          \
		.sql = sql_begin_settings                                                          \
	}

/*
 * One statement with text parameters in a transaction of its own. *ret (may be NULL) has binary
 * columns; the caller clears it. Return codes of common/postgres/sqlstate.h.
 */
int store_run(struct store *store, const char *sql, int n_values, const char *const *value,
	PGresult **ret);

/* Was the last failure that somebody else held the row too long? */
bool store_was_blocked(const struct store *store);

/* Open a transaction that has the staging tables. */
int store_begin_staging(struct store *store);

/* Fill in what the database knows of the streams of topics that are ours now, where that was not
 * done. */
int store_load_streams(struct store *store, struct store_claim *claim, size_t count);

#define COPY_INTO(table) "COPY pg_temp." table " FROM STDIN (FORMAT binary)"

/* Fill the staging tables from @ingest, with its @keys that are in the commit and their @ids. */
int store_stage(struct store *store, const struct ingest *ingest, const struct part_keys *keys,
	const struct known_ids *ids);

/* Those of them that are slots of workloads: its @copy is the connection's. */
int store_stage_slots(
	struct postgres_copy *copy, const struct part_keys *keys, const struct known_ids *ids);

/* store_flush() whose first statement is @fence, not that of the partitions' offsets. */
int store_flush_behind(
	struct store *store, const struct ingest *ingest, const struct postgres_statement *fence);

/* @r as the calls of store.h have it: whatever the server could not do, it may do later. */
int store_code(int r);

#endif

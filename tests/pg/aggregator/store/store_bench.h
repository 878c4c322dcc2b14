/*
 * What the tests of the store share: a private PostgreSQL with our schema, owners of a partition,
 * and questions to what they stored. A program has one such server, for all its tests.
 */
#ifndef TESTS_PG_AGGREGATOR_STORE_STORE_BENCH_H
#define TESTS_PG_AGGREGATOR_STORE_STORE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include <cmocka.h>

#include "aggregator/store/store.h"
#include "hubmeter/cleanup.h"
#include "proto/wire.h"
#include "tests/support/make_batch.h"
#include "tests/support/private_postgres.h"

#define ROWS	     20
#define TIMEOUT_USEC (30LL * 1000000)
#define TOPIC	     "usage.physics.v1"

static struct private_postgres server;
static char superuser[256]; /* conninfo strings */
static char aggregator[256];
static PGconn *admin;

struct owner {
	struct store *store;
	struct ingest *ingest;
	struct ingest_partition *partition;
	int64_t offset;
};

static inline int64_t late_enough(void *context)
{
	(void)context;
	return MADE_BATCH_START_USEC + 3600LL * 1000000;
}

static struct clock test_clock;

/* One value, or "" when there is no row. Valid until the next call. */
static inline const char *ask(const char *sql)
{
	static char value[256];
	PGresult *result = PQexec(admin, sql);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(admin));
	(void)snprintf(
		value, sizeof(value), "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
	PQclear(result);
	return value;
}

static inline void migrate(void)
{
	char line[1024];

	(void)snprintf(line, sizeof(line),
		"'%s/cli/hubmeter' migrate --postgres='%s' --sql-dir='%s/sql' > /dev/null",
		TEST_BUILD_DIR, superuser, TEST_SOURCE_DIR);
	assert_int_equal(system(line), 0);
}

static inline int start_services(void **state)
{
	(void)state;
	private_postgres_start(&server);
	private_postgres_conninfo(&server, "postgres", superuser, sizeof(superuser));
	private_postgres_conninfo(&server, "hm_aggregator", aggregator, sizeof(aggregator));
	admin = PQconnectdb(superuser);
	assert_int_equal(PQstatus(admin), CONNECTION_OK);
	migrate();
	test_clock = clock_system;
	test_clock.realtime_usec = late_enough;
	return 0;
}

static inline int stop_services(void **state)
{
	(void)state;
	PQfinish(admin);
	return private_postgres_stop(&server);
}

static inline int empty_database(void **state)
{
	(void)state;
	(void)ask("TRUNCATE ingest.partition, ingest.watermark, ingest.gap, ingest.quarantine,"
		  " ingest.dirty_day, usage.slot, usage.node_slot, usage.workload, usage.node,"
		  " usage.hub, usage.resource_class CASCADE");
	return 0;
}

/* A process that owns partition @number of the topic. */
static inline struct owner own_partition(int32_t number)
{
	const struct ingest_limits limits = {.max_age_usec = 72 * 3600LL * 1000000,
		.max_future_usec = 0,
		.rollup_bytes = (size_t)32 << 20,
		.seed = 5};
	struct store_claim claim = {.result = -1};
	struct owner owner = {0};

	assert_int_equal(store_new(aggregator, TIMEOUT_USEC, &test_clock, &owner.store), 0);
	assert_int_equal(store_connect(owner.store), 0);
	assert_int_equal(ingest_new(&test_clock, &limits, &owner.ingest), 0);
	assert_int_equal(ingest_add_partition(owner.ingest, TOPIC, number, &owner.partition), 0);
	owner.partition->reading = INGEST_READING_GOES_ON;
	claim.partition = owner.partition;
	assert_int_equal(store_takeover(owner.store, &claim, 1), 0);
	assert_int_equal(claim.result, 0);
	owner.offset = owner.partition->next_offset;
	return owner;
}

static inline struct owner own(void)
{
	return own_partition(0);
}

/* As the loop does after -EREMCHG: from where the database is, knowing what it knows. */
static inline void look_again(struct owner *owner)
{
	const int32_t number = owner->partition->partition;
	struct store_claim claim = {.result = -1};

	assert_true(ingest_want_streams(owner->partition->its_topic));
	ingest_drop(owner->ingest);
	assert_int_equal(ingest_add_partition(owner->ingest, TOPIC, number, &owner->partition), 0);
	owner->partition->reading = INGEST_READING_GOES_ON;
	claim.partition = owner->partition;
	assert_int_equal(store_takeover(owner->store, &claim, 1), 0);
	assert_int_equal(claim.result, 0);
	owner->offset = owner->partition->next_offset;
}

static inline void disown(struct owner *owner)
{
	store_free(owner->store);
	ingest_free(owner->ingest);
}

static inline void take_bytes(struct owner *owner, const void *bytes, size_t size)
{
	assert_int_equal(ingest_message(owner->ingest, owner->partition, owner->offset++, bytes,
				 size, &(struct record_time){0}),
		0);
}

static inline void take(struct owner *owner, const struct hm_batch *batch)
{
	size_t capacity = hm_wire_size(batch);
	hm_cleanup(hm_freep) unsigned char *bytes = malloc(capacity);
	size_t size;

	assert_non_null(bytes);
	assert_int_equal(hm_wire_encode(batch, bytes, capacity, &size), 0);
	take_bytes(owner, bytes, size);
}

static inline void flush(struct owner *owner)
{
	int r = store_flush(owner->store, owner->ingest);

	if (r < 0)
		fail_msg("flush: %d %s", r, store_error(owner->store));
	ingest_commit(owner->ingest);
}

static inline void assert_value(const char *sql, const char *expected)
{
	assert_string_equal(ask(sql), expected);
}

static inline uint64_t sum_of(const struct made_batch *made, int quantity)
{
	uint64_t sum = 0;

	for (size_t row = 0; row < made->batch.n_rows; row++)
		sum += made->quantity[quantity][row];
	return sum;
}

static inline uint64_t stored_wall(void)
{
	return strtoull(ask("SELECT coalesce(sum(wall_msec), 0) FROM usage.slot"), NULL, 10);
}

/* A batch with wall time in it: the generator leaves a column out now and then. */
static inline struct made_batch *make(uint64_t seed)
{
	struct made_batch *made = made_batch_new(seed, ROWS);

	for (size_t row = 0; row < ROWS; row++)
		made->quantity[HM_QUANTITY_WALL_MSEC][row] = 1000 + row;
	return made;
}

#define TEST(name) cmocka_unit_test_setup(name, empty_database)

#endif

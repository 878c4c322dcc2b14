/*
 * What tests of retries share: messages that were refused, retries of them, and what these said.
 * See tests/pg/aggregator/store/store_bench.h.
 */
#ifndef TESTS_PG_AGGREGATOR_RETRY_RETRY_BENCH_H
#define TESTS_PG_AGGREGATOR_RETRY_RETRY_BENCH_H

#include "aggregator/retry/retry.h"
#include "tests/pg/aggregator/store/store_bench.h"

#define DAY_USEC (86400LL * 1000 * 1000)

#define GAPS                                                                                       \
	"SELECT coalesce(string_agg(first_sequence || '-' || last_sequence, ' '"                   \
	" ORDER BY first_sequence), '') FROM ingest.gap"
#define ACCOUNT                                                                                    \
	"SELECT string_agg(format('%s %s %s %s', next_offset - first_offset, taken,"               \
	" duplicates, quarantined), ', ' ORDER BY partition) FROM ingest.partition"
/* Those that the account counts as quarantined are there, open or discarded. */
#define WRONG_ACCOUNTS                                                                             \
	"SELECT count(*) FROM ingest.partition AS p WHERE quarantined <> (SELECT count(*)"         \
	" FROM ingest.quarantine AS q WHERE q.topic = p.topic AND q.partition = p.partition"       \
	" AND q.is_counted AND q.state IN ('open', 'discarded'))"
#define STATES "SELECT string_agg(state, ' ' ORDER BY quarantine_id) FROM ingest.quarantine"

/* What the windows of `made` are wrong by, and how it is put right. */
static const char ahead[] = "-1d";

static inline struct config config_of(char *conninfo, char *ids, char *shift)
{
	static char reason[] = "its clock was a day ahead";
	static char none[] = "";

	return (struct config){.postgres = conninfo,
		.retry_quarantine = ids,
		.retry_shift = shift,
		.retry_reason = *shift ? reason : none,
		.max_age = 400 * DAY_USEC,
		.max_future = 0,
		.flush_memory = (uint64_t)32 << 20,
		.postgres_timeout = TIMEOUT_USEC};
}

/* What a retry says; valid until the next. */
static inline const char *retry_as(
	char *conninfo, const char *ids, const char *shift, int64_t max_age)
{
	static char said[1024];
	char own_ids[256], own_shift[32];
	struct config config;
	FILE *out;

	(void)snprintf(own_ids, sizeof(own_ids), "%s", ids);
	(void)snprintf(own_shift, sizeof(own_shift), "%s", shift);
	config = config_of(conninfo, own_ids, own_shift);
	if (max_age)
		config.max_age = max_age;
	memset(said, 0, sizeof(said));
	out = fmemopen(said, sizeof(said) - 1, "w");
	assert_non_null(out);
	assert_null(retry_fault(&config));
	(void)retry_run(&config, &test_clock, out);
	assert_int_equal(fclose(out), 0);
	return said;
}

static inline const char *retry(const char *ids, const char *shift)
{
	return retry_as(superuser, ids, shift, 0);
}

/* The number of the @nth refusal, from 1. */
static inline const char *id_of(int nth)
{
	static char number[4][24];
	char sql[128];

	(void)snprintf(sql, sizeof(sql),
		"SELECT quarantine_id FROM ingest.quarantine ORDER BY 1 OFFSET %d LIMIT 1",
		nth - 1);
	(void)snprintf(
		number[nth % 4], sizeof(number[0]), "%lld", strtoll(ask(sql), NULL, 10)); /* fits */
	return number[nth % 4];
}

static inline void assert_said(const char *said, const char *id, const char *outcome)
{
	char line[512];

	(void)snprintf(line, sizeof(line), "%s\t%s\n", id, outcome);
	assert_string_equal(said, line);
}

static inline void assert_retried(int nth, const char *shift, const char *outcome)
{
	const char *id = id_of(nth);

	assert_said(retry(id, shift), id, outcome);
	assert_value(WRONG_ACCOUNTS, "0");
}

static inline void take_number(struct owner *owner, struct made_batch *made, uint64_t sequence)
{
	made->batch.sequence = sequence;
	take(owner, &made->batch);
}

/* It comes with a clock that is a day ahead: refused. */
static inline void refuse_number(struct owner *owner, struct made_batch *made, uint64_t sequence)
{
	made->batch.window_start_usec += DAY_USEC;
	made->batch.window_end_usec += DAY_USEC;
	take_number(owner, made, sequence);
	made->batch.window_start_usec -= DAY_USEC;
	made->batch.window_end_usec -= DAY_USEC;
}

static inline void assert_batches(const struct made_batch *made, uint64_t count)
{
	assert_true(stored_wall() == count * sum_of(made, HM_QUANTITY_WALL_MSEC));
}

/* As if they had been refused by a clock that is near: of rows without a time it decides. */
static inline void receive_on_the_day(void)
{
	(void)ask("UPDATE ingest.quarantine SET received_at = '2026-09-01T01:00Z'");
}

#endif

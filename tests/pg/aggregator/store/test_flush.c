/*
 * What a flush adds to what is there, against a real PostgreSQL. Needs the services of
 * deploy/local; skipped (77) where they cannot be started.
 */
#include "tests/pg/aggregator/store/store_bench.h"

static void test_flush_adds(void **state)
{
	struct made_batch *made = make(1);
	struct owner owner = own();
	uint64_t wall = sum_of(made, HM_QUANTITY_WALL_MSEC);

	(void)state;
	take(&owner, &made->batch);
	flush(&owner);
	assert_true(stored_wall() == wall);
	made->batch.sequence++;
	take(&owner, &made->batch);
	flush(&owner);
	assert_true(stored_wall() == 2 * wall);
	assert_value("SELECT count(*) FROM usage.workload", "20");
	assert_value("SELECT count(*) FROM usage.slot", "20");
	assert_value("SELECT next_offset FROM ingest.partition", "2");
	assert_value("SELECT last_sequence FROM ingest.partition", "2");
	assert_value("SELECT sequence FROM ingest.watermark", "2");
	assert_value(
		"SELECT string_agg(DISTINCT day::text, ',') FROM ingest.dirty_day", "2026-09-01");
	assert_value("SELECT cpu_used_usec - cpu_system_usec - (SELECT sum(cpu_used_usec) FROM"
		     " usage.slot) FROM usage.node_slot",
		"0");
	assert_value(
		"SELECT last_window_end = '2026-09-01T00:01Z' AND last_observed = last_window_end"
		" FROM usage.node",
		"t");
	made_batch_free(made);
	disown(&owner);
}

/* One flush after another into the same slot: as test_measured_in_part_is_not_measured has it. */
static void flush_each(struct owner *owner, const char *batches)
{
	for (const char *at = batches; *at; at++) {
		struct made_batch *made = make(7);

		made->batch.sequence = (uint64_t)(at - batches) + 1;
		made->batch.node_row.measured = (struct hm_node_measured){.is_measured = *at == 'm',
			.flags = *at == 'm' && at[1] == '\0' ? HM_FLAG_RESET : 0,
			.cpu_usec = *at == 'm' ? 1000 : 0,
			.cpu_steal_usec = *at == 'm' ? 20 : 0,
			.memory_mib_sec = *at == 'm' ? 3 : 0};
		if (*at == 'n') {
			made->batch.node_row.coverage_msec = 0;
			memset(made->batch.node_row.capacity, 0,
				sizeof(made->batch.node_row.capacity));
			memset(made->batch.node_row.system, 0, sizeof(made->batch.node_row.system));
			made_batch_balance(made);
		}
		take(owner, &made->batch);
		flush(owner);
		made_batch_free(made);
	}
}

static void test_flush_of_what_was_measured(void **state)
{
	static const struct {
		const char *batches, *stored;
	} cases[] = {
		{"m", "1000 20 3 64"},
		{"mm", "2000 40 6 64"},
		{"nm", "1000 20 3 64"},
		{"mn", "1000 20 3 0"},
		{"nmnmn", "2000 40 6 0"},
		{"u", "   "},
		{"n", "   "},
		{"um", "   "},
		{"mum", "   "},
		{"num", "   "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct owner owner;

		(void)empty_database(NULL);
		owner = own();
		flush_each(&owner, cases[i].batches);
		assert_value("SELECT format('%s %s %s %s', cpu_measured_usec, cpu_steal_usec,"
			     " memory_measured_mib_sec, measured_flags) FROM usage.node_slot",
			cases[i].stored);
		disown(&owner);
	}
}

/* Usage of two years ago: its month is made, and nobody is said to have observed the node. */
static void test_flush_of_imported_usage(void **state)
{
	struct made_batch *made = make(1);
	struct owner owner = own();

	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		made->flags[i] = HM_FLAG_IMPORTED;
	made->batch.node_row.coverage_msec = 0;
	made->batch.window_start_usec -= 2 * 365 * INT64_C(86400000000);
	made->batch.window_end_usec -= 2 * 365 * INT64_C(86400000000);
	take(&owner, &made->batch);
	flush(&owner);
	assert_true(stored_wall() == sum_of(made, HM_QUANTITY_WALL_MSEC));
	assert_value("SELECT last_observed IS NULL AND last_window_end = '2024-09-01T00:01Z'"
		     " FROM usage.node",
		"t");
	assert_value("SELECT min(tableoid::regclass::text) FROM usage.slot", "usage.slot_2024_09");
	for (size_t i = 0; i < ROWS; i++)
		made->flags[i] = 0;
	made->batch.window_start_usec += 2 * 365 * INT64_C(86400000000);
	made->batch.window_end_usec += 2 * 365 * INT64_C(86400000000);
	made->batch.sequence++;
	take(&owner, &made->batch); /* now a collector runs there */
	flush(&owner);
	assert_value("SELECT last_observed = last_window_end FROM usage.node", "t");
	made_batch_free(made);
	disown(&owner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_flush_adds),
		TEST(test_flush_of_what_was_measured),
		TEST(test_flush_of_imported_usage),
	};

	return cmocka_run_group_tests(tests, start_services, stop_services);
}

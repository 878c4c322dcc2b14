/*
 * Names that the aggregator remembers: whatever it knows, each sum arrives where it belongs, and
 * what an operator does to names by hand is seen. Against a real PostgreSQL, as test_flush.c.
 */
#include <errno.h>

#include "aggregator/store/private.h"
#include "tests/pg/aggregator/store/store_bench.h"

static uint32_t known_workloads(const struct owner *owner)
{
	return owner->store->known.workloads.count;
}

/* Rows that the last statement of the kind staged cannot be seen afterwards: counted by a trigger.
 */
static void count_lookups(void)
{
	(void)ask("CREATE TABLE IF NOT EXISTS public.lookup (n bigint);"
		  "TRUNCATE public.lookup;"
		  "CREATE OR REPLACE FUNCTION public.note_lookup() RETURNS trigger LANGUAGE plpgsql"
		  " SECURITY DEFINER AS $$ BEGIN INSERT INTO public.lookup VALUES (1);"
		  " RETURN NULL; END $$;"
		  "DROP TRIGGER IF EXISTS note_lookup ON usage.workload;"
		  "CREATE TRIGGER note_lookup AFTER INSERT OR UPDATE ON usage.workload"
		  " FOR EACH ROW EXECUTE FUNCTION public.note_lookup()");
}

static void drop_counter(void)
{
	(void)ask("DROP TRIGGER note_lookup ON usage.workload");
}

static void flush_next(struct owner *owner, struct made_batch *made)
{
	made->batch.sequence++;
	take(owner, &made->batch);
	flush(owner);
}

static void test_adds_by_id(void **state)
{
	struct made_batch *made = make(1);
	struct owner owner = own();
	const uint64_t wall = sum_of(made, HM_QUANTITY_WALL_MSEC);

	(void)state;
	count_lookups();
	take(&owner, &made->batch);
	flush(&owner);
	assert_int_equal(known_workloads(&owner), ROWS);
	assert_value("SELECT count(*) FROM public.lookup", "20");
	flush_next(&owner, made);
	flush_next(&owner, made);
	assert_value("SELECT count(*) FROM public.lookup", "20");
	assert_true(stored_wall() == 3 * wall);
	assert_value("SELECT count(*) FROM usage.slot", "20");
	assert_value("SELECT count(*) FROM usage.slot AS s JOIN usage.workload USING (workload_id)"
		     " JOIN usage.node AS n USING (node_id) WHERE n.hub_id = s.hub_id",
		"20");
	drop_counter();
	made_batch_free(made);
	disown(&owner);
}

/* A name that comes late, an earlier slot, a class that is new: the database is told. */
static void test_tells_what_is_new(void **state)
{
	static const char *const names = "SELECT count(*) FROM usage.workload WHERE username <> ''";
	struct made_batch *made = make(1);
	struct owner owner = own();
	uint32_t user[ROWS];

	(void)state;
	memcpy(user, made->user, sizeof(user));
	memset(made->user, 0, sizeof(user));
	take(&owner, &made->batch);
	flush(&owner);
	assert_value(names, "0");
	memcpy(made->user, user, sizeof(user));
	flush_next(&owner, made);
	assert_true(strcmp(ask(names), "0") != 0);
	made->batch.window_start_usec -= INT64_C(900000000);
	made->batch.window_end_usec -= INT64_C(900000000);
	flush_next(&owner, made);
	assert_value("SELECT count(DISTINCT first_slot) FROM usage.workload", "1");
	assert_value("SELECT bool_and(first_slot = (SELECT min(slot_start) FROM usage.slot))"
		     " FROM usage.workload",
		"t");
	made_batch_free(made);
	disown(&owner);
}

static void test_new_class_of_a_known_workload(void **state)
{
	struct made_batch *made = make(1);
	struct owner owner = own();
	const uint64_t wall = sum_of(made, HM_QUANTITY_WALL_MSEC);
	uint32_t *class = made->resource_class;

	(void)state;
	memset(class, 0, ROWS * sizeof(*class));
	take(&owner, &made->batch);
	flush(&owner);
	for (size_t row = 0; row < ROWS; row++)
		class[row] = made->batch.node_row.resource_class + 1 < made->batch.n_strings
				     ? (uint32_t)(row % made->batch.n_strings)
				     : 0;
	flush_next(&owner, made);
	flush_next(&owner, made);
	assert_true(stored_wall() == 3 * wall);
	assert_value("SELECT count(DISTINCT class_id) > 1 FROM usage.slot", "t");
	assert_value("SELECT count(*) FROM usage.workload", "20");
	made_batch_free(made);
	disown(&owner);
}

/* What was taken away or renamed by hand is looked up anew, and nothing is written under an id that
 * is gone. */
static void test_sees_what_is_done_by_hand(void **state)
{
	static const char *const orphans =
		"SELECT count(*) FROM usage.slot WHERE workload_id NOT IN"
		" (SELECT workload_id FROM usage.workload)";
	struct made_batch *made = make(1);
	struct owner owner = own();

	(void)state;
	take(&owner, &made->batch);
	flush(&owner);
	(void)ask("DELETE FROM usage.slot; DELETE FROM usage.workload");
	flush_next(&owner, made);
	assert_value(orphans, "0");
	assert_value("SELECT count(*) FROM usage.workload", "20");
	(void)ask("UPDATE usage.hub SET name = 'renamed'");
	flush_next(&owner, made);
	assert_value("SELECT count(*) FROM usage.hub", "2");
	assert_value("SELECT count(DISTINCT hub_id) FROM usage.slot", "2");
	(void)ask("TRUNCATE usage.workload CASCADE");
	(void)ask("TRUNCATE usage.slot");
	flush_next(&owner, made);
	assert_value(orphans, "0");
	assert_true(stored_wall() == sum_of(made, HM_QUANTITY_WALL_MSEC));
	made_batch_free(made);
	disown(&owner);
}

/* What was not committed is not known. */
static void test_learns_from_commits_only(void **state)
{
	struct made_batch *made = make(1);
	struct owner owner = own();

	(void)state;
	take(&owner, &made->batch);
	(void)ask("UPDATE ingest.partition SET owner_epoch = owner_epoch + 1");
	assert_int_equal(store_flush(owner.store, owner.ingest), -ESTALE);
	assert_int_equal(known_workloads(&owner), 0);
	(void)ask("UPDATE ingest.partition SET owner_epoch = owner_epoch - 1");
	flush(&owner);
	assert_int_equal(known_workloads(&owner), ROWS);
	store_disconnect(owner.store);
	assert_int_equal(store_connect(owner.store), 0);
	assert_int_equal(known_workloads(&owner), 0);
	made_batch_free(made);
	disown(&owner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_adds_by_id),
		TEST(test_tells_what_is_new),
		TEST(test_new_class_of_a_known_workload),
		TEST(test_sees_what_is_done_by_hand),
		TEST(test_learns_from_commits_only),
	};

	return cmocka_run_group_tests(tests, start_services, stop_services);
}

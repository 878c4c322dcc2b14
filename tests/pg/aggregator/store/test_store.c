/*
 * The store against a real PostgreSQL: one commit or none, whatever happens in between. Needs the
 * services of deploy/local; skipped (77) where they cannot be started.
 */
#include <errno.h>

#include "aggregator/rollup/part.h"
#include "tests/pg/aggregator/store/store_bench.h"

static void test_takeover_goes_on(void **state)
{
	struct made_batch *made = make(2);
	struct owner first = own(), second;

	(void)state;
	take(&first, &made->batch);
	flush(&first);
	second = own();
	assert_int_equal(second.partition->next_offset, 1);
	assert_int_equal(second.partition->owner_epoch, 2);
	assert_true(second.partition->last.has_crc32c && second.partition->last.has_batch);
	assert_int_equal(second.partition->last.crc32c, first.partition->last.crc32c);
	take(&second, &made->batch); /* the same again: the watermark came along */
	assert_int_equal(second.ingest->counters.duplicates, 1);
	made_batch_free(made);
	disown(&first);
	disown(&second);
}

static void test_two_owners_one_commits(void **state)
{
	struct made_batch *made = make(3);
	struct owner old = own();
	struct owner new;

	(void)state;
	take(&old, &made->batch);
	new = own();
	take(&new, &made->batch);
	assert_int_equal(store_flush(old.store, old.ingest), -ESTALE);
	assert_true(stored_wall() == 0);
	flush(&new);
	assert_int_equal(store_flush(old.store, old.ingest), -ESTALE);
	assert_true(stored_wall() == sum_of(made, HM_QUANTITY_WALL_MSEC));
	made_batch_free(made);
	disown(&old);
	disown(&new);
}

static void test_replay_is_fenced(void **state)
{
	struct made_batch *made = make(4);
	struct owner owner = own();
	bool was_committed = false;

	(void)state;
	take(&owner, &made->batch);
	assert_int_equal(store_flush(owner.store, owner.ingest), 0);
	/* As if the answer had been lost: the same once more. */
	assert_int_equal(store_flush(owner.store, owner.ingest), -ESTALE);
	assert_true(stored_wall() == sum_of(made, HM_QUANTITY_WALL_MSEC));
	assert_int_equal(store_connect(owner.store), 0);
	assert_int_equal(store_resolve(owner.store, owner.ingest, &was_committed), 0);
	assert_true(was_committed);
	made_batch_free(made);
	disown(&owner);
}

static void end_backend(void)
{
	(void)ask("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
		  " WHERE usename = 'hm_aggregator'");
}

static void test_lost_connection_before_the_commit(void **state)
{
	struct made_batch *made = make(5);
	struct owner owner = own();
	bool was_committed = true;

	(void)state;
	take(&owner, &made->batch);
	end_backend();
	assert_int_equal(store_flush(owner.store, owner.ingest), -ECONNRESET);
	assert_false(store_is_connected(owner.store));
	assert_int_equal(store_connect(owner.store), 0);
	assert_int_equal(store_resolve(owner.store, owner.ingest, &was_committed), 0);
	assert_false(was_committed);
	flush(&owner);
	assert_true(stored_wall() == sum_of(made, HM_QUANTITY_WALL_MSEC));
	made_batch_free(made);
	disown(&owner);
}

/* Ends its own backend in the middle of the pipeline: a trigger stands in for the bad moment. */
static void test_lost_connection_at_the_commit(void **state)
{
	struct made_batch *made = make(6);
	struct owner owner = own();
	bool was_committed = true;

	(void)state;
	(void)ask("CREATE FUNCTION public.end_session() RETURNS trigger LANGUAGE plpgsql AS"
		  " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'");
	(void)ask("CREATE TRIGGER end_session AFTER INSERT ON ingest.dirty_day"
		  " FOR EACH ROW EXECUTE FUNCTION public.end_session()");
	take(&owner, &made->batch);
	assert_int_equal(store_flush(owner.store, owner.ingest), -ECONNRESET);
	(void)ask("DROP FUNCTION public.end_session CASCADE");
	assert_int_equal(store_connect(owner.store), 0);
	assert_int_equal(store_resolve(owner.store, owner.ingest, &was_committed), 0);
	assert_false(was_committed);
	assert_true(stored_wall() == 0);
	flush(&owner);
	assert_true(stored_wall() == sum_of(made, HM_QUANTITY_WALL_MSEC));
	made_batch_free(made);
	disown(&owner);
}

static void test_resolve_notices_another_owner(void **state)
{
	struct made_batch *made = make(7);
	struct owner old = own();
	struct owner new;
	bool was_committed;

	(void)state;
	take(&old, &made->batch);
	new = own();
	assert_int_equal(store_resolve(old.store, old.ingest, &was_committed), -ESTALE);
	made_batch_free(made);
	disown(&old);
	disown(&new);
}

/* Signs in as @user; is the recorded backend of the partition's owner, and holds the row. */
static PGconn *get_stuck(const char *user)
{
	char conninfo[512];
	PGconn *stuck;

	(void)snprintf(
		conninfo, sizeof(conninfo), "%s user=%s", aggregator, user); /* the last counts */
	stuck = PQconnectdb(conninfo);
	PQclear(PQexec(stuck, "BEGIN"));
	PQclear(PQexec(stuck,
		"UPDATE ingest.partition SET backend_pid = pg_backend_pid(), backend_start ="
		" (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())"));
	PQclear(PQexec(stuck, "COMMIT"));
	PQclear(PQexec(stuck, "BEGIN"));
	PQclear(PQexec(stuck, "SELECT FROM ingest.partition FOR UPDATE"));
	return stuck;
}

static void test_blocking_predecessor_is_ended(void **state)
{
	struct owner old = own();
	struct owner new;
	PGconn *stuck = get_stuck("hm_aggregator");

	(void)state;
	new = own();
	assert_int_equal(new.partition->owner_epoch, 2);
	PQclear(PQexec(stuck, "COMMIT"));
	assert_int_equal(PQstatus(stuck), CONNECTION_BAD);
	PQfinish(stuck);
	disown(&old);
	disown(&new);
}

/* A predecessor that signed in as somebody else is ended by the database, for us. */
static void test_predecessor_of_another_role(void **state)
{
	struct owner old = own();
	struct owner new;
	PGconn *stuck;

	(void)state;
	(void)ask("CREATE ROLE other_aggregator LOGIN IN ROLE hm_aggregator");
	stuck = get_stuck("other_aggregator");
	new = own();
	assert_int_equal(new.partition->owner_epoch, 2);
	PQclear(PQexec(stuck, "COMMIT"));
	assert_int_equal(PQstatus(stuck), CONNECTION_BAD);
	PQfinish(stuck);
	(void)ask("DROP ROLE other_aggregator");
	disown(&old);
	disown(&new);
}

/* Who may not be ended is named: it is somebody else's business, or the database may not. */
static void test_predecessor_that_may_not_be_ended(void **state)
{
	static const char topics[] = "SELECT ingest.end_predecessors('{" TOPIC "}', '{0}')";
	struct owner old = own();
	struct owner new = own();
	struct store_claim claim = {.partition = new.partition};
	PGconn *stuck;

	(void)state;
	(void)ask("CREATE ROLE stranger LOGIN; GRANT USAGE ON SCHEMA ingest TO stranger;"
		  " GRANT SELECT, UPDATE ON ingest.partition TO stranger");
	(void)ask("DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO stranger',"
		  " current_database()); END $$");
	stuck = get_stuck("stranger");
	assert_int_equal(store_takeover(new.store, &claim, 1), -EAGAIN);
	assert_non_null(strstr(
		store_error(new.store), "of \"stranger\" is in the way, who is not a member"));
	(void)ask("GRANT hm_aggregator TO stranger; REVOKE pg_signal_backend FROM hm_owner");
	assert_non_null(
		strstr(ask(topics), "of \"stranger\" is in the way, and hm_owner may not end it"));
	(void)ask("REVOKE pg_read_all_stats FROM hm_owner");
	assert_non_null(strstr(
		ask(topics), "of \"stranger\" may be in the way, and hm_owner may not see it"));
	(void)ask("GRANT pg_signal_backend, pg_read_all_stats TO hm_owner");
	assert_string_equal(ask(topics), "");
	PQclear(PQexec(stuck, "COMMIT"));
	assert_int_equal(PQstatus(stuck), CONNECTION_BAD);
	PQfinish(stuck);
	assert_int_equal(store_takeover(new.store, &claim, 1), 0);
	(void)ask("DROP OWNED BY stranger; DROP ROLE stranger");
	disown(&old);
	disown(&new);
}

#define DAY_USEC (24 * 4 * HM_SLOT_USEC)

static void test_late_binding(void **state)
{
	struct made_batch *made = make(8);
	struct owner owner = own();
	uint32_t user = made->user[0] ? made->user[0] : made->resource_class[0];
	char sql[256];

	(void)state;
	(void)snprintf(sql, sizeof(sql),
		"SELECT username FROM usage.workload WHERE external_id = '%s'",
		made->strings[made->workload[0]]);
	made->user[0] = 0;
	made->batch.window_start_usec -= 2 * DAY_USEC;
	made->batch.window_end_usec -= 2 * DAY_USEC;
	take(&owner, &made->batch);
	flush(&owner);
	assert_value(sql, "");
	(void)ask("TRUNCATE ingest.dirty_day");
	made->batch.sequence++;
	made->batch.window_start_usec += 2 * DAY_USEC;
	made->batch.window_end_usec += 2 * DAY_USEC;
	made->user[0] = user;
	take(&owner, &made->batch);
	flush(&owner);
	assert_value(sql, made->strings[user]);
	/* Every day since its first slot is rated again, not only the one of this batch. */
	assert_value("SELECT min(day) || ' ' || max(day) || ' ' || count(DISTINCT day)"
		     " FROM ingest.dirty_day",
		"2026-08-30 2026-09-01 3");
	made->batch.sequence++;
	made->user[0] = made->workload[0];
	take(&owner, &made->batch);
	flush(&owner);
	assert_value(sql, made->strings[user]); /* the first name stays */
	assert_value("SELECT count(*) FROM usage.workload", "20");
	made_batch_free(made);
	disown(&owner);
}

static void test_quarantine_and_gap(void **state)
{
	struct made_batch *made = make(9);
	struct owner owner = own();

	(void)state;
	take_bytes(&owner, "\xff\x00\x01", 3);
	made->batch.sequence = 5;
	take(&owner, &made->batch);
	take_bytes(&owner, NULL, 0);
	flush(&owner);
	assert_value("SELECT string_agg(record_offset || ' ' || reason || ' ' ||"
		     " encode(payload, 'hex'), ', ' ORDER BY record_offset) FROM ingest.quarantine",
		"0 malformed ff0001, 2 malformed ");
	assert_value("SELECT first_sequence || '-' || last_sequence FROM ingest.gap", "1-4");
	assert_value(
		"SELECT next_offset || ' ' || taken || ' ' || quarantined FROM ingest.partition",
		"3 1 2");
	assert_value("SELECT last_stream IS NULL AND last_crc32c IS NOT NULL FROM ingest.partition",
		"t");
	assert_true(stored_wall() == sum_of(made, HM_QUANTITY_WALL_MSEC));
	made_batch_free(made);
	disown(&owner);
}

static void test_stopped_partition(void **state)
{
	struct owner owner = own();
	struct store_claim claim = {.partition = owner.partition};

	(void)state;
	assert_int_equal(store_stop(owner.store, owner.partition, "made anew"), 0);
	assert_int_equal(store_takeover(owner.store, &claim, 1), 0);
	assert_int_equal(claim.result, -EPERM);
	assert_string_equal(claim.reason, "made anew");
	(void)ask("UPDATE ingest.partition SET stopped_reason = NULL");
	assert_int_equal(store_takeover(owner.store, &claim, 1), 0);
	assert_int_equal(claim.result, 0);
	disown(&owner);
}

#define MANY 300

/* Each gets what is its own, in whatever order they are asked for; one is stopped, others are new.
 */
static void test_takeover_of_many(void **state)
{
	struct owner owner = own();
	struct store_claim *claim = calloc(MANY, sizeof(*claim));
	bool was_committed = true;

	(void)state;
	(void)ask(
		"INSERT INTO ingest.partition (topic, partition, next_offset, owner_epoch, last_crc32c,"
		" stopped_reason) SELECT 'usage.chemistry.v1', n, 1000 + n, n, n, CASE n WHEN 7 THEN 'made anew' END"
		" FROM generate_series(0, 199) AS n");
	for (int32_t i = MANY; i-- > 0;)
		assert_int_equal(ingest_add_partition(
					 owner.ingest, "usage.chemistry.v1", i, &owner.partition),
			0);
	for (int i = 0; i < MANY; i++)
		claim[i] = (struct store_claim){
			.partition = &owner.ingest->partition[1 + i], .low_offset = 5};
	assert_int_equal(store_takeover(owner.store, claim, MANY), 0);
	for (int i = 0; i < MANY; i++) {
		const struct ingest_partition *partition = claim[i].partition;
		const int32_t number = partition->partition;

		assert_int_equal(claim[i].result, number == 7 ? -EPERM : 0);
		claim[i].partition->reading =
			number == 7 ? INGEST_READING_STOPPED : INGEST_READING_GOES_ON;
		if (number == 7)
			continue;
		assert_int_equal(partition->next_offset, number < 200 ? 1000 + number : 5);
		assert_int_equal(partition->owner_epoch, number < 200 ? number + 1 : 1);
		assert_int_equal(partition->last.has_crc32c, number < 200);
	}
	assert_int_equal(store_resolve(owner.store, owner.ingest, &was_committed), 0);
	assert_false(was_committed); /* nor does the one that is stopped matter */
	assert_int_equal(store_find_stopped(owner.store, claim, MANY), 0);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(claim[i].result, claim[i].partition->partition == 7 ? -EPERM : 0);
	(void)ask("UPDATE ingest.partition SET stopped_reason = NULL");
	assert_int_equal(store_find_stopped(owner.store, claim, MANY), 0);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(claim[i].result, 0);
	assert_int_equal(store_takeover(owner.store, claim, MANY), 0);
	assert_int_equal(store_resolve(owner.store, owner.ingest, &was_committed), 0);
	assert_false(was_committed);
	(void)ask("UPDATE ingest.partition SET owner_epoch = owner_epoch + 1 WHERE partition = 99");
	assert_int_equal(store_resolve(owner.store, owner.ingest, &was_committed), -ESTALE);
	free(claim);
	disown(&owner);
}

/* A sum that no column holds is refused as such, and nothing else of the flush stays. */
static void test_refused_value(void **state)
{
	struct made_batch *made = make(10);
	struct owner owner = own();

	(void)state;
	take(&owner, &made->batch);
	flush(&owner);
	(void)ask("UPDATE usage.slot SET wall_msec = 9223372036854775807");
	made->batch.sequence++;
	take(&owner, &made->batch);
	assert_int_equal(store_flush(owner.store, owner.ingest), -EBADMSG);
	assert_true(store_is_connected(owner.store));
	assert_value("SELECT next_offset FROM ingest.partition", "1");
	(void)ask("UPDATE usage.slot SET wall_msec = 0");
	flush(&owner);
	assert_true(stored_wall() == sum_of(made, HM_QUANTITY_WALL_MSEC));
	made_batch_free(made);
	disown(&owner);
}

/* Two hubs in one rollup: what one of them is refused leaves no trace, what the other has is whole.
 */
static void test_one_hub_of_two(void **state)
{
	struct made_batch *made = make(10);
	struct owner owner = own();
	struct ingest_partition *other;
	struct store_claim claim = {0};

	(void)state;
	take(&owner, &made->batch);
	flush(&owner);
	(void)ask("UPDATE usage.slot SET wall_msec = 9223372036854775807");
	assert_int_equal(ingest_add_partition(owner.ingest, "usage.chemistry.v1", 0, &other), 0);
	other->reading = INGEST_READING_GOES_ON;
	claim.partition = other;
	assert_int_equal(store_takeover(owner.store, &claim, 1), 0);
	owner.partition = &owner.ingest->partition[0];
	made->batch.sequence++;
	take(&owner, &made->batch); /* of physics: refused */
	made->batch.hub = "chemistry";
	made->batch.sequence = 3; /* and a gap */
	owner.partition = other;
	owner.offset = 0;
	take(&owner, &made->batch);
	take_bytes(&owner, "\xff", 1); /* and a refusal */
	assert_int_equal(store_flush(owner.store, owner.ingest), -EBADMSG);

	assert_true(part_hold_half(owner.ingest)); /* the later one is chemistry */
	assert_int_equal(store_flush(owner.store, owner.ingest), -EBADMSG);
	part_set_aside(owner.ingest, &owner.ingest->partition[0]);
	assert_true(part_next(owner.ingest));
	flush(&owner);
	assert_false(part_next(owner.ingest));
	assert_value(
		"SELECT next_offset FROM ingest.partition WHERE topic = 'usage.physics.v1'", "1");
	assert_value(
		"SELECT next_offset FROM ingest.partition WHERE topic = 'usage.chemistry.v1'", "2");
	assert_value("SELECT count(*) FROM ingest.gap WHERE topic = 'usage.chemistry.v1'", "1");
	assert_value("SELECT count(*) FROM ingest.quarantine", "1");
	assert_value("SELECT string_agg(DISTINCT h.name, ' ' ORDER BY h.name) FROM usage.node"
		     " JOIN usage.hub AS h USING (hub_id)",
		"chemistry physics");
	assert_value(
		"SELECT count(*) FILTER (WHERE wall_msec < 9223372036854775807) FROM usage.slot",
		"20");
	(void)ask("DELETE FROM usage.slot WHERE wall_msec = 9223372036854775807");
	assert_true(stored_wall() == sum_of(made, HM_QUANTITY_WALL_MSEC));
	made_batch_free(made);
	disown(&owner);
}

static void set_name(struct made_batch *made, uint32_t number, const char *name)
{
	free(made->strings[number]);
	made->strings[number] = strdup(name);
	assert_non_null(made->strings[number]);
}

/* A hub may name so many classes; those that others named cost it nothing. */
static void test_too_many_classes(void **state)
{
	struct made_batch *made = make(11);
	struct owner owner = own();

	(void)state;
	take(&owner, &made->batch);
	flush(&owner);
	assert_value(
		"SELECT count(*) FROM usage.resource_class AS c JOIN usage.hub AS h ON h.hub_id = c.named_by"
		" WHERE h.name = 'physics' AND c.name <> ''",
		ask("SELECT count(*) FROM usage.resource_class WHERE name <> ''"));
	(void)ask("UPDATE usage.hub SET most_classes ="
		  " (SELECT count(*) FROM usage.resource_class WHERE named_by IS NOT NULL)");
	made->batch.sequence++;
	take(&owner, &made->batch); /* the same names again */
	flush(&owner);
	(void)ask("INSERT INTO usage.resource_class (name) VALUES ('of-others')");
	set_name(made, made->batch.node_row.resource_class, "of-others");
	made->batch.sequence++;
	take(&owner, &made->batch);
	flush(&owner);
	set_name(made, made->batch.node_row.resource_class, "one-more");
	made->batch.sequence++;
	take(&owner, &made->batch);
	assert_int_equal(store_flush(owner.store, owner.ingest), -EDQUOT);
	assert_non_null(strstr(store_error(owner.store), "hub \"physics\" has named"));
	assert_value("SELECT count(*) FROM usage.resource_class WHERE name = 'one-more'", "0");
	(void)ask("UPDATE usage.hub SET most_classes = most_classes + 1");
	flush(&owner);
	made_batch_free(made);
	disown(&owner);
}

static void test_too_many_nodes(void **state)
{
	struct made_batch *made = make(12);
	struct owner owner = own();

	(void)state;
	take(&owner, &made->batch);
	flush(&owner);
	(void)ask("UPDATE usage.hub SET most_nodes = 1");
	made->batch.node = "node-2";
	made->batch.stream[0] ^= 1; /* a node has its own */
	take(&owner, &made->batch);
	assert_int_equal(store_flush(owner.store, owner.ingest), -EDQUOT);
	assert_value("SELECT count(*) FROM usage.node", "1");
	(void)ask("UPDATE usage.hub SET most_nodes = 2");
	flush(&owner);
	made_batch_free(made);
	disown(&owner);
}

/*
 * Somebody dropped the month under us: made again, and good data is not refused. A violated CHECK
 * has the same SQLSTATE, but is no such thing.
 */
static void test_dropped_month(void **state)
{
	struct made_batch *made = make(11);
	struct owner owner = own();

	(void)state;
	take(&owner, &made->batch);
	flush(&owner);
	(void)ask("DROP TABLE usage.slot_2026_09, usage.node_slot_2026_09");
	made->batch.sequence++;
	take(&owner, &made->batch);
	assert_int_equal(store_flush(owner.store, owner.ingest), -EAGAIN);
	flush(&owner);
	assert_true(stored_wall() == sum_of(made, HM_QUANTITY_WALL_MSEC));
	(void)ask("ALTER TABLE usage.slot ADD CONSTRAINT never CHECK (wall_msec < 0) NOT VALID");
	made->batch.sequence++;
	take(&owner, &made->batch);
	assert_int_equal(store_flush(owner.store, owner.ingest), -EBADMSG);
	(void)ask("ALTER TABLE usage.slot DROP CONSTRAINT never");
	made_batch_free(made);
	disown(&owner);
}

static void test_too_slow(void **state)
{
	struct made_batch *made = make(13);
	struct owner owner;

	(void)state;
	(void)ask("CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS"
		  " 'BEGIN PERFORM pg_sleep(10); RETURN NEW; END'");
	(void)ask("CREATE TRIGGER dawdle BEFORE INSERT ON ingest.dirty_day"
		  " FOR EACH ROW EXECUTE FUNCTION public.dawdle()");
	(void)ask("ALTER ROLE hm_aggregator SET statement_timeout = '500ms'");
	owner = own();
	take(&owner, &made->batch);
	assert_int_equal(store_flush(owner.store, owner.ingest), -E2BIG);
	assert_true(store_is_connected(owner.store));
	(void)ask("ALTER ROLE hm_aggregator RESET statement_timeout");
	(void)ask("DROP FUNCTION public.dawdle CASCADE");
	assert_int_equal(store_connect(owner.store), 0);
	flush(&owner);
	assert_true(stored_wall() == sum_of(made, HM_QUANTITY_WALL_MSEC));
	made_batch_free(made);
	disown(&owner);
}

static void test_waiting_partition(void **state)
{
	static const char reason_sql[] =
		"SELECT coalesce(waiting_reason, 'read') FROM ingest.partition";
	struct made_batch *made = make(14);
	struct owner owner = own();
	struct owner next;

	(void)state;
	assert_int_equal(store_note_waiting(owner.store, TOPIC, 0, "no leader"), 0);
	assert_value(reason_sql, "no leader");
	assert_int_equal(store_note_waiting(owner.store, TOPIC, 7, "never read"), 0);
	assert_value("SELECT count(*) FROM ingest.partition", "1");
	take(&owner, &made->batch);
	flush(&owner);
	assert_value(reason_sql, "read"); /* progress proves the opposite */
	assert_int_equal(store_note_waiting(owner.store, TOPIC, 0, "no leader"), 0);
	next = own();
	assert_value(reason_sql, "read");
	made_batch_free(made);
	disown(&owner);
	disown(&next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_takeover_goes_on),
		TEST(test_two_owners_one_commits),
		TEST(test_replay_is_fenced),
		TEST(test_lost_connection_before_the_commit),
		TEST(test_lost_connection_at_the_commit),
		TEST(test_resolve_notices_another_owner),
		TEST(test_blocking_predecessor_is_ended),
		TEST(test_predecessor_of_another_role),
		TEST(test_predecessor_that_may_not_be_ended),
		TEST(test_late_binding),
		TEST(test_quarantine_and_gap),
		TEST(test_stopped_partition),
		TEST(test_takeover_of_many),
		TEST(test_refused_value),
		TEST(test_one_hub_of_two),
		TEST(test_too_many_classes),
		TEST(test_too_many_nodes),
		TEST(test_dropped_month),
		TEST(test_too_slow),
		TEST(test_waiting_partition),
	};

	return cmocka_run_group_tests(tests, start_services, stop_services);
}

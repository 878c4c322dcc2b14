/*
 * Messages in quarantine that are retried, against a real PostgreSQL: each counts exactly once, by
 * today's rules. Needs the services of deploy/local; skipped (77) where they cannot be started.
 */
#include <errno.h>

#include "tests/pg/aggregator/retry/retry_bench.h"

static void test_a_clock_was_ahead(void **state)
{
	struct made_batch *made = make(1);
	struct owner owner = own();

	(void)state;
	take_number(&owner, made, 1);
	refuse_number(&owner, made, 2);
	take_number(&owner, made, 3);
	flush(&owner);
	receive_on_the_day();
	assert_value(GAPS, "2-2");
	assert_value(ACCOUNT, "3 2 0 1");
	assert_retried(1, "", "refused\twindow_future");
	assert_value(ACCOUNT, "3 2 0 1");
	assert_value(STATES, "open");
	assert_retried(1, "+1d", "refused\twindow_future");
	assert_retried(1, ahead, "taken");
	assert_value(GAPS, "");
	assert_value(ACCOUNT, "3 3 0 0");
	assert_batches(made, 3);
	assert_value("SELECT count(*) FROM usage.node_slot", "1");
	assert_value("SELECT count(*) FROM ingest.dirty_day WHERE day <> '2026-09-01'", "0");
	assert_retried(1, ahead, "closed\ttaken");
	assert_batches(made, 3);
	assert_value(
		"SELECT string_agg(concat_ws(' ', outcome, still_refused_as, shift, reason), ', '"
		" ORDER BY act_id) FROM ingest.quarantine_act WHERE quarantine_id = (SELECT"
		" quarantine_id FROM ingest.quarantine)",
		"refused window_future, "
		"refused window_future 24:00:00 its clock was a day ahead, "
		"taken -24:00:00 its clock was a day ahead");
	made_batch_free(made);
	disown(&owner);
}

/* Refused twice; of another the collector sent the same again, which was taken. */
static void test_it_came_twice(void **state)
{
	struct made_batch *made = make(2);
	struct owner owner = own();
	char both[160], expected[256];

	(void)state;
	refuse_number(&owner, made, 1);
	refuse_number(&owner, made, 1);
	refuse_number(&owner, made, 2);
	take_number(&owner, made, 2);
	flush(&owner);
	receive_on_the_day();
	assert_value(ACCOUNT, "4 1 0 3");
	(void)snprintf(both, sizeof(both), "%s,%s,%s", id_of(1), id_of(2), id_of(3));
	(void)snprintf(expected, sizeof(expected), "%s\ttaken\n%s\tduplicate\n%s\tduplicate\n",
		id_of(1), id_of(2), id_of(3));
	assert_string_equal(retry(both, ahead), expected);
	assert_value(ACCOUNT, "4 2 2 0");
	assert_value(WRONG_ACCOUNTS, "0");
	assert_value(GAPS, "");
	assert_value(STATES, "taken duplicate duplicate");
	assert_batches(made, 2);
	made_batch_free(made);
	disown(&owner);
}

/* No takeover loads a stream that was silent for a year: the retry asks for it. */
static void test_a_stream_was_silent(void **state)
{
	struct made_batch *made = make(13);
	struct owner owner = own();

	(void)state;
	take_number(&owner, made, 1);
	refuse_number(&owner, made, 2);
	take_number(&owner, made, 3);
	refuse_number(&owner, made, 3);
	flush(&owner);
	receive_on_the_day();
	(void)ask("UPDATE ingest.watermark SET moved_on = current_date - 400");
	assert_retried(1, ahead, "taken");
	(void)ask("UPDATE ingest.watermark SET moved_on = current_date - 400");
	assert_retried(2, ahead, "duplicate");
	assert_batches(made, 3);
	assert_value(GAPS, "");
	made_batch_free(made);
	disown(&owner);
}

/* An aggregator runs on: what it believes of the stream is found out by its commit. */
static void test_an_aggregator_reads_on(void **state)
{
	struct made_batch *made = make(3);
	struct owner owner = own();

	(void)state;
	take_number(&owner, made, 1);
	refuse_number(&owner, made, 2);
	flush(&owner);
	receive_on_the_day();
	take_number(&owner, made, 3);
	assert_retried(1, ahead, "taken");
	assert_int_equal(store_flush(owner.store, owner.ingest), -EREMCHG);
	look_again(&owner);
	take_number(&owner, made, 3);
	flush(&owner);
	assert_batches(made, 3);
	assert_value(GAPS, "");

	refuse_number(&owner, made, 4); /* a gap, which is filled behind its back */
	take_number(&owner, made, 5);
	flush(&owner);
	receive_on_the_day();
	assert_value(GAPS, "4-4");
	assert_retried(2, ahead, "taken");
	take_number(&owner, made, 6);
	flush(&owner);
	take_number(&owner, made, 4);
	assert_int_equal(store_flush(owner.store, owner.ingest), -EREMCHG);
	look_again(&owner);
	take_number(&owner, made, 4);
	flush(&owner);
	assert_batches(made, 6);
	assert_value(GAPS, "");
	assert_value(ACCOUNT, "7 6 1 0");
	made_batch_free(made);
	disown(&owner);
}

static void rename_class(struct made_batch *made)
{
	bool has_class = false;

	for (size_t row = 0; row < made->batch.n_rows; row++)
		if (made->resource_class[row] != 0) {
			made->strings[made->resource_class[row]][0] = '~';
			has_class = true;
		}
	assert_true(has_class);
}

static void test_names_are_too_many(void **state)
{
	struct made_batch *made = make(8);
	struct owner owner = own();

	(void)state;
	take_number(&owner, made, 1);
	flush(&owner);
	made->batch.node = "node-2";
	made->batch.stream[0] ^= 1;
	refuse_number(&owner, made, 1);
	flush(&owner);
	receive_on_the_day();
	(void)ask("UPDATE usage.hub SET most_nodes = 1");
	assert_retried(1, ahead, "refused\ttoo_many_names");
	assert_value(STATES, "open");
	(void)ask("UPDATE usage.hub SET most_nodes = 2");
	assert_retried(1, ahead, "taken");
	assert_batches(made, 2);

	rename_class(made); /* of these there are enough: it counts as of none */
	refuse_number(&owner, made, 2);
	flush(&owner);
	receive_on_the_day();
	(void)ask("UPDATE usage.hub SET most_classes = 0");
	assert_retried(2, ahead, "taken");
	assert_batches(made, 3);
	assert_value("SELECT count(*) FROM usage.resource_class WHERE name ^@ '~'", "0");
	made_batch_free(made);
	disown(&owner);
}

/* The database refuses a sum: nothing of it stays, but that it was tried. */
static void test_a_sum_overflows(void **state)
{
	struct made_batch *made = make(9);
	struct owner owner = own();

	(void)state;
	take_number(&owner, made, 1);
	refuse_number(&owner, made, 2);
	flush(&owner);
	receive_on_the_day();
	(void)ask("UPDATE usage.slot SET wall_msec = 9223372036854775807");
	assert_retried(1, ahead, "refused\toverflow");
	assert_value(STATES, "open");
	assert_value(ACCOUNT, "2 1 0 1");
	(void)ask("UPDATE usage.slot SET wall_msec = 0");
	assert_retried(1, ahead, "taken");
	assert_batches(made, 1);
	made_batch_free(made);
	disown(&owner);
}

/* How long it was in quarantine makes it no older; who says so may have older ones taken. */
static void test_age(void **state)
{
	struct made_batch *made = make(10);
	struct owner owner = own();
	const char *id;

	(void)state;
	refuse_number(&owner, made, 1); /* any reason does: it is judged anew */
	flush(&owner);
	id = id_of(1);
	(void)ask("UPDATE ingest.quarantine SET received_at = '2026-11-01Z', written_by = 'broker',"
		  " written_at = '2026-09-30Z'");
	assert_said(retry_as(superuser, id, "", 10 * DAY_USEC), id, "refused\twindow_too_old");
	assert_said(retry_as(superuser, id, "", 29 * DAY_USEC), id, "taken");
	assert_value("SELECT string_agg(max_age::text, ' ' ORDER BY act_id) FROM"
		     " ingest.quarantine_act JOIN ingest.quarantine USING (quarantine_id)",
		"240:00:00 696:00:00");
	made_batch_free(made);
	disown(&owner);
}

static void test_what_cannot_be(void **state)
{
	struct made_batch *made = make(11);
	struct owner owner = own();
	const char *id;

	(void)state;
	take_bytes(&owner, "garbage", 7);
	refuse_number(&owner, made, 1);
	flush(&owner);
	receive_on_the_day();
	assert_retried(1, "", "refused\tmalformed");
	assert_retried(1, ahead, "refused\tmalformed");
	assert_retried(1, "-1d", "refused\tmalformed");
	assert_retried(2, "-36000d", "refused\tmalformed");
	assert_said(retry("99999999", ""), "99999999", "absent");
	id = id_of(2);
	assert_non_null(strstr(retry_as(aggregator, id, ahead, 0), "permission denied"));
	(void)ask("SELECT ingest.discard_quarantine(ARRAY(SELECT quarantine_id FROM"
		  " ingest.quarantine WHERE reason = 'malformed'), 'noise', true)");
	assert_retried(1, "", "closed\tdiscarded");
	assert_value(STATES, "discarded open");
	assert_value("SELECT count(*) FROM ingest.quarantine WHERE payload IS NULL", "1");
	assert_value(ACCOUNT, "2 0 0 2");
	assert_value(WRONG_ACCOUNTS, "0");
	made_batch_free(made);
	disown(&owner);
}

/* A topic that was made anew begins another account: older messages are in none. */
static void test_the_topic_was_made_anew(void **state)
{
	struct made_batch *made = make(12);
	struct owner owner = own();

	(void)state;
	take_number(&owner, made, 1);
	refuse_number(&owner, made, 2);
	flush(&owner);
	receive_on_the_day();
	(void)ask("UPDATE ingest.partition SET next_offset = 0");
	assert_value(ACCOUNT, "0 0 0 0");
	assert_retried(1, ahead, "taken");
	assert_value(ACCOUNT, "0 0 0 0");
	assert_batches(made, 2);
	made_batch_free(made);
	disown(&owner);
}

static void take_written(struct owner *owner, const struct record_time *written)
{
	assert_int_equal(ingest_message(owner->ingest, owner->partition, owner->offset++, "garbage",
				 7, written),
		0);
}

/* What a producer may say of the time must not stop its hub. */
static void test_the_time_is_kept(void **state)
{
	struct owner owner = own();

	(void)state;
	take_written(&owner, &(struct record_time){RECORD_CLOCK_BROKER, 1500000});
	take_written(&owner, &(struct record_time){RECORD_CLOCK_PRODUCER, INT64_MAX});
	take_written(&owner, &(struct record_time){RECORD_CLOCK_PRODUCER, INT64_MIN});
	take_written(&owner, &(struct record_time){RECORD_CLOCK_NONE, 0});
	flush(&owner);
	assert_value("SELECT string_agg(coalesce(extract(epoch FROM written_at) || ' ' ||"
		     " written_by, 'none'), ', ' ORDER BY quarantine_id) FROM ingest.quarantine",
		"1.500000 broker, 253402300799.000000 producer, 0.000000 producer, none");
	disown(&owner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_clock_was_ahead),
		TEST(test_it_came_twice),
		TEST(test_a_stream_was_silent),
		TEST(test_an_aggregator_reads_on),
		TEST(test_names_are_too_many),
		TEST(test_a_sum_overflows),
		TEST(test_age),
		TEST(test_what_cannot_be),
		TEST(test_the_topic_was_made_anew),
		TEST(test_the_time_is_kept),
	};

	return cmocka_run_group_tests(tests, start_services, stop_services);
}

/*
 * Retries of messages in quarantine while others do the same, read the same stream, or end them in
 * the middle: each message counts exactly once. Needs the services of deploy/local; skipped (77)
 * where they cannot be started.
 */
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/pg/aggregator/retry/retry_bench.h"

static pid_t start_retry(const char *id, int *ret_out)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char own_id[32], own_shift[8];
		struct config config;
		FILE *out = fdopen(ends[1], "w");

		(void)close(ends[0]);
		(void)snprintf(own_id, sizeof(own_id), "%s", id);
		(void)snprintf(own_shift, sizeof(own_shift), "%s", ahead);
		config = config_of(superuser, own_id, own_shift);
		_exit(out ? -retry_run(&config, &test_clock, out) : 1);
	}
	(void)close(ends[1]);
	*ret_out = ends[0];
	return pid;
}

/* So many sessions of aggregators wait for a lock. */
static void await_waiting(int count)
{
	char expected[8];

	(void)snprintf(expected, sizeof(expected), "%d", count);
	for (int i = 0; i < 1000; i++) {
		(void)ask("SELECT pg_stat_clear_snapshot()"); /* we are in a transaction */
		if (strcmp(ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type ="
			       " 'Lock' AND application_name = 'hubmeter-aggregator'"),
			    expected) == 0)
			return;
		(void)poll(NULL, 0, 10);
	}
	fail_msg("nobody waits");
}

static void read_all(int fd, char *ret, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while ((n = read(fd, ret + done, size - 1 - done)) > 0)
		done += (size_t)n;
	ret[done] = '\0';
	(void)close(fd);
}

static int await_end(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_two_retries_at_once(void **state)
{
	struct made_batch *made = make(4);
	struct owner owner = own();
	char said[2][128], taken[300], closed[300];
	int out[2];
	pid_t pid[2];

	(void)state;
	refuse_number(&owner, made, 1);
	flush(&owner);
	receive_on_the_day();
	(void)snprintf(taken, sizeof(taken), "%s\ttaken\n", id_of(1));
	(void)snprintf(closed, sizeof(closed), "%s\tclosed\ttaken\n", id_of(1));
	(void)ask("BEGIN");
	(void)ask("SELECT 1 FROM ingest.partition FOR UPDATE");
	for (int i = 0; i < 2; i++)
		pid[i] = start_retry(id_of(1), &out[i]);
	await_waiting(2);
	(void)ask("COMMIT");
	for (int i = 0; i < 2; i++) {
		read_all(out[i], said[i], sizeof(said[i]));
		assert_int_equal(await_end(pid[i]), 0);
	}
	if (strcmp(said[0], taken) == 0) {
		assert_string_equal(said[1], closed);
	} else {
		assert_string_equal(said[0], closed);
		assert_string_equal(said[1], taken);
	}
	assert_batches(made, 1);
	assert_value(ACCOUNT, "1 1 0 0");
	made_batch_free(made);
	disown(&owner);
}

/* Everything is staged and half of it sent: nothing of it stays. */
static void test_killed_in_the_middle(void **state)
{
	struct made_batch *made = make(5);
	struct owner owner = own();
	char said[64];
	int out;
	pid_t pid;

	(void)state;
	refuse_number(&owner, made, 1);
	refuse_number(&owner, made, 2);
	flush(&owner);
	receive_on_the_day();
	assert_retried(1, ahead, "taken"); /* so that there is a slot to wait for */
	(void)ask("BEGIN");
	(void)ask("SELECT 1 FROM usage.slot FOR UPDATE");
	pid = start_retry(id_of(2), &out);
	await_waiting(1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_true(WIFSIGNALED(await_end(pid)));
	read_all(out, said, sizeof(said));
	assert_string_equal(said, "");
	(void)ask("SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE"
		  " wait_event_type = 'Lock'");
	(void)ask("COMMIT");
	assert_value(STATES, "taken open");
	assert_value(ACCOUNT, "2 1 0 1");
	assert_batches(made, 1);
	assert_retried(2, ahead, "taken");
	assert_batches(made, 2);
	made_batch_free(made);
	disown(&owner);
}

/* The session is ended while it waits: it connects anew, looks what it came to, and does it. */
static void test_the_connection_is_lost(void **state)
{
	struct made_batch *made = make(6);
	struct owner owner = own();
	char said[64], taken[300];
	int out;
	pid_t pid;

	(void)state;
	refuse_number(&owner, made, 1);
	flush(&owner);
	receive_on_the_day();
	(void)snprintf(taken, sizeof(taken), "%s\ttaken\n", id_of(1));
	(void)ask("BEGIN");
	(void)ask("SELECT 1 FROM ingest.quarantine FOR UPDATE");
	pid = start_retry(id_of(1), &out);
	await_waiting(1);
	(void)ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
		  " wait_event_type = 'Lock'");
	(void)ask("COMMIT");
	read_all(out, said, sizeof(said));
	assert_int_equal(await_end(pid), 0);
	assert_string_equal(said, taken);
	assert_batches(made, 1);
	assert_value(ACCOUNT, "1 1 0 0");
	made_batch_free(made);
	disown(&owner);
}

/* Its stream moves after the retry has looked: it looks again. */
static void test_the_stream_moves_meanwhile(void **state)
{
	struct made_batch *made = make(7);
	struct owner owner = own();
	struct owner other = own_partition(1);
	char said[64], taken[300];
	int out;
	pid_t pid;

	(void)state;
	take_number(&owner, made, 1);
	refuse_number(&owner, made, 2);
	flush(&owner);
	receive_on_the_day();
	look_again(&other);
	(void)snprintf(taken, sizeof(taken), "%s\ttaken\n", id_of(1));
	(void)ask("BEGIN");
	(void)ask("SELECT 1 FROM ingest.quarantine FOR UPDATE");
	pid = start_retry(id_of(1), &out);
	await_waiting(1);
	take_number(&other, made, 3);
	flush(&other);
	assert_value(GAPS, "2-2");
	(void)ask("COMMIT");
	read_all(out, said, sizeof(said));
	assert_int_equal(await_end(pid), 0);
	assert_string_equal(said, taken);
	assert_value(GAPS, "");
	assert_batches(made, 3);
	assert_value(ACCOUNT, "2 2 0 0, 1 1 0 0");
	made_batch_free(made);
	disown(&owner);
	disown(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_two_retries_at_once),
		TEST(test_killed_in_the_middle),
		TEST(test_the_connection_is_lost),
		TEST(test_the_stream_moves_meanwhile),
	};

	return cmocka_run_group_tests(tests, start_services, stop_services);
}

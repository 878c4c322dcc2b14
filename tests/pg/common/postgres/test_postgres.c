/* The room against a real PostgreSQL: what its failures mean, and that nothing waits for ever. */
#include "common/postgres/postgres.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/postgres/copy.h"
#include "common/postgres/pipeline.h"
#include "hubmeter/cleanup.h"
#include "tests/support/private_postgres.h"

static struct private_postgres server;
static char conninfo[256];
static struct postgres postgres;

static void connect_with(const char *text, int64_t timeout_usec, bool is_binary)
{
	postgres_init(&postgres, &(struct postgres_options){.conninfo = text,
					 .application = "test",
					 .connect_timeout_sec = 5,
					 .timeout_usec = timeout_usec,
					 .is_binary = is_binary,
					 .clock = &clock_system});
}

static int start(void **state)
{
	(void)state;
	private_postgres_start(&server);
	private_postgres_conninfo(&server, "postgres", conninfo, sizeof(conninfo));
	return 0;
}

static int stop(void **state)
{
	(void)state;
	return private_postgres_stop(&server);
}

static int open_binary(void **state)
{
	(void)state;
	connect_with(conninfo, 20LL * 1000000, true);
	return postgres_connect(&postgres);
}

static int close_connection(void **state)
{
	(void)state;
	postgres_disconnect(&postgres);
	return 0;
}

static void test_values(void **state)
{
	const char *const value[] = {"-7"};
	int64_t got = 0;

	(void)state;
	assert_int_equal(postgres_run_i64(&postgres, "SELECT $1::int8", 1, value, &got), 0);
	assert_int_equal(got, -7);
	assert_int_equal(postgres_run_i64(&postgres, "SELECT $1::int2", 1, value, &got), 0);
	assert_int_equal(got, -7); /* narrow integers keep their sign */
	assert_int_equal(postgres_run_i64(&postgres, "SELECT NULL::int8", 0, NULL, &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(postgres_run_i64(&postgres, "SELECT 1 WHERE false", 0, NULL, &got), -EIO);
	postgres.options.is_binary = false;
	assert_int_equal(postgres_run_i64(&postgres, "SELECT $1::int8", 1, value, &got), 0);
	assert_int_equal(got, -7);
}

static void test_failures_in_one_line(void **state)
{
	(void)state;
	assert_int_equal(
		postgres_script(&postgres,
			"DO $$ BEGIN RAISE EXCEPTION E'two\\nlines\\tand \\x1b[0m'"
			" USING DETAIL = E'a\\n  b', HINT = 'c', ERRCODE = 'HM001'; END $$"),
		-ESTALE);
	assert_string_equal(postgres.error, "two lines and [0m: a b: c");
	assert_string_equal(postgres.state, "HM001");
	assert_int_equal(postgres_script(&postgres,
				 "CREATE TEMP TABLE t (i int CONSTRAINT small CHECK (i < 3));"
				 "INSERT INTO t VALUES (7)"),
		-EBADMSG);
	assert_string_equal(postgres.constraint, "small");
	assert_int_equal(postgres_script(&postgres, "SELECT 1 FROM nowhere"), -EIO);
	assert_string_equal(postgres.constraint, ""); /* not the one before */
	assert_true(postgres_is_connected(&postgres));
}

static void test_no_server(void **state)
{
	(void)state;
	connect_with("host=127.0.0.1 port=1 dbname=x", 1000000, true);
	assert_int_equal(postgres_connect(&postgres), -ENOTCONN);
	assert_null(strchr(postgres.error, '\n'));
	assert_null(strchr(postgres.error, '\t'));
	assert_non_null(strstr(postgres.error, "Connection refused"));
	assert_false(postgres_is_connected(&postgres));
	assert_int_equal(postgres_script(&postgres, "SELECT 1"), -ECONNRESET);
}

static void test_no_answer_in_time(void **state)
{
	(void)state;
	connect_with(conninfo, 100000, true);
	assert_int_equal(postgres_connect(&postgres), 0);
	assert_int_equal(postgres_script(&postgres, "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$"),
		-ECONNRESET);
	assert_string_equal(postgres.error, "no answer from the server in time");
	assert_false(postgres_is_connected(&postgres));
	assert_int_equal(postgres_connect(&postgres), 0);
}

static void test_terminated(void **state)
{
	(void)state;
	assert_int_equal(
		postgres_script(&postgres, "SELECT pg_terminate_backend(pg_backend_pid())"),
		-ECONNRESET);
	assert_false(postgres_is_connected(&postgres));
}

static void test_pipeline(void **state)
{
	const char *const value[] = {"5"};
	const struct postgres_statement statement[] = {{.sql = "BEGIN"},
		{.sql = "SELECT $1::int8 + 1", .n_values = 1, .value = value}, {.sql = "COMMIT"}};
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;

	(void)state;
	assert_int_equal(postgres_pipeline(&postgres, statement, 3, 1, &result), 0);
	assert_int_equal(postgres_get_i64(result, 0, 0), 6);
	assert_int_equal(PQtransactionStatus(postgres.connection), PQTRANS_IDLE);
}

static void test_pipeline_fails_as_a_whole(void **state)
{
	const struct postgres_statement statement[] = {{.sql = "BEGIN"},
		{.sql = "CREATE TABLE public.kept (i int)"}, {.sql = "SELECT 1 / 0"},
		{.sql = "SELECT * FROM nowhere"}, {.sql = "COMMIT"}};
	int64_t found = -1;
	int r;

	(void)state;
	r = postgres_pipeline(&postgres, statement, 5, POSTGRES_NO_RESULT, NULL);
	assert_int_equal(r, -EBADMSG);
	assert_string_equal(postgres.error, "division by zero"); /* the first, not the last */
	assert_int_equal(postgres_roll_back(&postgres, r), -EBADMSG);
	assert_string_equal(postgres.error, "division by zero");
	assert_string_equal(postgres.state, "22012");
	assert_int_equal(
		postgres_run_i64(&postgres, "SELECT (to_regclass('public.kept') IS NOT NULL)::int",
			0, NULL, &found),
		0);
	assert_int_equal(found, 0);
}

/* COMMIT of a transaction that failed is answered with ROLLBACK, which is no error to libpq. */
static void test_commit_that_is_none(void **state)
{
	const struct postgres_statement statement[] = {{.sql = "COMMIT"}};

	(void)state;
	assert_int_equal(postgres_script(&postgres, "BEGIN"), 0);
	assert_int_equal(postgres_script(&postgres, "SELECT 1 / 0"), -EBADMSG);
	assert_int_equal(
		postgres_pipeline(&postgres, statement, 1, POSTGRES_NO_RESULT, NULL), -EAGAIN);
	assert_string_equal(postgres.error, "the server rolled back instead");
}

static void test_copy(void **state)
{
	static char large[600000];
	struct postgres_copy copy;
	int64_t sum = 0;

	(void)state;
	memset(large, 'x', sizeof(large));
	assert_int_equal(postgres_script(&postgres,
				 "CREATE TEMP TABLE c (a int2, b int4, c int8, d timestamptz,"
				 " e text, f text)"),
		0);
	assert_int_equal(postgres_copy_init(&copy, &postgres), 0);
	for (int round = 0; round < 2; round++) { /* the buffer is used again */
		postgres_copy_begin(&copy, "COPY pg_temp.c FROM STDIN (FORMAT binary)");
		for (int i = 0; i < 20000; i++) {
			postgres_copy_row(&copy, 6);
			postgres_copy_i16(&copy, -3);
			postgres_copy_i32(&copy, i);
			postgres_copy_i64(&copy, INT64_MAX);
			postgres_copy_time(&copy, 0);
			postgres_copy_bytes(&copy, large, i == 7 ? sizeof(large) : 3);
			postgres_copy_null(&copy);
		}
		assert_int_equal(postgres_copy_end(&copy), 0);
	}
	assert_int_equal(postgres_run_i64(&postgres,
				 "SELECT sum(b) + sum(length(e)) FROM c WHERE a = -3 AND f IS NULL"
				 " AND c = 9223372036854775807 AND d = '1970-01-01Z'",
				 0, NULL, &sum),
		0);
	assert_int_equal(sum, 2 * (19999LL * 10000 + 19999 * 3 + 600000));
	postgres_copy_begin(&copy, "COPY pg_temp.c FROM STDIN (FORMAT binary)");
	postgres_copy_row(&copy, 1); /* too few columns */
	postgres_copy_i16(&copy, 1);
	assert_int_equal(postgres_copy_end(&copy), -EBADMSG);
	postgres_copy_begin(&copy, "COPY nowhere FROM STDIN (FORMAT binary)");
	postgres_copy_row(&copy, 1);
	assert_int_equal(postgres_copy_end(&copy), -EIO);
	assert_int_equal(postgres_script(&postgres, "SELECT 1"), 0); /* the connection is free */
	postgres_copy_release(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values, open_binary, close_connection),
		cmocka_unit_test_setup_teardown(
			test_failures_in_one_line, open_binary, close_connection),
		cmocka_unit_test_teardown(test_no_server, close_connection),
		cmocka_unit_test_teardown(test_no_answer_in_time, close_connection),
		cmocka_unit_test_setup_teardown(test_terminated, open_binary, close_connection),
		cmocka_unit_test_setup_teardown(test_pipeline, open_binary, close_connection),
		cmocka_unit_test_setup_teardown(
			test_pipeline_fails_as_a_whole, open_binary, close_connection),
		cmocka_unit_test_setup_teardown(
			test_commit_that_is_none, open_binary, close_connection),
		cmocka_unit_test_setup_teardown(test_copy, open_binary, close_connection),
	};

	return cmocka_run_group_tests(tests, start, stop);
}

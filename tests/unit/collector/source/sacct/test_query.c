#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/sacct/query.h"

#define NOW  INT64_C(1795000000)
#define WEEK INT64_C(604800)

/* Seven days at first, an hour in between, seven days again after an hour. */
static void test_how_far_back(void **state)
{
	struct query query = {.done_sec = NOW};

	(void)state;
	query_begin(&query, NOW);
	assert_int_equal(query.from_sec, NOW - WEEK);
	assert_int_equal(query.to_sec, NOW);
	assert_true(query_accept(&query));
	assert_false(query.is_under_way);
	query_begin(&query, NOW + 300);
	assert_int_equal(query.from_sec, NOW - 3600);
	assert_int_equal(query.to_sec, NOW + 300);
	assert_true(query_accept(&query));
	query_begin(&query, NOW + 3600);
	assert_int_equal(query.from_sec, NOW + 300 - WEEK);
	assert_true(query_accept(&query));
}

/* Whoever was away for a month asks for a month and seven days. */
static void test_long_absence(void **state)
{
	struct query query = {.done_sec = NOW};
	int64_t until = NOW - WEEK;
	int n = 0;
	bool is_over;

	(void)state;
	query_begin(&query, NOW + 30 * 86400);
	do {
		assert_int_equal(query.from_sec, until);
		until = query.to_sec;
		is_over = query_accept(&query);
		n++;
	} while (!is_over);
	assert_int_equal(until, NOW + 30 * 86400);
	assert_int_equal(n, 3);
	assert_int_equal(query.done_sec, NOW + 30 * 86400);
}

/* Too large: halves, with no second left out, and whole again later. */
static void test_shorter_steps(void **state)
{
	struct query query = {.done_sec = NOW};
	int64_t until = NOW - WEEK;
	int n = 0;

	(void)state;
	query_begin(&query, NOW);
	while (query_shorten(&query) == 0)
		n++;
	assert_true(n > 10 && query.to_sec - query.from_sec < 200);
	assert_int_equal(query_shorten(&query), -E2BIG);
	for (;;) {
		assert_int_equal(query.from_sec, until);
		assert_true(query.to_sec > until);
		until = query.to_sec;
		if (query_accept(&query))
			break;
	}
	assert_int_equal(until, NOW);
	assert_true(query.step_sec > 10000);
}

/* What a round that failed did not get is asked for again. */
static void test_failed_round(void **state)
{
	struct query query = {.done_sec = NOW};

	(void)state;
	query_begin(&query, NOW);
	query_give_up(&query);
	assert_false(query.is_under_way);
	query_begin(&query, NOW + 300);
	assert_int_equal(query.from_sec, NOW - WEEK);
	assert_true(query_accept(&query));
	query_begin(&query, NOW + 600);
	query_give_up(&query);
	query_begin(&query, NOW + 900);
	assert_int_equal(query.from_sec, NOW + 300 - 3600);
}

/* A clock that was set back leaves nothing out. */
static void test_clock_set_back(void **state)
{
	struct query query = {.done_sec = NOW, .deep_sec = NOW};

	(void)state;
	query_begin(&query, NOW - 86400);
	assert_int_equal(query.from_sec, NOW - 86400 - WEEK);
	assert_int_equal(query.end_sec, NOW - 86400);
}

static void test_words(void **state)
{
	struct query query = {.from_sec = 1795000000, .to_sec = 1795003600};
	char words[QUERY_SIZE], delimiter[QUERY_DELIMITER_MAX], other[QUERY_DELIMITER_MAX];
	char long_program[QUERY_SIZE];

	(void)state;
	query_delimiter(UINT64_C(0xa1b2c3) << 40, delimiter);
	assert_string_equal(delimiter, "%a1b2c3");
	query_delimiter(UINT64_C(0xb2c3) << 40, other);
	assert_int_equal(strlen(other), strlen(delimiter));
	assert_int_equal(query_format(&query, "sacct -M a,b", "Account", delimiter, words), 0);
	assert_string_equal(words,
		"env SLURM_TIME_FORMAT=%s LC_ALL=C sacct -M a,b --allusers --parsable2 --noheader "
		"--duplicates --noconvert --delimiter=%a1b2c3 --starttime=uts1795000000 "
		"--endtime=uts1795003600 --format=Cluster,JobIDRaw,DBIndex,Start,End,ElapsedRaw,"
		"Suspended,AllocCPUS,TotalCPU,AllocTRES,User,UID,Partition,Account");
	memset(long_program, 'x', sizeof(long_program) - 1);
	long_program[sizeof(long_program) - 1] = '\0';
	assert_int_equal(
		query_format(&query, long_program, "Account", delimiter, words), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_how_far_back),
		cmocka_unit_test(test_long_absence),
		cmocka_unit_test(test_shorter_steps),
		cmocka_unit_test(test_failed_round),
		cmocka_unit_test(test_clock_set_back),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

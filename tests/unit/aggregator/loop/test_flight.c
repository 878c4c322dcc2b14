/* The thread, with a commit that takes as long as the test wants. */
#include "aggregator/loop/flight.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/make_batch.h"

static int64_t fixed_time(void *context)
{
	(void)context;
	return MADE_BATCH_START_USEC;
}

static const struct clock fixed_clock = {fixed_time, fixed_time, fixed_time, NULL};
static const struct ingest_limits limits = {.rollup_bytes = (size_t)8 << 20};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool is_entered, may_end;
static int result;
static const struct ingest *committed;
static pthread_t committer;

/* In the place of PostgreSQL. */
int store_flush(struct store *store, const struct ingest *ingest)
{
	(void)store;
	(void)pthread_mutex_lock(&lock);
	is_entered = true;
	committed = ingest;
	committer = pthread_self();
	(void)pthread_cond_broadcast(&changed);
	while (!may_end)
		(void)pthread_cond_wait(&changed, &lock);
	is_entered = may_end = false;
	(void)pthread_mutex_unlock(&lock);
	return result;
}

static void wait_until_entered(void)
{
	(void)pthread_mutex_lock(&lock);
	while (!is_entered)
		(void)pthread_cond_wait(&changed, &lock);
	(void)pthread_mutex_unlock(&lock);
}

static void let_it_end(int r)
{
	(void)pthread_mutex_lock(&lock);
	result = r;
	may_end = true;
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&lock);
}

static struct ingest *gather(void)
{
	static const struct record_time no_time;
	struct ingest_partition *partition;
	struct ingest *ingest = NULL;

	assert_int_equal(ingest_new(&fixed_clock, &limits, &ingest), 0);
	assert_int_equal(ingest_add_partition(ingest, "usage.physics.v1", 0, &partition), 0);
	partition->reading = INGEST_READING_GOES_ON;
	assert_int_equal(ingest_message(ingest, partition, 0, "garbage", 7, &no_time), 0);
	return ingest;
}

static void test_one_after_another(void **state)
{
	static const int results[] = {0, -ECONNRESET, 0, -ESTALE};
	struct flight *flight = NULL;

	(void)state;
	assert_int_equal(flight_new(NULL, &fixed_clock, &limits, &flight), 0);
	assert_false(flight_is_up(flight));
	assert_false(flight_has_landed(flight));
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		struct ingest *ingest = gather();

		assert_int_equal(flight_start(flight, ingest), 0);
		assert_false(ingest_has_pending(ingest));
		assert_true(flight_is_up(flight));
		wait_until_entered();
		assert_false(flight_has_landed(flight));
		ingest_free(ingest); /* it is none of the thread's business */
		let_it_end(results[i]);
		assert_int_equal(flight_end(flight), results[i]);
		assert_false(flight_is_up(flight));
		assert_false(flight_has_landed(flight));
		assert_ptr_equal(committed, flight_load(flight)->ingest);
		assert_int_equal(flight_load(flight)->n_refused, 0);
		assert_false(pthread_equal(committer, pthread_self()));
	}
	flight_free(flight);
}

static void test_lands_by_itself(void **state)
{
	struct flight *flight = NULL;
	struct ingest *ingest = gather();

	(void)state;
	assert_int_equal(flight_new(NULL, &fixed_clock, &limits, &flight), 0);
	let_it_end(0);
	assert_int_equal(flight_start(flight, ingest), 0);
	while (!flight_has_landed(flight))
		(void)sched_yield();
	assert_true(flight_is_up(flight));
	assert_int_equal(flight_end(flight), 0);
	flight_free(flight);
	ingest_free(ingest);
}

static void test_ends_unused(void **state)
{
	struct flight *flight = NULL;

	(void)state;
	assert_int_equal(flight_new(NULL, &fixed_clock, &limits, &flight), 0);
	flight_free(flight);
	flight_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_after_another),
		cmocka_unit_test(test_lands_by_itself),
		cmocka_unit_test(test_ends_unused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

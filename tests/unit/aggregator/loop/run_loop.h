/*
 * Runs the whole loop over the parts of fake_parts.h, and keeps what it logs. Included by one test
 * program each, behind fake_parts.h; a test may change `config`, and puts it back.
 */
#ifndef TESTS_AGGREGATOR_LOOP_RUN_LOOP_H
#define TESTS_AGGREGATOR_LOOP_RUN_LOOP_H

#include "tests/unit/aggregator/loop/fake_parts.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_reset, fake_release)

static char nowhere[] = "";
static struct config config = {
	.metrics_listen = nowhere,
	.read_until = nowhere,
	.flush_interval = SECOND,
	.flush_keys = 50000,
	.flush_memory = 32 << 20,
	.max_age = 24 * 3600 * SECOND,
	.max_future = 3600 * SECOND,
	.stats_interval = 1000000 * SECOND,
};

static char logged[1 << 20];
static volatile sig_atomic_t reload;

static inline void reread(void *context)
{
	(void)context;
	config.flush_interval = 10 * SECOND;
	config.max_age = 3600 * SECOND;
}

/* Run until a test's on_idle says stop; stderr is kept in `logged`. */
static inline int run(void)
{
	const struct loop_orders orders = {&fake.stop, &reload, reread, NULL};
	FILE *file = tmpfile();
	int kept = dup(STDERR_FILENO);
	struct loop *loop = NULL;
	char error[200];
	size_t size;
	int r;

	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	assert_int_equal(loop_new(&config, &fake_clock, &orders, error, sizeof(error), &loop), 0);
	r = loop_run(loop);
	loop_close(loop);
	loop_free(loop);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	close(kept);
	rewind(file);
	size = fread(logged, 1, sizeof(logged) - 1, file);
	logged[size] = '\0';
	(void)fclose(file);
	return r;
}

static inline unsigned int count_logged(const char *text)
{
	unsigned int count = 0;

	for (const char *at = logged; (at = strstr(at, text)); at += strlen(text))
		count++;
	return count;
}

static inline int64_t elapsed(void)
{
	return fake.now_usec - 1000 * SECOND;
}

/* A partition's third batch adds up to what no column holds. */
static inline int refuse_the_third(const struct ingest *ingest)
{
	const struct ingest_partition *partition = &ingest->partition[0];

	fake.error = "bigint out of range";
	return ingest->n_refused == 0 && partition->committed_offset <= 2 &&
			       partition->next_offset > 2
		       ? -EBADMSG
		       : 0;
}

static inline void stop_after_a_minute(void)
{
	fake.stop = elapsed() > 60 * SECOND;
}

#endif

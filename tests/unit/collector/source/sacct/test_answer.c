/* Answers that leave in parts, and whoever is killed in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "tests/support/random.h"
#include "tests/unit/collector/source/sacct/bench.h"

/* 100,000 jobs, in parts, each of them once; the memory they take is measured. */
static void test_a_hundred_thousand(void **state)
{
	enum { N = 100000 };
	struct bench *bench = *state;
	struct buffer saved = BUFFER_INIT(STATE_SIZE);
	struct rusage before, after;
	FILE *file;

	use_file(bench);
	file = fopen(bench->script, "we");
	assert_non_null(file);
	for (uint64_t i = 0; i < N; i++) /* the last one ends first */
		fputs(line(i + 1, NOW_SEC - 300000, NOW_SEC - 100 - (int64_t)i, 10, ADA), file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	for (int i = 0; i < 30; i++) {
		pass(bench, MINUTE);
		take(bench);
		if (i == 7 || i == 28) {
			buffer_clear(&saved);
			assert_int_equal(meter_save(bench->meter, &saved), 0);
			restart(bench, &saved);
		}
	}
	assert_int_equal(bench->ada.cpu_reserved, UINT64_C(40000000) * N);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	print_message("%u jobs: state of %zu KiB, peak %ld MiB more\n", N, saved.size >> 10,
		(after.ru_maxrss - before.ru_maxrss) >> 10);
	assert_true(saved.size < 4u << 20);
	buffer_release(&saved);
}

struct told {
	int64_t end, known;
	uint64_t elapsed, used_sec;
};

/* How far each of some jobs got by now. */
static void write_jobs(
	struct bench *bench, struct random_source *random, struct told *told, size_t n, int64_t now)
{
	FILE *file = fopen(bench->script, "we");

	assert_non_null(file);
	for (size_t i = 0; i < n; i++) {
		char rest[128];

		if (told[i].end == 0 && random_below(random, 3) > 0) {
			told[i].elapsed += (uint64_t)(now - told[i].known);
			told[i].known = now;
		}
		if (told[i].end == 0 && told[i].elapsed > 0 && random_below(random, 20) == 0) {
			told[i].end = told[i].known;
			told[i].used_sec = random_below(random, 2 * told[i].elapsed + 1);
		}
		if (told[i].elapsed == 0)
			continue;
		snprintf(rest, sizeof(rest), "2|%02llu:%02llu:%02llu|cpu=2,mem=7M|ada|1|p|t",
			(unsigned long long)told[i].used_sec / 3600,
			(unsigned long long)told[i].used_sec / 60 % 60,
			(unsigned long long)told[i].used_sec % 60);
		fputs(line(i + 1, told[i].known - (int64_t)told[i].elapsed, told[i].end,
			      told[i].elapsed, rest),
			file);
	}
	assert_int_equal(fclose(file), 0);
}

/* As the loop writes records, but killed before or behind any of them. */
static void take_or_die(struct bench *bench, struct random_source *random, struct buffer *recorded)
{
	struct hm_batch batch;

	while (meter_close_window(bench->meter, &batch) == 0) {
		struct buffer state = BUFFER_INIT(STATE_SIZE);
		uint64_t fate = random_below(random, 8);

		if (fate == 0) { /* before the record is whole */
			restart(bench, recorded);
			return;
		}
		assert_int_equal(meter_save(bench->meter, &state), 0);
		add_up(bench, &batch);
		buffer_release(recorded);
		*recorded = state;
		if (fate == 1) {
			restart(bench, recorded);
			return;
		}
		meter_commit_window(bench->meter);
	}
}

static void test_killed_at_any_instant(void **state)
{
	enum { N = 20 };
	struct bench *bench = *state;

	use_file(bench);
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct random_source random = {seed};
		struct buffer recorded = BUFFER_INIT(STATE_SIZE);
		struct told told[N] = {0};
		uint64_t elapsed = 0;

		(void)unlink(bench->script); /* may not be there yet */
		meter_free(bench->meter);
		open_meter(bench);
		pass(bench, MINUTE);
		assert_int_equal(meter_save(bench->meter, &recorded), 0);
		bench->all = (struct total){0};
		for (size_t i = 0; i < N; i++)
			told[i].known = fake_realtime(&bench->machine) / 1000000;
		for (int step = 0; step < 60; step++) {
			write_jobs(
				bench, &random, told, N, fake_realtime(&bench->machine) / 1000000);
			pass(bench, INTERVAL);
			take_or_die(bench, &random, &recorded);
		}
		for (int step = 0; step < 2; step++) {
			pass(bench, INTERVAL);
			take(bench);
		}
		for (size_t i = 0; i < N; i++)
			elapsed += told[i].elapsed;
		assert_int_equal(bench->all.cpu_reserved, elapsed * 2000000);
		assert_int_equal(bench->all.cpu_billable, elapsed * 2000000);
		assert_int_equal(bench->all.memory_reserved, elapsed * 7);
		buffer_release(&recorded);
	}
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_hundred_thousand),
		TEST(test_killed_at_any_instant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

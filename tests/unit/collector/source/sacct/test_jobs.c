/* Sums in, differences out: what is reported of a job adds up to what was said of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/sacct/jobs.h"
#include "common/buffer.h"
#include "tests/support/random.h"

#define T0 INT64_C(1795000000)

static struct sacct_line line_of(uint64_t dbindex, int64_t start, int64_t end, int64_t known,
	uint64_t cpus, uint64_t used_usec)
{
	uint64_t elapsed = (uint64_t)((end ? end : known) - start);

	return (struct sacct_line){.cluster = {"c", 1},
		.user = {"ada", 3},
		.partition = {"p", 1},
		.tag = {"", 0},
		.dbindex = dbindex,
		.start_sec = start,
		.end_sec = end,
		.known_sec = end ? end : known,
		.used_usec = used_usec,
		.cpu_sec = cpus * elapsed,
		.memory_mib_sec = 100 * elapsed,
		.gpu_sec = elapsed};
}

static struct job_difference tell(struct jobs *jobs, const struct sacct_line *line, int64_t now)
{
	struct job_difference d = {0};

	if (jobs_difference(jobs, line, now, &d) == 0) {
		assert_int_equal(jobs_reserve(jobs), 0);
		jobs_note(jobs, &d.next);
	}
	return d;
}

static void restart(struct jobs *jobs)
{
	struct buffer buffer = BUFFER_INIT(1 << 20);
	struct state_writer writer = {.buffer = &buffer};
	struct state_reader reader;

	jobs_save(jobs, &writer);
	assert_int_equal(writer.error, 0);
	jobs_release(jobs);
	jobs_init(jobs, 2, 0);
	reader = state_reader_of(buffer.data, buffer.size);
	jobs_restore(jobs, &reader);
	assert_int_equal(state_reader_finish(&reader), 0);
	for (size_t size = 0; size < buffer.size; size++) {
		struct jobs cut;

		jobs_init(&cut, 2, 0);
		reader = state_reader_of(buffer.data, size);
		jobs_restore(&cut, &reader);
		assert_true(state_reader_finish(&reader) < 0);
		jobs_release(&cut);
	}
	buffer_release(&buffer);
}

/* A month long: one interval after the other, with nothing between them. */
static void test_running_over_a_month(void **state)
{
	struct jobs jobs;
	struct sacct_line line;
	int64_t until = T0;
	uint64_t cpu_sec = 0, gpu_sec = 0;

	(void)state;
	jobs_init(&jobs, 1, T0);
	for (int64_t now = T0 + 300; now <= T0 + 40 * 86400; now += 300) {
		line = line_of(7, T0, 0, now - 1, 16, 0);

		struct job_difference d = tell(&jobs, &line, now);

		assert_int_equal(d.start_sec, until);
		assert_int_equal(d.end_sec, now - 1);
		until = d.end_sec;
		cpu_sec += d.cpu_sec;
		gpu_sec += d.gpu_sec;
		assert_int_equal(cpu_sec, line.cpu_sec);
	}
	assert_int_equal(gpu_sec, 40 * 86400 - 1);
	assert_int_equal(jobs.table.count, 1);
	jobs_release(&jobs);
}

/* Used CPU that is known at the end only is not billed beside what was allocated before. */
static void test_used_at_the_end(void **state)
{
	struct jobs jobs;
	struct sacct_line line = line_of(1, T0, 0, T0 + 3600, 2, 0);
	struct job_difference d;

	(void)state;
	jobs_init(&jobs, 1, T0);
	(void)tell(&jobs, &line, T0 + 3600);
	line = line_of(1, T0, T0 + 3700, 0, 2, UINT64_C(7000) * 1000000);
	d = tell(&jobs, &line, T0 + 3800);
	assert_int_equal(d.start_sec, T0 + 3600);
	assert_int_equal(d.end_sec, T0 + 3700);
	assert_int_equal(d.cpu_sec, 200);
	assert_int_equal(d.used_usec, 200000000);
	d = tell(&jobs, &line, T0 + 3900);
	assert_int_equal(d.end_sec, 0);
	line = line_of(2, T0, T0 + 3700, 0, 2, UINT64_C(7000) * 1000000);
	d = tell(&jobs, &line, T0 + 3900); /* the same, seen once */
	assert_int_equal(d.used_usec, UINT64_C(7000) * 1000000);
	jobs_release(&jobs);
}

/* More than was allocated is billed, once. */
static void test_used_more_than_allocated(void **state)
{
	struct jobs jobs;
	struct sacct_line line = line_of(1, T0, 0, T0 + 100, 1, 0);
	struct job_difference d;

	(void)state;
	jobs_init(&jobs, 1, T0);
	(void)tell(&jobs, &line, T0 + 100);
	line = line_of(1, T0, T0 + 200, 0, 1, 500000000);
	d = tell(&jobs, &line, T0 + 200);
	assert_int_equal(d.cpu_sec, 100);
	assert_int_equal(d.used_usec, 400000000); /* 100 s were billed as allocated */
	assert_int_equal(d.next.billed_usec, 500000000);
	jobs_release(&jobs);
}

/* What shrank is a debt, and said once. */
static void test_correction(void **state)
{
	struct jobs jobs;
	struct sacct_line line = line_of(1, T0, 0, T0 + 1000, 4, 0);
	struct job_difference d;

	(void)state;
	jobs_init(&jobs, 1, T0);
	(void)tell(&jobs, &line, T0 + 1000);
	line = line_of(1, T0, T0 + 600, 0, 4, 0); /* it had died */
	d = tell(&jobs, &line, T0 + 1300);
	assert_true(d.owes_more);
	assert_int_equal(d.end_sec, 0);
	d = tell(&jobs, &line, T0 + 1600);
	assert_false(d.owes_more);
	restart(&jobs);
	line.gpu_sec = 1001; /* one sum grows while another one owes */
	d = tell(&jobs, &line, T0 + 1700);
	assert_int_equal(d.gpu_sec, 1);
	assert_false(d.owes_more);
	line.cpu_sec = 3999; /* grows, and still owes */
	assert_int_equal(tell(&jobs, &line, T0 + 1900).cpu_sec, 0);
	line.cpu_sec = 4100;
	d = tell(&jobs, &line, T0 + 2000);
	assert_int_equal(d.cpu_sec, 100);
	assert_int_equal(d.start_sec, T0 + 1700); /* behind what was reported, up to now */
	assert_int_equal(d.end_sec, T0 + 2000);
	assert_int_equal(tell(&jobs, &line, T0 + 2300).end_sec, 0);
	jobs_release(&jobs);
}

/* Each sum may shrink alone. */
static void test_what_shrinks(void **state)
{
	static const size_t sums[] = {offsetof(struct sacct_line, cpu_sec),
		offsetof(struct sacct_line, memory_mib_sec), offsetof(struct sacct_line, gpu_sec),
		offsetof(struct sacct_line, used_usec)};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct sacct_line line = line_of(1, T0, T0 + 100, 0, 1, 50);
		struct jobs jobs;
		uint64_t *sum = (uint64_t *)(void *)((char *)&line + sums[i]);

		jobs_init(&jobs, 1, T0);
		(void)tell(&jobs, &line, T0 + 100);
		--*sum;
		assert_true(tell(&jobs, &line, T0 + 200).owes_more);
		jobs_release(&jobs);
	}
}

/* Its end is noted, also where that says nothing else that is new. */
static void test_end_is_noted(void **state)
{
	struct sacct_line line = line_of(1, T0, 0, T0 + 100, 1, 0);
	struct jobs jobs;

	(void)state;
	jobs_init(&jobs, 1, T0);
	(void)tell(&jobs, &line, T0 + 100);
	assert_int_equal(((struct job *)hash_table_at(&jobs.table, 0))->key.end_sec, 0);
	line.end_sec = T0 + 100;
	(void)tell(&jobs, &line, T0 + 200);
	assert_int_equal(((struct job *)hash_table_at(&jobs.table, 0))->key.end_sec, T0 + 100);
	jobs_release(&jobs);
}

/* A requeued job has the same number and another index: another job. */
static void test_clusters_and_indices(void **state)
{
	struct jobs jobs;
	struct sacct_line line = line_of(1, T0, T0 + 10, 0, 1, 0);

	(void)state;
	jobs_init(&jobs, 1, T0);
	assert_int_equal(tell(&jobs, &line, T0 + 10).cpu_sec, 10);
	line.dbindex = 2;
	assert_int_equal(tell(&jobs, &line, T0 + 10).cpu_sec, 10);
	line.cluster.data = "d";
	assert_int_equal(tell(&jobs, &line, T0 + 10).cpu_sec, 10);
	assert_int_equal(tell(&jobs, &line, T0 + 20).cpu_sec, 0);
	jobs_release(&jobs);
}

/* While a job is suspended its time goes on and its sums do not. */
static void test_suspended(void **state)
{
	struct jobs jobs;
	struct sacct_line line = line_of(1, T0, 0, T0 + 100, 1, 0);
	struct job_difference d;

	(void)state;
	jobs_init(&jobs, 1, T0);
	(void)tell(&jobs, &line, T0 + 100);
	line.known_sec = T0 + 400;
	assert_int_equal(tell(&jobs, &line, T0 + 400).end_sec, 0);
	line.known_sec = T0 + 500;
	line.cpu_sec = 200;
	d = tell(&jobs, &line, T0 + 500);
	assert_int_equal(d.start_sec, T0 + 400);
	assert_int_equal(d.cpu_sec, 100);
	jobs_release(&jobs);
}

/* Nothing is in the future, whatever clock wrote it. */
static void test_fast_clock(void **state)
{
	struct jobs jobs;
	struct sacct_line line = line_of(1, T0, T0 + 100, 0, 1, 0);

	(void)state;
	jobs_init(&jobs, 1, T0 - 1);
	assert_int_equal(tell(&jobs, &line, T0 - 5).end_sec, 0);
	assert_int_equal(tell(&jobs, &line, T0 + 50).end_sec, T0 + 50);
	assert_int_equal(tell(&jobs, &line, T0 + 200).end_sec, 0);
	jobs_release(&jobs);
}

/* Longer than an interval may be: the last 400 days of it have all. */
static void test_longest_job(void **state)
{
	struct jobs jobs;
	struct sacct_line line = line_of(1, T0, 0, T0 + 1000 * 86400, 1, 0);
	struct job_difference d;

	(void)state;
	jobs_init(&jobs, 1, T0);
	d = tell(&jobs, &line, T0 + 1000 * 86400);
	assert_int_equal(d.end_sec - d.start_sec, 400 * 86400);
	assert_int_equal(d.cpu_sec, 1000 * 86400);
	jobs_release(&jobs);
}

/* What ended before anything was asked for, or was forgotten, is known; ends are kept in order. */
static void test_floor(void **state)
{
	struct jobs jobs;
	struct sacct_line line = line_of(1, T0 - 50, T0, 0, 1, 0);

	(void)state;
	jobs_init(&jobs, 1, T0);
	assert_int_equal(tell(&jobs, &line, T0 + 10).end_sec, 0);
	line = line_of(1, T0 - 50, 0, T0 + 5, 1, 0); /* one that runs is not */
	assert_int_equal(tell(&jobs, &line, T0 + 10).cpu_sec, 55);
	jobs_release(&jobs);
}

static void test_forgetting(void **state)
{
	enum { N = JOBS_KEPT + 1000 };
	struct jobs jobs;

	(void)state;
	jobs_init(&jobs, 1, T0);
	for (uint64_t i = 0; i < N; i++) {
		struct sacct_line line = line_of(i + 1, T0, T0 + 1 + (int64_t)(i / 10), 0, 1, 0);

		assert_true(tell(&jobs, &line, T0 + 99999).cpu_sec > 0);
	}
	struct sacct_line running = line_of(N + 1, T0, 0, T0 + 5, 1, 0);

	(void)tell(&jobs, &running, T0 + 99999);
	assert_int_equal(jobs_forget(&jobs, T0 + 51, 0), 0); /* some may yet have to be told */
	assert_int_equal(jobs.table.count, N + 1 - 500);
	assert_int_equal(jobs_forget(&jobs, T0 + 99999, 0), 0);
	assert_int_equal(jobs.table.count, JOBS_KEPT + 1);
	for (uint64_t i = 0; i < N; i++) {
		struct sacct_line line = line_of(i + 1, T0, T0 + 1 + (int64_t)(i / 10), 0, 1, 0);

		assert_int_equal(tell(&jobs, &line, T0 + 99999).cpu_sec, 0);
	}
	struct sacct_line line = line_of(N + 2, T0, T0 + 101, 0, 1, 0); /* just behind the floor */

	assert_int_equal(tell(&jobs, &line, T0 + 99999).cpu_sec, 101);
	line = line_of(N + 3, T0, T0 + 99, 0, 1, 0);
	assert_int_equal(tell(&jobs, &line, T0 + 99999).cpu_sec, 0);
	assert_int_equal(jobs_forget(&jobs, T0 + 99999, T0 + 200000), 0); /* all are stale */
	assert_int_equal(jobs.table.count, 0);
	jobs_release(&jobs);
}

static void test_full(void **state)
{
	struct jobs jobs;

	(void)state;
	jobs_init(&jobs, 1, T0);
	for (uint64_t i = 0; i < JOBS_MAX; i++) {
		struct job job = {.key = {.cluster = 1, .dbindex = i}};

		assert_int_equal(jobs_reserve(&jobs), 0);
		jobs_note(&jobs, &job);
	}
	assert_int_equal(jobs_reserve(&jobs), -ENOSPC);
	jobs_release(&jobs);
}

struct life {
	struct sacct_line line;
	int64_t until;
	uint64_t most_cpu, most_memory, most_gpu, most_used;
	uint64_t cpu, memory, gpu, used, billed;
	bool is_plain; /* it only grew, and never used more than it was allocated */
};

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void change(struct random_source *random, struct life *life, int64_t now)
{
	struct sacct_line *line = &life->line;
	uint64_t elapsed =
		line->end_sec == 0 && now > line->known_sec ? (uint64_t)(now - line->known_sec) : 0;

	if (elapsed > 0 && random_below(random, 4) > 0) {
		line->known_sec = now;
		line->cpu_sec += elapsed * 4;
		line->memory_mib_sec += elapsed * 100;
		line->gpu_sec += elapsed;
	}
	if (random_below(random, 3) == 0)
		line->used_usec += random_below(random, 4 * 1000000 * (elapsed + 1));
	if (line->end_sec == 0 && random_below(random, 10) == 0)
		line->end_sec = line->known_sec;
	if (random_below(random, 20) == 0) {
		life->is_plain = false;
		line->cpu_sec -= random_below(random, line->cpu_sec + 1);
		line->gpu_sec -= random_below(random, line->gpu_sec + 1);
	}
}

static void expect(struct life *life, const struct job_difference *d, int64_t now)
{
	life->most_cpu = max(life->most_cpu, life->line.cpu_sec);
	life->most_memory = max(life->most_memory, life->line.memory_mib_sec);
	life->most_gpu = max(life->most_gpu, life->line.gpu_sec);
	life->most_used = max(life->most_used, life->line.used_usec);
	if (d->end_sec > d->start_sec) {
		assert_true(d->start_sec >= life->until && d->end_sec <= now);
		life->until = d->end_sec;
	} else {
		assert_int_equal(d->cpu_sec + d->memory_mib_sec + d->gpu_sec + d->used_usec, 0);
	}
	life->cpu += d->cpu_sec;
	life->memory += d->memory_mib_sec;
	life->gpu += d->gpu_sec;
	life->used += d->used_usec;
	life->billed += max(d->used_usec, d->cpu_sec * 1000000);
	assert_int_equal(life->cpu, life->most_cpu);
	assert_int_equal(life->memory, life->most_memory);
	assert_int_equal(life->gpu, life->most_gpu);
	assert_true(life->used <= life->most_used);
	life->is_plain &= life->most_used <= life->most_cpu * 1000000;
	if (life->is_plain)
		assert_int_equal(life->billed, life->most_cpu * 1000000);
	assert_true(life->billed >= life->most_cpu * 1000000);
	assert_true(life->billed <= (life->most_cpu * 1000000) + life->most_used);
}

/* The law, over random lives with corrections, and restarts in between. */
static void test_law(void **state)
{
	enum { N = 5, STEPS = 60 };

	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct random_source random = {seed};
		struct life lives[N] = {0};
		struct jobs jobs;

		jobs_init(&jobs, seed, T0 - 1);
		for (uint64_t i = 0; i < N; i++) {
			lives[i].line = line_of(i + 1, T0, 0, T0, 4, 0);
			lives[i].until = T0;
			lives[i].is_plain = true;
		}
		for (int64_t step = 1; step <= STEPS; step++) {
			int64_t now = T0 + step * 300;
			struct life *life = &lives[random_below(&random, N)];
			struct job_difference d;

			change(&random, life, now);
			d = tell(&jobs, &life->line, now + 5);
			expect(life, &d, now + 5);
			if (random_below(&random, 30) == 0)
				restart(&jobs);
		}
		jobs_release(&jobs);
	}
}

static void test_forged_section(void **state)
{
	static const unsigned char many[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 1};
	struct state_reader reader = state_reader_of(many, sizeof(many));
	struct jobs jobs;

	(void)state;
	jobs_init(&jobs, 1, 0);
	jobs_restore(&jobs, &reader);
	assert_int_equal(state_reader_finish(&reader), -EBADMSG);
	jobs_release(&jobs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_running_over_a_month),
		cmocka_unit_test(test_used_at_the_end),
		cmocka_unit_test(test_used_more_than_allocated),
		cmocka_unit_test(test_correction),
		cmocka_unit_test(test_what_shrinks),
		cmocka_unit_test(test_end_is_noted),
		cmocka_unit_test(test_clusters_and_indices),
		cmocka_unit_test(test_suspended),
		cmocka_unit_test(test_fast_clock),
		cmocka_unit_test(test_longest_job),
		cmocka_unit_test(test_floor),
		cmocka_unit_test(test_forgetting),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_law),
		cmocka_unit_test(test_forged_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The meter with a program that stands in for sacct: what leaves is what it said, once. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/collector/source/sacct/bench.h"

static void test_a_job_leaves_once(void **state)
{
	struct bench *bench = *state;

	write_script(bench, line(90017, NOW_SEC - 100, NOW_SEC - 50, 50, ADA));
	for (int i = 0; i < 3; i++) {
		run_once(bench);
		take(bench);
	}
	assert_int_equal(bench->ada.cpu_reserved, 200000000);
	assert_int_equal(bench->ada.cpu_used, 10500000);
	assert_int_equal(bench->ada.cpu_billable, 200000000);
	assert_int_equal(bench->ada.memory_reserved, 50000);
	assert_int_equal(bench->ada.gpu_reserved, 50000);
	assert_int_equal(bench->n_rows, 1);
	assert_int_equal(bench->first_usec, (NOW_SEC - 100) * 1000000);
	assert_int_equal(bench->last_usec, (NOW_SEC - 50) * 1000000);
	assert_string_equal(bench->workload, "hpc1/90017");
	assert_string_equal(bench->row_class, "gpu");
	assert_string_equal(bench->row_tag, "chem");
}

/* While it runs, it leaves piece by piece, also what was known of it in a summer's hour twice. */
static void test_a_job_that_runs(void **state)
{
	struct bench *bench = *state;
	int64_t now = 0;

	for (int i = 0; i < 5; i++) {
		now = fake_realtime(&bench->machine) / 1000000;
		write_script(
			bench, line(5, NOW_SEC - 1000, 0, (uint64_t)(now - NOW_SEC + 1000), BOB));
		run_once(bench);
		take(bench);
		assert_int_equal(bench->all.cpu_reserved, 2000000 * (now - NOW_SEC + 1000));
		assert_int_equal(bench->last_usec, now * 1000000);
	}
	assert_int_equal(bench->n_rows, 5);
	write_script(bench,
		line(5, NOW_SEC - 1000, now + 10, (uint64_t)(now + 10 - NOW_SEC + 1000), BOB));
	run_once(bench);
	take(bench);
	assert_int_equal(bench->all.cpu_reserved, 2000000 * (now + 10 - NOW_SEC + 1000));
}

/* A line that is wrong costs itself. */
static void test_other_lines_count(void **state)
{
	struct bench *bench = *state;
	char text[2048];
	int n = snprintf(
		text, sizeof(text), "garbage\n%s", line(1, NOW_SEC - 100, NOW_SEC - 50, 50, ADA));

	n += snprintf(text + n, sizeof(text) - (size_t)n, "%s",
		line(2, NOW_SEC - 100, NOW_SEC - 50, 50, "2|00:00:00|cpu=2,mem=1Q|bob|1|p|t"));
	(void)snprintf(text + n, sizeof(text) - (size_t)n, "%s",
		line(3, NOW_SEC - 100, NOW_SEC - 50, 50, BOB));
	write_script(bench, text);
	run_once(bench);
	take(bench);
	assert_int_equal(bench->n_rows, 2);
	write_script(bench, line(2, NOW_SEC - 100, NOW_SEC - 50, 50, BOB));
	run_once(bench);
	take(bench);
	assert_int_equal(bench->n_rows, 3);
}

/* A comment of two lines is not a job of somebody else. */
static void test_a_forged_line(void **state)
{
	struct bench *bench = *state;
	char text[4096];

	assert_true(snprintf(text, sizeof(text),
			    HEAD "printf 'hpc1%%s1%%s1%%s%lld%%s%lld%%s50%%s00:00:00%%s4%%s"
				 "00:00:00%%scpu=4%%sbob%%s1%%sp%%scomment\\n"
				 "hpc1|2|2|%lld|%lld|50|00:00:00|4|00:00:00|cpu=4|ada|1|p|x\\n' "
				 "$d $d $d $d $d $d $d $d $d $d $d $d $d\n",
			    (long long)NOW_SEC - 100, (long long)NOW_SEC - 50,
			    (long long)NOW_SEC - 100, (long long)NOW_SEC - 50) < (int)sizeof(text));
	write_text(bench->script, text);
	run_once(bench);
	take(bench);
	assert_int_equal(bench->n_rows, 1);
	assert_int_equal(bench->all.cpu_reserved, 200000000);
	assert_int_equal(bench->ada.cpu_reserved, 0);
}

/* Strange names travel as other strange names do; the class may be the site's. */
static void test_names(void **state)
{
	static char class[] = "hpc";
	struct bench *bench = *state;

	bench->config.sacct_class = class;
	write_script(bench, line(1, NOW_SEC - 100, NOW_SEC - 50, 50,
				    "1|00:00:00|cpu=1|b\xffob|1|p|\x01\x02tag"));
	run_once(bench);
	take(bench);
	assert_int_equal(bench->n_rows, 1);
	assert_non_null(strstr(bench->row_tag, "tag~"));
	assert_string_equal(bench->row_class, "hpc");
}

static void test_failures_cost_nothing(void **state)
{
	static const char *const wrong[] = {
		"#!/bin/sh\necho slurmdbd is down >&2; exit 1\n", "#!/bin/sh\nkill -9 $$\n"};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		write_text(bench->script, wrong[i]);
		run_once(bench);
		take(bench);
		assert_int_equal(bench->n_rows, 0);
	}
	write_script(bench, line(1, NOW_SEC - 100, NOW_SEC - 50, 50, ADA));
	run_once(bench);
	take(bench);
	assert_int_equal(bench->ada.cpu_reserved, 200000000);
}

/* More than fits one answer is asked for in shorter steps, which leave nothing out. */
static void test_too_much_at_once(void **state)
{
	struct bench *bench = *state;
	char text[4096];

	assert_true(snprintf(text, sizeof(text),
			    HEAD "for a; do case $a in --starttime=uts*) s=${a#*uts};; "
				 "--endtime=uts*) e=${a#*uts};; esac; done\n"
				 "[ $((e - s)) -gt 200000 ] && exec yes\n"
				 "echo $s $e >> $0.taken\n" PRINT "%sEND\n",
			    line(1, NOW_SEC - 100, NOW_SEC - 50, 50, ADA)) < (int)sizeof(text));
	write_text(bench->script, text);
	for (int i = 0; i < 6; i++) { /* a week, a half, and four quarters */
		run_step(bench);
		pass(bench, 1);
	}
	take(bench);
	assert_int_equal(bench->ada.cpu_reserved, 200000000);

	char path[128];
	long long from, to, until = 0, first = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s.taken", bench->script);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fscanf(file, "%lld %lld", &from, &to) == 2) {
		assert_true(first == 0 || from == until);
		first = first ? first : from;
		until = to;
		if (until >= NOW_SEC)
			break;
	}
	assert_int_equal(first, NOW_SEC - 604800);
	assert_true(until >= NOW_SEC && until < NOW_SEC + 60);
	assert_int_equal(fclose(file), 0);
	(void)unlink(path);
}

/* A file that shrinks says nothing of those that are missing. */
static void test_a_file(void **state)
{
	struct bench *bench = *state;
	char text[2048];
	int n;

	use_file(bench);
	pass(bench, INTERVAL); /* not there yet */
	n = snprintf(text, sizeof(text), "%s", line(1, NOW_SEC - 100, NOW_SEC - 50, 50, ADA));
	(void)snprintf(text + n, sizeof(text) - (size_t)n, "%s",
		line(2, NOW_SEC - 100, NOW_SEC - 50, 50, BOB));
	write_text(bench->script, text);
	pass(bench, INTERVAL);
	take(bench);
	assert_int_equal(bench->all.cpu_reserved, 300000000);
	text[n] = '\0';
	write_text(bench->script, text);
	pass(bench, INTERVAL);
	take(bench);
	write_text(bench->script, "cut in the midd");
	pass(bench, INTERVAL);
	take(bench);
	assert_int_equal(bench->all.cpu_reserved, 300000000);
	write_text(bench->script, line(2, NOW_SEC - 100, NOW_SEC - 40, 60, BOB));
	pass(bench, INTERVAL);
	take(bench);
	assert_int_equal(bench->all.cpu_reserved, 320000000);
}

/* Whoever comes back after a month asks for it, and for the seven days before. */
static void test_after_a_month(void **state)
{
	struct bench *bench = *state;
	struct buffer saved = BUFFER_INIT(STATE_SIZE);
	char text[4096], expected[64];
	size_t size;
	FILE *file;

	write_script(bench, line(1, NOW_SEC - 100, NOW_SEC - 50, 50, ADA));
	run_once(bench);
	take(bench);
	assert_int_equal(meter_save(bench->meter, &saved), 0);
	bench->machine.boottime_usec += 30 * INT64_C(86400000000);
	restart(bench, &saved);
	buffer_release(&saved);
	run_once(bench);
	file = fopen(bench->asked, "re");
	assert_non_null(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	assert_int_equal(fclose(file), 0);
	snprintf(expected, sizeof(expected), "uts%lld ", (long long)NOW_SEC - 604800);
	assert_non_null(strstr(strchr(text, '\n'), expected));
}

static void test_what_ended_long_ago(void **state)
{
	struct bench *bench = *state;

	use_file(bench);
	write_text(bench->script, line(1, NOW_SEC - 700000, NOW_SEC - 604801, 50, ADA));
	pass(bench, INTERVAL);
	take(bench);
	assert_int_equal(bench->n_rows, 0);
	write_text(bench->script, line(2, NOW_SEC - 700000, NOW_SEC - 604000, 50, ADA));
	pass(bench, INTERVAL);
	take(bench);
	assert_true(bench->n_rows > 0); /* a row for each day that it touches */
	assert_int_equal(bench->ada.cpu_reserved, 200000000);
}

/* A state of somebody else is refused, and the source starts as new. */
static void test_foreign_section(void **state)
{
	struct source_context context;
	struct bench *bench = *state;
	struct window window = {0};
	void *source;

	context = (struct source_context){&bench->config, &bench->machine.clock, NULL};
	assert_int_equal(sacct_source_ops.init(&context, &source), 0);
	assert_int_equal(sacct_source_ops.restore(source, &window, 1, "x", 1), -EBADMSG);
	assert_int_equal(sacct_source_ops.restore(source, &window, 77, "", 0), -EBADMSG);
	sacct_source_ops.free(source);
	bench->config.sacct_command = none;
	assert_int_equal(sacct_source_ops.init(&context, &source), -ENOENT);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_job_leaves_once),
		TEST(test_a_job_that_runs),
		TEST(test_other_lines_count),
		TEST(test_a_forged_line),
		TEST(test_names),
		TEST(test_failures_cost_nothing),
		TEST(test_too_much_at_once),
		TEST(test_a_file),
		TEST(test_after_a_month),
		TEST(test_what_ended_long_ago),
		TEST(test_foreign_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

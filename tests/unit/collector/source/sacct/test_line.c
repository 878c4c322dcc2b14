/* Lines as sacct of Slurm 22.05 printed them, and lines that nobody should print. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/sacct/line.h"

static int parse(const char *text, const char *delimiter, struct sacct_line *line)
{
	const char *reason;
	int r = sacct_line_parse(text, strlen(text), delimiter, line, &reason);

	assert_true((r == -EBADMSG) == (reason != NULL));
	return r;
}

static void take(const char *text, struct sacct_line *line)
{
	assert_int_equal(parse(text, "|", line), 0);
}

static void assert_text(const struct sacct_text *text, const char *expected)
{
	assert_int_equal(text->size, strlen(expected));
	assert_memory_equal(text->data, expected, text->size);
}

static void test_ended_job(void **state)
{
	struct sacct_line line;

	(void)state;
	take("hpc1|2|3|1795751347|1795751367|20|00:00:00|2|00:14.123|billing=2,cpu=2,mem=500M,node=1|"
	     "ada|1001|normal|bio",
		&line);
	assert_text(&line.cluster, "hpc1");
	assert_text(&line.user, "ada");
	assert_text(&line.partition, "normal");
	assert_text(&line.tag, "bio");
	assert_int_equal(line.dbindex, 3);
	assert_int_equal(line.start_sec, 1795751347);
	assert_int_equal(line.end_sec, 1795751367);
	assert_int_equal(line.known_sec, 1795751367);
	assert_int_equal(line.cpu_sec, 40);
	assert_int_equal(line.used_usec, 14123000);
	assert_int_equal(line.memory_mib_sec, 10000);
	assert_int_equal(line.gpu_sec, 0);
}

/* What is known of a job that runs ends where elapsed and suspended time do. */
static void test_running_and_suspended(void **state)
{
	struct sacct_line line;

	(void)state;
	take("hpc1|7|8|1000|Unknown|300|01:00:05|16|00:00:00|cpu=16|ada|1|p|", &line);
	assert_int_equal(line.end_sec, 0);
	assert_int_equal(line.known_sec, 1000 + 300 + 3605);
	assert_int_equal(line.cpu_sec, 4800);
	assert_text(&line.tag, "");
	take("hpc1|7|8|1000|0|300|1-00:00:00|16|00:00:00||ada|1|p|", &line);
	assert_int_equal(line.known_sec, 1000 + 300 + 86400);
	assert_int_equal(line.memory_mib_sec, 0);
}

static void assert_quantities(const char *tres, uint64_t mib_sec, uint64_t gpu_sec)
{
	char text[512];
	struct sacct_line line;

	snprintf(text, sizeof(text), "c|1|1|10|20|10|00:00:00|1|00:00:00|%s|u|1|p|a", tres);
	take(text, &line);
	assert_int_equal(line.memory_mib_sec, mib_sec);
	assert_int_equal(line.gpu_sec, gpu_sec);
}

/* The total of GPUs or that of their types, never both. */
static void test_allocations(void **state)
{
	(void)state;
	assert_quantities(
		"billing=32,cpu=16,gres/gpu:a100=2,gres/gpu=2,mem=128G,node=1", 1310720, 20);
	assert_quantities("gres/gpu=2,gres/gpu:a100=2", 0, 20);
	assert_quantities("gres/gpu:a100=2,gres/gpu:a100_3g.20gb=1", 0, 30);
	assert_quantities("gres/gpu:a100=0,gres/gpu=0", 0, 0);
	assert_quantities("gres/gpumem=3G,gres/gpuutil=4,license/ansys=2,energy=10", 0, 0);
	assert_quantities("mem=62.50G", 640000, 0);
	assert_quantities("mem=1.5M", 15, 0);
	assert_quantities("mem=512K", 5, 0);
	assert_quantities("mem=100", 1000, 0);
	assert_quantities("mem=2T", 20971520, 0);
	assert_quantities("mem=0", 0, 0);
}

static uint64_t used(const char *duration)
{
	char text[512];
	struct sacct_line line;

	snprintf(text, sizeof(text), "c|1|1|10|20|10|00:00:00|1|%s|cpu=1|u|1|p|a", duration);
	if (parse(text, "|", &line) < 0)
		return UINT64_MAX;
	return line.used_usec;
}

static void test_durations(void **state)
{
	(void)state;
	assert_int_equal(used("00:00:00"), 0);
	assert_int_equal(used("00:03.086"), 3086000);
	assert_int_equal(used("59:59"), 3599000000);
	assert_int_equal(used("27:46:40"), 100000000000);
	assert_int_equal(used("2-03:04:05"), 183845000000);
	assert_int_equal(used("2-03:04:05.5"), 183845500000);
	assert_int_equal(used("INVALID"), 0);
	assert_int_equal(used(""), 0);
	assert_true(used("5") == UINT64_MAX);
	assert_true(used("1:2:3:4") == UINT64_MAX);
	assert_true(used("00:60") == UINT64_MAX);
	assert_true(used("-00:01") == UINT64_MAX);
	assert_true(used("00:01.") == UINT64_MAX);
	assert_true(used("00:01.1234567") == UINT64_MAX);
	assert_true(used("00:01 ") == UINT64_MAX);
	assert_true(used("999999999999999999-00:00:01") == UINT64_MAX);
	assert_true(used("9999999999999:00:00") == UINT64_MAX);
}

/* What has nothing to do with usage is passed over. */
static void test_nothing_said(void **state)
{
	struct sacct_line line;

	(void)state;
	assert_int_equal(parse("hpc1|1.batch|1|1795751340|1795751346|6|00:00:00|1|00:04.018|"
			       "cpu=1,mem=300M,node=1||||chem",
				 "|", &line),
		-ENODATA);
	assert_int_equal(parse("hpc1|9.0|1|1|2|1|00:00:00|1|00:04.018|||||", "|", &line), -ENODATA);
	assert_int_equal(parse("hpc1|3|4|Unknown|Unknown|0|00:00:00|1|00:00:00||root|0|normal|chem",
				 "|", &line),
		-ENODATA);
	assert_int_equal(parse("hpc1|3|4|None|1795751346|0|00:00:00|1|00:00:00||root|0|normal|chem",
				 "|", &line),
		-ENODATA);
}

/* An array's task and a part of a heterogeneous job have numbers of their own. */
static void test_every_task_is_a_job(void **state)
{
	struct sacct_line first, second;

	(void)state;
	take("hpc1|3|4|1795751367|1795751370|3|00:00:00|1|00:01.443|cpu=1|root|0|normal|chem",
		&first);
	take("hpc1|4|5|1795751367|1795751370|3|00:00:00|1|00:01.524|cpu=1|root|0|normal|chem",
		&second);
	assert_int_not_equal(first.dbindex, second.dbindex);
	take("hpc1|4+1|6|1795751367|1795751370|3|00:00:00|1|00:01.524|cpu=1|root|0|normal|chem",
		&second);
	assert_int_equal(second.dbindex, 6);
}

static void test_refusals(void **state)
{
	static const char *const wrong[] = {
		"",
		"garbage",
		"c|1|1|10|20|10|00:00:00|1|00:00:00|cpu=1|u|1|p",
		"|1|1|10|20|10|00:00:00|1|00:00:00|cpu=1|u|1|p|a",
		".c|1|1|10|20|10|00:00:00|1|00:00:00|cpu=1|u|1|p|a",
		"c/d|1|1|10|20|10|00:00:00|1|00:00:00|cpu=1|u|1|p|a",
		"c|1|0|10|20|10|00:00:00|1|00:00:00|cpu=1|u|1|p|a",
		"c|1||10|20|10|00:00:00|1|00:00:00|cpu=1|u|1|p|a",
		"c|1|-1|10|20|10|00:00:00|1|00:00:00|cpu=1|u|1|p|a",
		"c|1|1|2026-11-27T03:00:00|20|10|00:00:00|1|00:00:00|cpu=1|u|1|p|a",
		"c|1|1|10|2026-11-27T03:00:00|10|00:00:00|1|00:00:00|cpu=1|u|1|p|a",
		"c|1|1|20|10|10|00:00:00|1|00:00:00|cpu=1|u|1|p|a",
		"c|1|1|10|99999999999999|10|00:00:00|1|00:00:00|cpu=1|u|1|p|a",
		"c|1|1|10|20|00:00:10|00:00:00|1|00:00:00|cpu=1|u|1|p|a",
		"c|1|1|10|20|-1|00:00:00|1|00:00:00|cpu=1|u|1|p|a",
		"c|1|1|10|20|10|forever|1|00:00:00|cpu=1|u|1|p|a",
		"c|1|1|10|20|10|00:00:00|x|00:00:00|cpu=1|u|1|p|a",
		"c|1|1|10|20|10|00:00:00|1|00:00:00|cpu|u|1|p|a",
		"c|1|1|10|20|10|00:00:00|1|00:00:00|mem=1X|u|1|p|a",
		"c|1|1|10|20|10|00:00:00|1|00:00:00|mem=1GG|u|1|p|a",
		"c|1|1|10|20|10|00:00:00|1|00:00:00|gres/gpu=1.5|u|1|p|a",
		"c|1|1|10|20|10|00:00:00|1|00:00:00|cpu=1|||p|a",
		"c|1|1|10|20|999999999|00:00:00|99999999999|00:00:00|cpu=1|u|1|p|a",
		"c|1|1|10|20|10|00:00:00|18446744073709551615|00:00:00|cpu=1|u|1|p|a",
		"c|1|1|10|20|10|00:00:00|1|00:00:00|mem=18446744073709551615P|u|1|p|a",
		"c|1|1|10|20|10|00:00:00|1|00:00:00|gres/gpu:a=18446744073709551615,gres/gpu:b=1|u|1|"
		"p|a",
	};
	struct sacct_line line = {.dbindex = 77};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(parse(wrong[i], "|", &line), -EBADMSG);
	assert_int_equal(line.dbindex, 77);
}

/* Who has no name has a number. */
static void test_user_without_a_name(void **state)
{
	struct sacct_line line;

	(void)state;
	take("c|1|1|10|20|10|00:00:00|1|00:00:00|cpu=1||1001|p|a", &line);
	assert_text(&line.user, "1001");
}

/* The last column has whatever is left; a line without the delimiter is nobody's job. */
static void test_separators_in_a_comment(void **state)
{
	struct sacct_line line;

	(void)state;
	take("c|1|1|10|20|10|00:00:00|1|00:00:00|cpu=1|u|1|p|a|b\\|c|", &line);
	assert_text(&line.tag, "a|b\\|c|");
	assert_int_equal(parse("c%a1b2c31%a1b2c39%a1b2c310%a1b2c320%a1b2c310%a1b2c300:00:00"
			       "%a1b2c32%a1b2c300:00:00%a1b2c3cpu=1%a1b2c3u%a1b2c31%a1b2c3p"
			       "%a1b2c3a|b",
				 "%a1b2c3", &line),
		0);
	assert_text(&line.tag, "a|b");
	assert_int_equal(line.cpu_sec, 20);
	assert_int_equal(
		parse("c|1|1|10|20|10|00:00:00|1|00:00:00|cpu=1|bob|2|p|forged", "%a1b2c3", &line),
		-EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ended_job),
		cmocka_unit_test(test_running_and_suspended),
		cmocka_unit_test(test_allocations),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_nothing_said),
		cmocka_unit_test(test_every_task_is_a_job),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_user_without_a_name),
		cmocka_unit_test(test_separators_in_a_comment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "cli/command/import/usage_file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW    1788220800000000 /* 2026-09-01T00:00:00Z */
#define HEADER "hub,node,workload,kind,username,server,tag,class,start,end,"
#define TIMES  "2026-08-01T00:00:00Z,2026-08-01T01:00:00Z,"

/* Parse @text and give what standard error was told. The caller frees it and releases the set. */
static char *parse(const char *text, struct interval_set *set, int *ret_r)
{
	struct input_errors errors = {.path = "jobs.csv"};
	FILE *told = tmpfile();
	int kept = dup(STDERR_FILENO);
	char *output = calloc(1, 65536);

	assert_non_null(told);
	assert_non_null(output);
	assert_int_equal(interval_set_init(set, 1), 0);
	assert_true(dup2(fileno(told), STDERR_FILENO) >= 0);
	*ret_r = usage_file_parse(text, strlen(text), NOW, set, &errors);
	(void)fflush(stderr);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	(void)close(kept);
	rewind(told);
	assert_true(fread(output, 1, 65535, told) < 65535);
	(void)fclose(told);
	return output;
}

static void test_columns_in_any_order(void **state)
{
	struct usage_interval got;
	struct interval_set set;
	char *told;
	int r;

	(void)state;
	told = parse(
		"\xef\xbb\xbfnet_tx_bytes,end,start,class,tag,server,username,kind,workload,node,"
		"hub\r\n"
		"7,2026-09-01T00:00:00Z,2026-08-31T00:00:00+02:00,c,t,s,zo\xc3\xab,pod,"
		"\"w,1\",n,physics\r\n",
		&set, &r);
	assert_string_equal(told, "");
	assert_int_equal(r, 0);
	assert_int_equal(set.count, 1);
	interval_set_get(&set, 0, &got);
	assert_string_equal(got.hub, "physics");
	assert_string_equal(got.node, "n");
	assert_string_equal(got.workload, "w,1");
	assert_string_equal(got.username, "zo\xc3\xab");
	assert_string_equal(got.server, "s");
	assert_string_equal(got.tag, "t");
	assert_string_equal(got.resource_class, "c");
	assert_int_equal(got.kind, HM_WORKLOAD_KIND_POD);
	assert_int_equal(got.start_usec, NOW - 93600000000);
	assert_int_equal(got.end_usec, NOW);
	assert_int_equal(got.quantity[USAGE_COLUMN_NET_TX_BYTES - USAGE_FIRST_QUANTITY], 7);
	assert_int_equal(got.quantity[0], 0);
	free(told);
	interval_set_release(&set);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		const char *told;
	} cases[] = {
		{"", "jobs.csv:1: empty, expected a line hub,node,workload,kind,username,server,tag,"
		     "class,start,end,cpu_core_seconds,cpu_reserved_core_seconds,memory_mib_seconds,"
		     "memory_reserved_mib_seconds,gpu_seconds,gpu_reserved_seconds,"
		     "storage_mib_seconds,net_rx_bytes,net_tx_bytes\n"},
		{HEADER "cpu_core_seconds\n", "jobs.csv:2: no rows: there is only the header\n"},
		{HEADER "gpu_seconds,cpu_core_seconds\nh,n,w,job,u,,,," TIMES "0.0001,-1\n",
			"jobs.csv:2: column \"cpu_core_seconds\": \"-1\": not a number: digits with "
			"at most 6 decimals behind a point, no sign\n"
			"jobs.csv:2: column \"gpu_seconds\": \"0.0001\": too fine: kept in "
			"GPU-milliseconds, so round it to 3 decimals\n"},
		{HEADER "gpu_seconds\nh,n,w,job,u,,,," TIMES "\n",
			"jobs.csv:2: column \"cpu_core_seconds\": no quantity is given, neither this "
			"nor another\n"},
		{HEADER "gpu_seconds\nh,n,w,job,u,,,,2016-08-30T00:00:00Z,2016-09-01T00:00:00Z,1\n",
			"jobs.csv:2: column \"start\": \"2016-08-30T00:00:00Z\": more than ten years "
			"ago\n"},
		{HEADER "gpu_seconds\nh,n,w,job,u,,,,2026-08-31T23:00:00Z,"
			"2026-09-01T00:00:00.000001Z,1\n",
			"jobs.csv:2: column \"end\": \"2026-09-01T00:00:00.000001Z\": in the future: "
			"what is not over cannot be imported\n"},
		{HEADER "gpu_seconds\nh,n,w,job,u,,,," TIMES "1\nh,n,w,job,v,,,," TIMES "2\n",
			"jobs.csv:3: column \"username\": \"v\": not that of line 2: a workload keeps "
			"its user, server and tag\n"},
		{HEADER "gpu_seconds\nh,n,w,job,u,,,," TIMES "1\nh,n,v,job,u,,,," TIMES
			"1\nh,n,w,job,u,,,,2026-08-01T02:00:00+02:00,2026-08-01T01:00:00Z,1.0\n",
			"jobs.csv:4: the same as line 2: usage is given once\n"},
		{HEADER "net_rx_bytes\nh,n,w,job,u,,,," TIMES
			"9223372036854775807\nh,n,x,job,u,,,," TIMES "1\n",
			"jobs.csv:3: column \"net_rx_bytes\": \"1\": the file's sum is too large to be "
			"stored\n"},
		{HEADER "gpu_seconds\nh,n,w,job,\"a\x1b[2J\",,,," TIMES "1\n",
			"jobs.csv:2: column \"username\": \"a\\u001b[2J\": has a control character or "
			"line break\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct interval_set set;
		char *told;
		int r;

		told = parse(cases[i].text, &set, &r);
		assert_string_equal(told, cases[i].told);
		assert_int_equal(r, -EBADMSG);
		free(told);
		interval_set_release(&set);
	}
}

static void test_errors_are_limited(void **state)
{
	char text[8192] = HEADER "gpu_seconds\n";
	struct interval_set set;
	char *told;
	size_t lines = 0;
	int r;

	(void)state;
	for (int i = 0; i < 50; i++)
		(void)strcat(text, "h,n,w,job,,,,," TIMES "1\n");
	told = parse(text, &set, &r);
	assert_int_equal(r, -EBADMSG);
	for (const char *c = told; (c = strchr(c, '\n')); c++)
		lines++;
	assert_int_equal(lines, INPUT_ERRORS_SHOWN);
	free(told);
	interval_set_release(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns_in_any_order),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_errors_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/command/text.h"

#define NOW_USEC 1790000000000000LL /* 2026-09-21T14:13:20Z */
#define HEADER	 "hub,node,workload,kind,username,server,tag,class,start,end,cpu_core_seconds\n"
#define ROW	 "h,n1,j1,job,ada,,,c,2026-09-01T00:00:00Z,2026-09-01T01:00:00Z,7200.5\n"
#define OBJECT                                                                                     \
	"{\"hub\":\"h\",\"node\":\"n1\",\"workload\":\"j1\",\"kind\":\"job\","                     \
	"\"username\":\"ada\",\"start\":\"2026-09-01T00:00:00Z\","                                 \
	"\"end\":\"2026-09-01T01:00:00Z\",\"cpu_core_seconds\":"

static const struct text_rules rules = {.hub = "h", .now_usec = NOW_USEC};

static int parse(enum text_format format, const char *text, size_t size, struct interval_set *set,
	char error[TEXT_ERROR_SIZE])
{
	error[0] = '\0';
	assert_int_equal(interval_set_init(set, 1), 0);
	return text_parse(format, text, size, &rules, set, error);
}

static void assert_refused(enum text_format format, const char *text, const char *expected)
{
	struct interval_set set;
	char error[TEXT_ERROR_SIZE];

	assert_int_equal(parse(format, text, strlen(text), &set, error), -EBADMSG);
	if (!strstr(error, expected))
		fail_msg("\"%s\" not in: %s", expected, error);
	interval_set_release(&set);
}

/* The one interval of @text. */
static void assert_taken(enum text_format format, const char *text, uint64_t cpu_usec)
{
	struct interval_set set;
	struct usage_interval interval;
	char error[TEXT_ERROR_SIZE];

	if (parse(format, text, strlen(text), &set, error) < 0)
		fail_msg("%s", error);
	assert_int_equal(set.count, 1);
	interval_set_get(&set, 0, &interval);
	assert_string_equal(interval.username, "ada");
	assert_string_equal(interval.node, "n1");
	assert_int_equal(interval.end_usec - interval.start_usec, 3600000000);
	assert_int_equal(interval.quantity[0], cpu_usec);
	interval_set_release(&set);
}

static void test_csv(void **state)
{
	(void)state;
	assert_taken(TEXT_FORMAT_CSV, HEADER ROW, 7200500000);
	assert_taken(TEXT_FORMAT_CSV, HEADER "\r\n" ROW "\n", 7200500000);
	assert_taken(TEXT_FORMAT_CSV,
		"cpu_core_seconds,end,start,class,tag,server,username,kind,workload,node,hub\r\n"
		"0.000001,2026-09-01T01:00:00Z,2026-09-01T02:00:00+02:00,,,,\"ada\",job,j1,n1,h",
		1);
}

static void test_csv_that_is_wrong(void **state)
{
	(void)state;
	assert_refused(TEXT_FORMAT_CSV, "garbage\n", "line 1: no column is called \"garbage\"");
	assert_refused(
		TEXT_FORMAT_CSV, "hub,node\nh,n\n", "line 1: column \"workload\" is missing");
	assert_refused(TEXT_FORMAT_CSV, "hub,hub\n", "column \"hub\" is there twice");
	assert_refused(TEXT_FORMAT_CSV, HEADER "h,n1\n", "line 2: 2 fields, the header has 11");
	assert_refused(TEXT_FORMAT_CSV, HEADER ROW "x," ROW, "line 3: more fields than the 11");
	assert_refused(TEXT_FORMAT_CSV, HEADER "\"\n\n\"x", "line 2: a stray quote");
	assert_refused(TEXT_FORMAT_CSV, HEADER ROW "\"\n\nx", "line 3: a quote that is not closed");
	assert_refused(TEXT_FORMAT_CSV, HEADER "h\xff", "line 2: not UTF-8");
	assert_refused(TEXT_FORMAT_CSV,
		HEADER "h,n1,j1,job,ada,,,c,2026-09-01T00:00:00Z,2026-09-01T01:00:00Z,-1\n",
		"line 2: cpu_core_seconds \"-1\"");
	assert_refused(TEXT_FORMAT_CSV,
		HEADER "g,n1,j1,job,ada,,,c,2026-09-01T00:00:00Z,2026-09-01T01:00:00Z,1\n",
		"line 2: hub \"g\": this collector sends for hub \"h\" only");
	assert_refused(TEXT_FORMAT_CSV,
		HEADER "h,n1,j1,job,ada,,,c,2026-09-01T00:00:00Z,2026-09-22T01:00:00Z,1\n",
		"line 2: end: in the future");
	assert_refused(TEXT_FORMAT_CSV,
		HEADER "h,n1,j1,job,ada,,,c,2016-09-01T00:00:00Z,2016-09-01T01:00:00Z,1\n",
		"line 2: start: more than ten years ago");
	assert_refused(TEXT_FORMAT_CSV,
		HEADER ROW "h,n1,j1,job,bob,,,c,2026-09-01T01:00:00Z,2026-09-01T02:00:00Z,1\n",
		"line 3: username: not that of line 2");
}

static void test_nothing_is_fine(void **state)
{
	struct interval_set set;
	char error[TEXT_ERROR_SIZE];

	(void)state;
	assert_int_equal(parse(TEXT_FORMAT_CSV, "", 0, &set, error), 0);
	interval_set_release(&set);
	assert_int_equal(parse(TEXT_FORMAT_CSV, HEADER, strlen(HEADER), &set, error), 0);
	interval_set_release(&set);
	assert_int_equal(parse(TEXT_FORMAT_JSONL, "\n \n", 3, &set, error), 0);
	assert_int_equal(set.count, 0);
	interval_set_release(&set);
}

static void test_json(void **state)
{
	(void)state;
	assert_taken(TEXT_FORMAT_JSONL, OBJECT "7200.5}\n", 7200500000);
	assert_taken(TEXT_FORMAT_JSONL, "\n" OBJECT "\"7200.5\",\"tag\":null}", 7200500000);
	assert_taken(TEXT_FORMAT_JSONL, OBJECT "7200.000001}\n", 7200000001);
}

/* 2^53 + 1: no floating point would keep it. */
static void test_json_numbers_stay_exact(void **state)
{
	const char text[] = OBJECT "1,\"net_rx_bytes\":9007199254740993}\n";
	struct interval_set set;
	struct usage_interval interval;
	char error[TEXT_ERROR_SIZE];

	(void)state;
	if (parse(TEXT_FORMAT_JSONL, text, strlen(text), &set, error) < 0)
		fail_msg("%s", error);
	interval_set_get(&set, 0, &interval);
	assert_true(interval.quantity[USAGE_COLUMN_NET_RX_BYTES - USAGE_FIRST_QUANTITY] ==
		    UINT64_C(9007199254740993));
	interval_set_release(&set);
}

static void test_json_that_is_wrong(void **state)
{
	(void)state;
	assert_refused(TEXT_FORMAT_JSONL, "garbage", "line 1: not one whole JSON object");
	assert_refused(TEXT_FORMAT_JSONL, "\n{\"a\":1}\n", "line 2: no column is called \"a\"");
	assert_refused(TEXT_FORMAT_JSONL, "[]", "a list where");
	assert_refused(TEXT_FORMAT_JSONL, "1", "line 1: not an object");
	assert_refused(TEXT_FORMAT_JSONL, "{} {}", "not one whole JSON object");
	assert_refused(TEXT_FORMAT_JSONL, "{\"hub\":\"h\"", "not one whole JSON object");
	assert_refused(TEXT_FORMAT_JSONL, "{\"hub\":true}", "true or false");
	assert_refused(TEXT_FORMAT_JSONL, "{\"hub\":{}}", "an object inside");
	assert_refused(TEXT_FORMAT_JSONL, "{\"hub\":\"h\",\"hub\":\"h\"}", "there twice");
	assert_refused(TEXT_FORMAT_JSONL, "{\"hub\":\"a\\u0000b\"}", "a NUL");
	assert_refused(TEXT_FORMAT_JSONL, "{\"hub\":\"h\"}", "line 1: node");
	assert_refused(TEXT_FORMAT_JSONL, OBJECT "1e3}\n", "line 1: cpu_core_seconds \"1e3\"");
	assert_refused(TEXT_FORMAT_JSONL, OBJECT "0.0000001}\n", "cpu_core_seconds");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_csv_that_is_wrong),
		cmocka_unit_test(test_nothing_is_fine),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_numbers_stay_exact),
		cmocka_unit_test(test_json_that_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

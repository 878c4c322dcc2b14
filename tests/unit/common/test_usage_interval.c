#include "common/usage_interval.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/random.h"

#include "tests/fuzz/fuzz_usage_interval.c"

#define LONG_NAME_255                                                                              \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"         \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"         \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"         \
	"xxxxxxxxxxxxxxx"

static struct usage_interval good(void)
{
	static const char *const text[USAGE_COLUMN_COUNT] = {"physics", "node-1", "c/1", "job",
		"ada", "", "", "", "2026-09-01T00:00:00Z", "2026-09-01T01:00:00Z", "3600"};
	struct usage_interval interval = {0};
	char reason[USAGE_REASON_SIZE];

	for (size_t i = 0; i < USAGE_COLUMN_COUNT; i++)
		assert_int_equal(usage_interval_set(&interval, (enum usage_column)i,
					 text[i] ? text[i] : "", reason),
			0);
	return interval;
}

static void test_columns(void **state)
{
	enum usage_column column;

	(void)state;
	for (size_t i = 0; i < USAGE_COLUMN_COUNT; i++) {
		assert_true(usage_column_find(usage_columns[i].name, &column));
		assert_int_equal(column, i);
		assert_int_equal(usage_columns[i].required, i < USAGE_FIRST_QUANTITY);
	}
	assert_false(usage_column_find("Hub", &column));
	assert_false(usage_column_find("", &column));
}

static void test_set(void **state)
{
	static const struct {
		enum usage_column column;
		const char *text;
		const char *reason; /* a part of it; NULL: taken */
	} cases[] = {
		{USAGE_COLUMN_HUB, "physics-2", NULL},
		{USAGE_COLUMN_HUB, "a.b", "hub's name"},
		{USAGE_COLUMN_HUB, "-a", "hub's name"},
		{USAGE_COLUMN_NODE, LONG_NAME_255, NULL},
		{USAGE_COLUMN_NODE, LONG_NAME_255 "x", "255 bytes"},
		{USAGE_COLUMN_WORKLOAD, "\xff", "UTF-8"},
		{USAGE_COLUMN_USERNAME, "zo\xc3\xab", NULL},
		{USAGE_COLUMN_USERNAME, "a b", NULL},
		{USAGE_COLUMN_USERNAME, " ada", "begins"},
		{USAGE_COLUMN_USERNAME, "ada ", "ends"},
		{USAGE_COLUMN_USERNAME, "ada\xc2\xa0", "ends"},
		{USAGE_COLUMN_USERNAME, "a\nb", "control"},
		{USAGE_COLUMN_USERNAME, "a\x7f", "control"},
		{USAGE_COLUMN_USERNAME,
			"a\xc2\x9b"
			"b",
			"control"},
		{USAGE_COLUMN_USERNAME,
			"a\xe2\x80\x8b"
			"b",
			"invisible"},
		{USAGE_COLUMN_USERNAME,
			"\xef\xbb\xbf"
			"ada",
			"invisible"},
		{USAGE_COLUMN_TAG, "\xe2\x80\xae", "invisible"},
		{USAGE_COLUMN_KIND, "process", NULL},
		{USAGE_COLUMN_KIND, "cgroup", NULL},
		{USAGE_COLUMN_KIND, "pod", NULL},
		{USAGE_COLUMN_KIND, "storage", NULL},
		{USAGE_COLUMN_KIND, "Job", "kind"},
		{USAGE_COLUMN_KIND, "4", "kind"},
		{USAGE_COLUMN_START, "1969-12-31T23:59:59Z", "1970"},
		{USAGE_COLUMN_START, "2016-12-31T23:59:60Z", "leap"},
		{USAGE_COLUMN_END, "2026-09-01", "RFC 3339"},
		{USAGE_COLUMN_CPU_CORE_SECONDS, "0.000001", NULL},
		{USAGE_COLUMN_CPU_CORE_SECONDS, "0.0000001", "6 decimals"},
		{USAGE_COLUMN_CPU_CORE_SECONDS, "1,5", "point"},
		{USAGE_COLUMN_CPU_CORE_SECONDS, "-1", "sign"},
		{USAGE_COLUMN_CPU_CORE_SECONDS, "9223372036854.775808", "large"},
		{USAGE_COLUMN_MEMORY_MIB_SECONDS, "12.000000", NULL},
		{USAGE_COLUMN_MEMORY_MIB_SECONDS, "12.5", "whole MiB-seconds"},
		{USAGE_COLUMN_GPU_SECONDS, "0.125", NULL},
		{USAGE_COLUMN_GPU_RESERVED_SECONDS, "0.1255", "3 decimals"},
		{USAGE_COLUMN_STORAGE_MIB_SECONDS, "0.1", "whole MiB-seconds"},
		{USAGE_COLUMN_NET_RX_BYTES, "0.1", "whole bytes"},
		{USAGE_COLUMN_NET_TX_BYTES, "9223372036854775807", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct usage_interval interval = good();
		const struct usage_interval before = interval;
		char reason[USAGE_REASON_SIZE] = "";
		int r = usage_interval_set(&interval, cases[i].column, cases[i].text, reason);

		if (r != (cases[i].reason ? -EINVAL : 0) ||
			(cases[i].reason && !strstr(reason, cases[i].reason)))
			fail_msg("%s \"%s\": %s", usage_columns[cases[i].column].name,
				cases[i].text, reason);
		if (r < 0)
			assert_memory_equal(&interval, &before, sizeof(interval));
		else
			assert_true(interval.given & 1u << cases[i].column);
	}
}

static void set(struct usage_interval *interval, enum usage_column column, const char *text)
{
	char reason[USAGE_REASON_SIZE] = "";

	if (usage_interval_set(interval, column, text, reason) < 0)
		fail_msg("\"%s\": %s", text, reason);
}

static void test_names_have_their_own_places(void **state)
{
	struct usage_interval interval = good();

	(void)state;
	set(&interval, USAGE_COLUMN_HUB, "h");
	set(&interval, USAGE_COLUMN_NODE, "n");
	set(&interval, USAGE_COLUMN_WORKLOAD, "w");
	set(&interval, USAGE_COLUMN_USERNAME, "u");
	set(&interval, USAGE_COLUMN_SERVER, "s");
	set(&interval, USAGE_COLUMN_TAG, "t");
	set(&interval, USAGE_COLUMN_CLASS, "c");
	assert_string_equal(interval.hub, "h");
	assert_string_equal(interval.node, "n");
	assert_string_equal(interval.workload, "w");
	assert_string_equal(interval.username, "u");
	assert_string_equal(interval.server, "s");
	assert_string_equal(interval.tag, "t");
	assert_string_equal(interval.resource_class, "c");
}

static void assert_blamed(const struct usage_interval *interval, enum usage_column expected,
	const char *expected_reason)
{
	char reason[USAGE_REASON_SIZE] = "";
	enum usage_column column = USAGE_COLUMN_COUNT;

	assert_int_equal(usage_interval_check(interval, &column, reason), -EINVAL);
	assert_string_equal(usage_columns[column].name, usage_columns[expected].name);
	if (!strstr(reason, expected_reason))
		fail_msg("%s", reason);
}

static void test_check_interval(void **state)
{
	struct usage_interval interval = good();
	char reason[USAGE_REASON_SIZE];
	enum usage_column column;

	(void)state;
	assert_int_equal(usage_interval_check(&interval, &column, reason), 0);
	interval.end_usec = interval.start_usec;
	assert_blamed(&interval, USAGE_COLUMN_END, "not after");
	interval.end_usec = interval.start_usec + 1;
	interval.quantity[0] = 65536;
	assert_int_equal(usage_interval_check(&interval, &column, reason), 0);
	interval.quantity[0] = 2 * 65536;
	assert_blamed(&interval, USAGE_COLUMN_CPU_CORE_SECONDS, "65536 cores");
	interval.end_usec = interval.start_usec + USAGE_INTERVAL_MAX_USEC;
	assert_int_equal(usage_interval_check(&interval, &column, reason), 0);
	interval.end_usec++;
	assert_blamed(&interval, USAGE_COLUMN_END, "400 days");
	interval = good();
	interval.quantity[1] = UINT64_C(3600000000) * 65537;
	assert_blamed(&interval, USAGE_COLUMN_CPU_RESERVED_CORE_SECONDS, "65536 cores");
}

static void test_check_given(void **state)
{
	static const enum usage_column needed[] = {USAGE_COLUMN_HUB, USAGE_COLUMN_NODE,
		USAGE_COLUMN_WORKLOAD, USAGE_COLUMN_KIND, USAGE_COLUMN_USERNAME, USAGE_COLUMN_START,
		USAGE_COLUMN_END};
	struct usage_interval interval = {0};

	(void)state;
	assert_blamed(&interval, USAGE_COLUMN_HUB, "empty");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		interval = good();
		interval.given &= ~(1u << needed[i]);
		assert_blamed(&interval, needed[i], "empty");
	}
	interval = good();
	interval.server = NULL;
	assert_blamed(&interval, USAGE_COLUMN_SERVER, "missing");
	interval = good();
	interval.tag = NULL;
	assert_blamed(&interval, USAGE_COLUMN_TAG, "missing");
	interval = good();
	interval.resource_class = NULL;
	assert_blamed(&interval, USAGE_COLUMN_CLASS, "missing");
	interval = good();
	interval.given &= (1u << USAGE_FIRST_QUANTITY) - 1;
	assert_blamed(&interval, USAGE_COLUMN_CPU_CORE_SECONDS, "no quantity");
	set(&interval, USAGE_COLUMN_NET_TX_BYTES, "0");
	assert_int_equal(usage_interval_check(
				 &interval, &(enum usage_column){0}, (char[USAGE_REASON_SIZE]){0}),
		0);
}

/* Used 3, reserved 2, cut at 49 % and 51 %: each split by itself, the piece in the middle would
 * have reserved 1 and used none, so more than is billable. */
static void test_share_by_hand(void **state)
{
	struct usage_interval interval = good();
	const int64_t start = interval.start_usec;
	uint64_t share[HM_QUANTITY_COUNT];

	(void)state;
	set(&interval, USAGE_COLUMN_CPU_CORE_SECONDS, "0.000003");
	set(&interval, USAGE_COLUMN_CPU_RESERVED_CORE_SECONDS, "0.000002");
	set(&interval, USAGE_COLUMN_STORAGE_MIB_SECONDS, "10");
	interval.end_usec = start + 4000;
	usage_interval_share(&interval, start, start + 2000, share);
	assert_int_equal(share[HM_QUANTITY_CPU_USED_USEC], 1);
	assert_int_equal(share[HM_QUANTITY_CPU_RESERVED_USEC], 1);
	assert_int_equal(share[HM_QUANTITY_CPU_BILLABLE_USEC], 1);
	assert_int_equal(share[HM_QUANTITY_STORAGE_MIB_SEC], 5);
	assert_int_equal(share[HM_QUANTITY_WALL_MSEC], 2);
	usage_interval_share(&interval, start + 2000, start + 4000, share);
	assert_int_equal(share[HM_QUANTITY_CPU_USED_USEC], 2);
	assert_int_equal(share[HM_QUANTITY_CPU_RESERVED_USEC], 1);
	assert_int_equal(share[HM_QUANTITY_CPU_BILLABLE_USEC], 2);
	usage_interval_share(&interval, start + 1960, start + 2040, share);
	assert_int_equal(share[HM_QUANTITY_CPU_RESERVED_USEC], 1);
	assert_int_equal(share[HM_QUANTITY_CPU_USED_USEC], 1);
	assert_int_equal(share[HM_QUANTITY_CPU_BILLABLE_USEC], 1);
	usage_interval_share(&interval, start + 2000, start + 2000, share);
	for (size_t i = 0; i < HM_QUANTITY_COUNT; i++)
		assert_int_equal(share[i], 0);
}

/* The laws that the fuzz target checks, on drawn intervals: conservation whatever the cuts. */
static void test_laws(void **state)
{
	struct random_source random = {20260902};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct usage_interval interval = good();
		unsigned bits = 1 + (unsigned)random_below(&random, 62);

		interval.end_usec = interval.start_usec + 1 +
				    (int64_t)(random_u64(&random) % USAGE_INTERVAL_MAX_USEC) %
					    (INT64_C(1) << (1 + random_below(&random, 45)));
		for (size_t q = 0; q < USAGE_QUANTITY_COUNT; q++)
			interval.quantity[q] = random_u64(&random) >> (63 - bits) >> 1;
		check_shares(&interval, random_u64(&random));
	}
}

/* A share differs from the exact proportion by less than two units. */
static void test_share_is_even(void **state)
{
	struct random_source random = {20260903};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct usage_interval interval = good();
		const uint64_t length = 1 + random_below(&random, 1000000);
		const uint64_t from = random_below(&random, length);
		const uint64_t to = from + 1 + random_below(&random, length - from);
		const int64_t start = interval.start_usec;
		uint64_t share[HM_QUANTITY_COUNT];

		interval.end_usec = start + (int64_t)length;
		interval.quantity[0] = random_below(&random, 1000000);
		interval.quantity[1] = random_below(&random, 1000000);
		usage_interval_share(&interval, start + (int64_t)from, start + (int64_t)to, share);
		for (int q = 0; q < 2; q++) {
			int64_t difference = (int64_t)(share[q] * length) -
					     (int64_t)(interval.quantity[q] * (to - from));

			assert_true(difference < 2 * (int64_t)length);
			assert_true(difference > -2 * (int64_t)length);
		}
	}
}

static void replay(struct random_source *random, const char *path)
{
	unsigned char data[4096];
	FILE *file = fopen(path, "rb");
	size_t size;

	assert_non_null(file);
	size = fread(data, 1, sizeof(data), file);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(data, size);
	for (int i = 0; i < 2000 && size > 0; i++) {
		size_t at = random_below(random, size);
		unsigned char byte = data[at];

		data[at] = (unsigned char)random_u64(random);
		(void)LLVMFuzzerTestOneInput(data, size);
		data[at] = byte;
	}
}

static void test_corpus(void **state)
{
	static const char folder[] = TEST_SOURCE_DIR "/tests/fuzz/corpus/usage_interval";
	struct random_source random = {20260904};
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[4096];
	size_t count = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		replay(&random, path);
		count++;
	}
	(void)closedir(dir);
	assert_true(count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_names_have_their_own_places),
		cmocka_unit_test(test_check_interval),
		cmocka_unit_test(test_check_given),
		cmocka_unit_test(test_share_by_hand),
		cmocka_unit_test(test_laws),
		cmocka_unit_test(test_share_is_even),
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

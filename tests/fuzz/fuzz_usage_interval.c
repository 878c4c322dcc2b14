/*
 * Whatever 19 lines of text hold, one per column, they end in reasons or in an interval that keeps
 * the laws: wherever it is cut the shares add up to what was given, and billable is the greater of
 * used and reserved.
 *
 * Built and run as fuzz_wire.c, with tests/fuzz/corpus/usage_interval; that corpus is replayed by
 * every test run.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/instant.h"
#include "common/usage_interval.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

/* The columns of @text, which ends with NUL, a line each. */
static int set_columns(struct usage_interval *interval, char *text)
{
	char reason[USAGE_REASON_SIZE];
	int refused = 0;

	for (size_t column = 0; column < USAGE_COLUMN_COUNT; column++) {
		char *end = text ? strchr(text, '\n') : NULL;

		if (end)
			*end = '\0';
		reason[0] = '\0';
		if (usage_interval_set(
			    interval, (enum usage_column)column, text ? text : "", reason) < 0) {
			must(reason[0] != '\0');
			refused = 1;
		}
		text = end ? end + 1 : NULL;
	}
	return refused;
}

static void check_instant(int64_t usec)
{
	char text[INSTANT_SIZE];
	const char *reason;
	int64_t again;

	must(instant_parse(instant_format(usec, text), &again, &reason) == 0 && again == usec);
}

static void check_resource(const struct usage_interval *interval, enum usage_column column,
	const uint64_t *sum, enum hm_quantity used)
{
	const uint64_t *given = &interval->quantity[column - USAGE_FIRST_QUANTITY];

	must(sum[used] == given[0] && sum[used + 1] == given[1]);
	must(sum[used + 2] == (given[0] > given[1] ? given[0] : given[1]));
}

static void check_shares(const struct usage_interval *interval, uint64_t seed)
{
	const uint64_t length = (uint64_t)(interval->end_usec - interval->start_usec);
	uint64_t sum[HM_QUANTITY_COUNT] = {0};
	int64_t from = interval->start_usec;

	for (unsigned cut = 1; from < interval->end_usec; cut++) {
		uint64_t left = (uint64_t)(interval->end_usec - from);
		int64_t to = cut == 8 ? interval->end_usec
				      : from + 1 + (int64_t)(seed * cut % length % left);
		uint64_t share[HM_QUANTITY_COUNT];

		usage_interval_share(interval, from, to, share);
		for (int q = 0; q < HM_QUANTITY_COUNT; q++)
			sum[q] += share[q];
		for (int q = 0; q < HM_QUANTITY_STORAGE_MIB_SEC; q += 3)
			must(share[q + 2] == (share[q] > share[q + 1] ? share[q] : share[q + 1]));
		from = to;
	}
	check_resource(interval, USAGE_COLUMN_CPU_CORE_SECONDS, sum, HM_QUANTITY_CPU_USED_USEC);
	check_resource(
		interval, USAGE_COLUMN_MEMORY_MIB_SECONDS, sum, HM_QUANTITY_MEMORY_USED_MIB_SEC);
	check_resource(interval, USAGE_COLUMN_GPU_SECONDS, sum, HM_QUANTITY_GPU_USED_MSEC);
	for (int i = 0; i < 3; i++)
		must(sum[HM_QUANTITY_STORAGE_MIB_SEC + i] ==
			interval->quantity[USAGE_COLUMN_STORAGE_MIB_SECONDS - USAGE_FIRST_QUANTITY +
					   i]);
	must(sum[HM_QUANTITY_WALL_MSEC] == length / 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct usage_interval interval = {0};
	char reason[USAGE_REASON_SIZE] = "";
	enum usage_column column = USAGE_COLUMN_COUNT;
	char *text = malloc(size + 1);
	uint64_t seed = size;
	int refused;

	must(text != NULL);
	for (size_t i = 0; i < size; i++) {
		text[i] = (char)data[i];
		seed = seed * 31 + data[i];
	}
	text[size] = '\0';
	refused = set_columns(&interval, text);
	if (usage_interval_check(&interval, &column, reason) < 0) {
		must(column < USAGE_COLUMN_COUNT && reason[0] != '\0');
	} else if (!refused) {
		check_instant(interval.start_usec);
		check_instant(interval.end_usec);
		check_shares(&interval, seed);
	}
	free(text);
	return 0;
}

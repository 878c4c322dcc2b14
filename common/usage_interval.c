/*
 * Shares are differences of a cumulative amount that is rounded down,
 *
 *	share(a, b) = floor(Q * (b - start) / length) - floor(Q * (a - start) / length),
 *
 * so they add up wherever the interval is cut. Used and reserved are not split by themselves: two
 * roundings could make the smaller one's share greater than the billable one's. What both have in
 * common is split, and what the greater one has more.
 */
#include "common/usage_interval.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/decimal.h"
#include "common/instant.h"
#include "common/topic_name.h"
#include "common/utf8.h"

#define MAX_CORES 65536u /* as a collector's node may have */

const struct usage_column_info usage_columns[USAGE_COLUMN_COUNT] = {
	[USAGE_COLUMN_HUB] = {"hub", true},
	[USAGE_COLUMN_NODE] = {"node", true},
	[USAGE_COLUMN_WORKLOAD] = {"workload", true},
	[USAGE_COLUMN_KIND] = {"kind", true},
	[USAGE_COLUMN_USERNAME] = {"username", true},
	[USAGE_COLUMN_SERVER] = {"server", true},
	[USAGE_COLUMN_TAG] = {"tag", true},
	[USAGE_COLUMN_CLASS] = {"class", true},
	[USAGE_COLUMN_START] = {"start", true},
	[USAGE_COLUMN_END] = {"end", true},
	[USAGE_COLUMN_CPU_CORE_SECONDS] = {"cpu_core_seconds", false},
	[USAGE_COLUMN_CPU_RESERVED_CORE_SECONDS] = {"cpu_reserved_core_seconds", false},
	[USAGE_COLUMN_MEMORY_MIB_SECONDS] = {"memory_mib_seconds", false},
	[USAGE_COLUMN_MEMORY_RESERVED_MIB_SECONDS] = {"memory_reserved_mib_seconds", false},
	[USAGE_COLUMN_GPU_SECONDS] = {"gpu_seconds", false},
	[USAGE_COLUMN_GPU_RESERVED_SECONDS] = {"gpu_reserved_seconds", false},
	[USAGE_COLUMN_STORAGE_MIB_SECONDS] = {"storage_mib_seconds", false},
	[USAGE_COLUMN_NET_RX_BYTES] = {"net_rx_bytes", false},
	[USAGE_COLUMN_NET_TX_BYTES] = {"net_tx_bytes", false},
};

static const char *const kind_names[] = {
	[HM_WORKLOAD_KIND_PROCESS] = "process",
	[HM_WORKLOAD_KIND_CGROUP] = "cgroup",
	[HM_WORKLOAD_KIND_POD] = "pod",
	[HM_WORKLOAD_KIND_JOB] = "job",
	[HM_WORKLOAD_KIND_STORAGE] = "storage",
};

bool usage_column_find(const char *name, enum usage_column *ret)
{
	for (size_t i = 0; i < USAGE_COLUMN_COUNT; i++) {
		if (strcmp(usage_columns[i].name, name) != 0)
			continue;
		*ret = (enum usage_column)i;
		return true;
	}
	return false;
}

static int refuse(char reason[USAGE_REASON_SIZE], const char *text)
{
	(void)snprintf(reason, USAGE_REASON_SIZE, "%s", text);
	return -EINVAL;
}

/* --- names --- */

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

static bool is_blank(uint32_t c)
{
	return c == ' ' || c == 0xa0 || c == 0x3000;
}

/* Zero width, or turning the direction of what stands beside it: nobody sees that it is there. */
static bool is_invisible(uint32_t c)
{
	return c == 0xad || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

static const char *name_fault(const char *text)
{
	size_t size = strlen(text);
	uint32_t c = 0;

	if (size > USAGE_NAME_MAX)
		return "longer than 255 bytes";
	for (size_t at = 0; at < size;) {
		size_t n = utf8_decode(text + at, size - at, &c);

		if (n == 0)
			return "not UTF-8";
		if (is_control(c))
			return "has a control character or line break";
		if (is_invisible(c))
			return "has an invisible character: type the name anew";
		if (at == 0 && is_blank(c))
			return "begins with a blank";
		at += n;
	}
	return size && is_blank(c) ? "ends with a blank" : NULL;
}

static bool is_name(enum usage_column column)
{
	return column <= USAGE_COLUMN_CLASS && column != USAGE_COLUMN_KIND;
}

static void keep_name(struct usage_interval *interval, enum usage_column column, const char *text)
{
	switch (column) {
	case USAGE_COLUMN_HUB:
		interval->hub = text;
		break;
	case USAGE_COLUMN_NODE:
		interval->node = text;
		break;
	case USAGE_COLUMN_WORKLOAD:
		interval->workload = text;
		break;
	case USAGE_COLUMN_USERNAME:
		interval->username = text;
		break;
	case USAGE_COLUMN_SERVER:
		interval->server = text;
		break;
	case USAGE_COLUMN_TAG:
		interval->tag = text;
		break;
	default:
		interval->resource_class = text;
	}
}

static int set_name(struct usage_interval *interval, enum usage_column column, const char *text,
	char reason[USAGE_REASON_SIZE])
{
	const char *fault = name_fault(text);

	if (fault)
		return refuse(reason, fault);
	if (column == USAGE_COLUMN_HUB && *text && !hub_name_valid(text))
		return refuse(reason,
			"a hub's name has letters, digits, - and _ only, at most 200, "
			"and begins with a letter or digit");
	keep_name(interval, column, text);
	return 0;
}

/* --- what is no name --- */

static int set_kind(
	struct usage_interval *interval, const char *text, char reason[USAGE_REASON_SIZE])
{
	for (unsigned kind = HM_WORKLOAD_KIND_PROCESS; kind <= HM_WORKLOAD_KIND_STORAGE; kind++) {
		if (strcmp(text, kind_names[kind]) != 0)
			continue;
		interval->kind = (enum hm_workload_kind)kind;
		return 0;
	}
	return refuse(reason, "no kind of workload: process, cgroup, pod, job or storage");
}

static int set_instant(struct usage_interval *interval, enum usage_column column, const char *text,
	char reason[USAGE_REASON_SIZE])
{
	const char *fault;
	int64_t usec;

	if (instant_parse(text, &usec, &fault) < 0)
		return refuse(reason, fault);
	if (usec < 0)
		return refuse(reason, "before 1970");
	if (column == USAGE_COLUMN_START)
		interval->start_usec = usec;
	else
		interval->end_usec = usec;
	return 0;
}

/* In what a quantity is stored: so many decimals of the column's unit. */
static const struct {
	unsigned places;
	const char *unit;
} stored[USAGE_QUANTITY_COUNT] = {
#define STORED(column, places_, unit_)                                                             \
	[USAGE_COLUMN_##column - USAGE_FIRST_QUANTITY] = {places_, unit_}
	STORED(CPU_CORE_SECONDS, 6, "core-microseconds"),
	STORED(CPU_RESERVED_CORE_SECONDS, 6, "core-microseconds"),
	STORED(MEMORY_MIB_SECONDS, 0, "whole MiB-seconds"),
	STORED(MEMORY_RESERVED_MIB_SECONDS, 0, "whole MiB-seconds"),
	STORED(GPU_SECONDS, 3, "GPU-milliseconds"),
	STORED(GPU_RESERVED_SECONDS, 3, "GPU-milliseconds"),
	STORED(STORAGE_MIB_SECONDS, 0, "whole MiB-seconds"),
	STORED(NET_RX_BYTES, 0, "whole bytes"),
	STORED(NET_TX_BYTES, 0, "whole bytes"),
#undef STORED
};

static int set_quantity(struct usage_interval *interval, enum usage_column column, const char *text,
	char reason[USAGE_REASON_SIZE])
{
	const size_t i = column - USAGE_FIRST_QUANTITY;
	int r = decimal_parse(text, stored[i].places, &interval->quantity[i]);

	if (r == -EDOM) {
		(void)snprintf(reason, USAGE_REASON_SIZE,
			"too fine: kept in %s, so round it to %u decimals", stored[i].unit,
			stored[i].places);
		return -EINVAL;
	}
	if (r == -ERANGE)
		return refuse(reason, "too large");
	if (r < 0 && strchr(text, ','))
		return refuse(reason, "not a number: write a decimal point and no separators");
	if (r < 0)
		return refuse(reason,
			"not a number: digits with at most 6 decimals behind a point, no sign");
	return 0;
}

int usage_interval_set(struct usage_interval *interval, enum usage_column column, const char *text,
	char reason[USAGE_REASON_SIZE])
{
	int r = 0;

	if (is_name(column))
		r = set_name(interval, column, text, reason);
	else if (!*text)
		return 0;
	else if (column == USAGE_COLUMN_KIND)
		r = set_kind(interval, text, reason);
	else if (column < USAGE_FIRST_QUANTITY)
		r = set_instant(interval, column, text, reason);
	else
		r = set_quantity(interval, column, text, reason);
	if (r == 0 && *text)
		interval->given |= 1u << column;
	return r;
}

/* --- the whole --- */

static bool is_given(const struct usage_interval *interval, enum usage_column column)
{
	return interval->given & 1u << column;
}

/* @cpu is in microseconds, as @length: cores are their quotient. */
static bool needs_too_many_cores(uint64_t cpu, uint64_t length)
{
	return cpu / MAX_CORES > length;
}

static int check_possible(const struct usage_interval *interval, enum usage_column *ret_column,
	char reason[USAGE_REASON_SIZE])
{
	const enum usage_column cpu[] = {
		USAGE_COLUMN_CPU_CORE_SECONDS, USAGE_COLUMN_CPU_RESERVED_CORE_SECONDS};
	uint64_t length;

	*ret_column = USAGE_COLUMN_END;
	if (interval->end_usec <= interval->start_usec)
		return refuse(reason, "not after the start");
	length = (uint64_t)(interval->end_usec - interval->start_usec);
	if (length > USAGE_INTERVAL_MAX_USEC)
		return refuse(reason, "more than 400 days after the start: cut the interval");
	for (size_t i = 0; i < sizeof(cpu) / sizeof(cpu[0]); i++) {
		*ret_column = cpu[i];
		if (needs_too_many_cores(interval->quantity[cpu[i] - USAGE_FIRST_QUANTITY], length))
			return refuse(reason, "more than 65536 cores can do in the interval: "
					      "the unit is core-seconds");
	}
	return 0;
}

int usage_interval_check(const struct usage_interval *interval, enum usage_column *ret_column,
	char reason[USAGE_REASON_SIZE])
{
	static const enum usage_column never_empty[] = {USAGE_COLUMN_HUB, USAGE_COLUMN_NODE,
		USAGE_COLUMN_WORKLOAD, USAGE_COLUMN_KIND, USAGE_COLUMN_USERNAME, USAGE_COLUMN_START,
		USAGE_COLUMN_END};

	for (size_t i = 0; i < sizeof(never_empty) / sizeof(never_empty[0]); i++) {
		if (is_given(interval, never_empty[i]))
			continue;
		*ret_column = never_empty[i];
		return refuse(reason, "empty");
	}
	*ret_column = !interval->server ? USAGE_COLUMN_SERVER
		      : !interval->tag	? USAGE_COLUMN_TAG
					: USAGE_COLUMN_CLASS;
	if (!interval->server || !interval->tag || !interval->resource_class)
		return refuse(reason, "missing: give it, if only empty");
	if (!(interval->given >> USAGE_FIRST_QUANTITY)) {
		*ret_column = USAGE_FIRST_QUANTITY;
		return refuse(reason, "no quantity is given, neither this nor another");
	}
	return check_possible(interval, ret_column, reason);
}

/* --- shares --- */

static uint64_t share(uint64_t quantity, uint64_t length, uint64_t from, uint64_t to)
{
	unsigned __int128 q = quantity;

	return (uint64_t)(q * to / length) - (uint64_t)(q * from / length);
}

/* Used, reserved and billable of one resource: column @given and the next, quantity @ret and the
 * next two. */
static void share_resource(
	const uint64_t *given, uint64_t length, uint64_t from, uint64_t to, uint64_t *ret)
{
	const bool used_more = given[0] > given[1];
	const uint64_t less = used_more ? given[1] : given[0];
	const uint64_t more = used_more ? given[0] : given[1];
	const uint64_t low = share(less, length, from, to);
	const uint64_t high = low + share(more - less, length, from, to);

	ret[0] = used_more ? high : low;
	ret[1] = used_more ? low : high;
	ret[2] = high;
}

void usage_interval_share(const struct usage_interval *interval, int64_t from_usec, int64_t to_usec,
	uint64_t ret[HM_QUANTITY_COUNT])
{
	static const struct {
		enum usage_column column;
		enum hm_quantity quantity;
	} resources[] =
		{
			{USAGE_COLUMN_CPU_CORE_SECONDS, HM_QUANTITY_CPU_USED_USEC},
			{USAGE_COLUMN_MEMORY_MIB_SECONDS, HM_QUANTITY_MEMORY_USED_MIB_SEC},
			{USAGE_COLUMN_GPU_SECONDS, HM_QUANTITY_GPU_USED_MSEC},
		},
	  singles[] = {
		  {USAGE_COLUMN_STORAGE_MIB_SECONDS, HM_QUANTITY_STORAGE_MIB_SEC},
		  {USAGE_COLUMN_NET_RX_BYTES, HM_QUANTITY_NET_RX_BYTES},
		  {USAGE_COLUMN_NET_TX_BYTES, HM_QUANTITY_NET_TX_BYTES},
	  };
	const uint64_t length = (uint64_t)(interval->end_usec - interval->start_usec);
	const uint64_t from = (uint64_t)(from_usec - interval->start_usec);
	const uint64_t to = (uint64_t)(to_usec - interval->start_usec);
	const uint64_t *given = interval->quantity;

	assert(from_usec >= interval->start_usec && from_usec <= to_usec &&
		to_usec <= interval->end_usec && length > 0);
	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++)
		share_resource(&given[resources[i].column - USAGE_FIRST_QUANTITY], length, from, to,
			&ret[resources[i].quantity]);
	for (size_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++)
		ret[singles[i].quantity] =
			share(given[singles[i].column - USAGE_FIRST_QUANTITY], length, from, to);
	ret[HM_QUANTITY_WALL_MSEC] = to / 1000 - from / 1000;
}

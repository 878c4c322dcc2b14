/* Column by column; what is in the last one is nobody's business here. */
#include "collector/source/sacct/line.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum column {
	COLUMN_CLUSTER,
	COLUMN_JOB_ID_RAW,
	COLUMN_DB_INDEX,
	COLUMN_START,
	COLUMN_END,
	COLUMN_ELAPSED_RAW,
	COLUMN_SUSPENDED,
	COLUMN_ALLOC_CPUS,
	COLUMN_TOTAL_CPU,
	COLUMN_ALLOC_TRES,
	COLUMN_USER,
	COLUMN_UID,
	COLUMN_PARTITION,
	COLUMN_TAG,
	COLUMN_COUNT
};

#define DECIMALS_MAX 6
#define SECONDS_MAX  (UINT64_C(1) << 40)

static bool is_text(const struct sacct_text *text, const char *other)
{
	return text->size == strlen(other) && memcmp(text->data, other, text->size) == 0;
}

static bool split(const char *data, size_t size, const char *delimiter,
	struct sacct_text column[COLUMN_COUNT])
{
	const char *end = data + size;

	for (size_t i = 0; i < COLUMN_TAG; i++) {
		const char *at = memmem(data, (size_t)(end - data), delimiter, strlen(delimiter));

		if (!at)
			return false;
		column[i] = (struct sacct_text){data, (size_t)(at - data)};
		data = at + strlen(delimiter);
	}
	column[COLUMN_TAG] = (struct sacct_text){data, (size_t)(end - data)};
	return true;
}

static bool take_digits(const char **at, const char *end, uint64_t *ret)
{
	const char *first = *at;
	uint64_t value = 0;

	for (; *at < end && **at >= '0' && **at <= '9'; ++*at)
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(**at - '0'), &value))
			return false;
	*ret = value;
	return *at > first;
}

static bool parse_number(const struct sacct_text *text, uint64_t *ret)
{
	const char *at = text->data, *end = text->data + text->size;

	return take_digits(&at, end, ret) && at == end;
}

/* Seconds since 1970; what has not come yet is written in words, or 0. */
static bool parse_time(const struct sacct_text *text, int64_t *ret)
{
	uint64_t value = 0;

	if (!is_text(text, "Unknown") && !is_text(text, "None") &&
		(!parse_number(text, &value) || value > SECONDS_MAX))
		return false;
	*ret = (int64_t)value;
	return true;
}

/* A point and what is behind it, as millionths: at most DECIMALS_MAX digits. */
static bool take_fraction(const char **at, const char *end, uint64_t *ret)
{
	const char *first;

	*ret = 0;
	if (*at == end || **at != '.')
		return true;
	first = ++*at;
	if (!take_digits(at, end, ret) || *at - first > DECIMALS_MAX)
		return false;
	for (long n = *at - first; n < DECIMALS_MAX; n++)
		*ret *= 10;
	return true;
}

/* [D-][HH:]MM:SS[.mmm] */
static bool parse_duration(const struct sacct_text *text, uint64_t *ret_usec)
{
	const char *at = text->data, *end = text->data + text->size;
	uint64_t days = 0, part, fraction, sum = 0;
	int n_parts = 1;

	if (is_text(text, "INVALID") || text->size == 0) { /* as sacct writes a negative one */
		*ret_usec = 0;
		return true;
	}
	if (!take_digits(&at, end, &part))
		return false;
	if (at < end && *at == '-') {
		days = part;
		at++;
		if (!take_digits(&at, end, &part))
			return false;
	}
	for (sum = part; at < end && *at == ':'; n_parts++) {
		at++;
		if (sum > SECONDS_MAX || !take_digits(&at, end, &part) || part >= 60)
			return false;
		sum = sum * 60 + part;
	}
	if (!take_fraction(&at, end, &fraction) || at != end || n_parts < 2 || n_parts > 3 ||
		sum > SECONDS_MAX || days > SECONDS_MAX / 86400)
		return false;
	*ret_usec = (days * 86400 + sum) * 1000000 + fraction;
	return true;
}

static bool find_unit(char unit, uint64_t *ret_kib)
{
	static const char units[] = "KMGTP";
	const char *at = unit ? strchr(units, unit) : NULL;

	if (!at)
		return false;
	*ret_kib = UINT64_C(1) << (10 * (at - units));
	return true;
}

/* 500M, 62.50G; without a unit it is MiB. */
static bool parse_memory(const struct sacct_text *text, uint64_t *ret_kib)
{
	const char *at = text->data, *end = text->data + text->size;
	uint64_t whole, fraction, unit = 1024;
	unsigned __int128 kib;

	if (!take_digits(&at, end, &whole) || !take_fraction(&at, end, &fraction))
		return false;
	if (at < end && !find_unit(*at++, &unit))
		return false;
	kib = (unsigned __int128)whole * unit + (unsigned __int128)fraction * unit / 1000000;
	if (at != end || kib > UINT64_MAX)
		return false;
	*ret_kib = (uint64_t)kib;
	return true;
}

struct allocation {
	uint64_t memory_kib;
	uint64_t gpus;	     /* as the total says ... */
	uint64_t typed_gpus; /* ... or each type, which only count where there is no total */
	bool has_total;
};

static bool starts_with(const struct sacct_text *text, const char *prefix)
{
	return text->size >= strlen(prefix) && memcmp(text->data, prefix, strlen(prefix)) == 0;
}

static bool take_tres(struct allocation *allocation, const struct sacct_text *item)
{
	const char *equals = memchr(item->data, '=', item->size);
	struct sacct_text name, value;
	uint64_t n;

	if (!equals)
		return false;
	name = (struct sacct_text){item->data, (size_t)(equals - item->data)};
	value = (struct sacct_text){equals + 1, item->size - name.size - 1};
	if (is_text(&name, "mem"))
		return parse_memory(&value, &allocation->memory_kib);
	if (is_text(&name, "gres/gpu")) {
		allocation->has_total = true;
		return parse_number(&value, &allocation->gpus);
	}
	if (starts_with(&name, "gres/gpu:"))
		return parse_number(&value, &n) &&
		       !__builtin_add_overflow(allocation->typed_gpus, n, &allocation->typed_gpus);
	return true;
}

static bool parse_allocation(const struct sacct_text *text, struct allocation *ret)
{
	struct sacct_text rest = *text;

	*ret = (struct allocation){0};
	while (rest.size > 0) {
		const char *comma = memchr(rest.data, ',', rest.size);
		size_t size = comma ? (size_t)(comma - rest.data) : rest.size;
		struct sacct_text item = {rest.data, size};

		if (!take_tres(ret, &item))
			return false;
		size += comma != NULL;
		rest = (struct sacct_text){rest.data + size, rest.size - size};
	}
	if (!ret->has_total)
		ret->gpus = ret->typed_gpus;
	return true;
}

/* The name becomes a node's, and part of the workload's. */
static bool is_cluster(const struct sacct_text *text)
{
	static const char others[] = "._-";

	if (text->size == 0 || text->size > SACCT_CLUSTER_MAX)
		return false;
	for (size_t i = 0; i < text->size; i++) {
		char c = text->data[i];
		bool is_plain =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!is_plain && (i == 0 || !c || !strchr(others, c)))
			return false;
	}
	return true;
}

static const char *take_names(const struct sacct_text column[COLUMN_COUNT], struct sacct_line *line)
{
	line->cluster = column[COLUMN_CLUSTER];
	line->user = column[column[COLUMN_USER].size > 0 ? COLUMN_USER : COLUMN_UID];
	line->partition = column[COLUMN_PARTITION];
	line->tag = column[COLUMN_TAG];
	if (!is_cluster(&line->cluster))
		return "Cluster is not 1 to 64 letters, digits, . _ or -, a letter or digit first";
	if (!parse_number(&column[COLUMN_DB_INDEX], &line->dbindex) || line->dbindex == 0)
		return "DBIndex is not a number above 0";
	if (line->user.size == 0)
		return "neither User nor UID";
	return NULL;
}

/* Up to when: what sacct took for now, by what it says itself. */
static const char *take_times(const struct sacct_text column[COLUMN_COUNT], struct sacct_line *line,
	uint64_t *ret_elapsed)
{
	uint64_t suspended_usec;

	if (!parse_time(&column[COLUMN_START], &line->start_sec) ||
		!parse_time(&column[COLUMN_END], &line->end_sec))
		return "Start or End is not in seconds since 1970: SLURM_TIME_FORMAT is to be %s";
	if (!parse_number(&column[COLUMN_ELAPSED_RAW], ret_elapsed) || *ret_elapsed > SECONDS_MAX)
		return "ElapsedRaw is not a number of seconds";
	if (!parse_duration(&column[COLUMN_SUSPENDED], &suspended_usec))
		return "Suspended is not [D-]HH:MM:SS";
	if (line->end_sec > 0 && line->end_sec < line->start_sec)
		return "End is before Start";
	line->known_sec = line->end_sec;
	if (line->end_sec == 0)
		line->known_sec = line->start_sec + (int64_t)*ret_elapsed +
				  (int64_t)(suspended_usec / 1000000);
	return NULL;
}

static const char *take_quantities(
	const struct sacct_text column[COLUMN_COUNT], uint64_t elapsed, struct sacct_line *line)
{
	struct allocation allocation;
	uint64_t cpus;
	unsigned __int128 kib_sec;

	if (!parse_number(&column[COLUMN_ALLOC_CPUS], &cpus))
		return "AllocCPUS is not a number";
	if (!parse_duration(&column[COLUMN_TOTAL_CPU], &line->used_usec))
		return "TotalCPU is not [D-][HH:]MM:SS[.mmm]";
	if (!parse_allocation(&column[COLUMN_ALLOC_TRES], &allocation))
		return "AllocTRES is not NAME=NUMBER,...";
	kib_sec = (unsigned __int128)allocation.memory_kib * elapsed;
	line->memory_mib_sec = (uint64_t)(kib_sec / 1024);
	if (kib_sec / 1024 > INT64_MAX || line->used_usec > INT64_MAX ||
		__builtin_mul_overflow(cpus, elapsed, &line->cpu_sec) ||
		__builtin_mul_overflow(allocation.gpus, elapsed, &line->gpu_sec) ||
		line->cpu_sec > INT64_MAX / 1000000 || line->gpu_sec > INT64_MAX / 1000000)
		return "more than can be counted";
	return NULL;
}

int sacct_line_parse(const char *data, size_t size, const char *delimiter, struct sacct_line *ret,
	const char **ret_reason)
{
	struct sacct_text column[COLUMN_COUNT];
	struct sacct_line line = {0};
	uint64_t elapsed = 0;

	*ret_reason = NULL;
	if (!split(data, size, delimiter, column)) {
		*ret_reason = "too few columns";
		return -EBADMSG;
	}
	if (memchr(column[COLUMN_JOB_ID_RAW].data, '.', column[COLUMN_JOB_ID_RAW].size))
		return -ENODATA; /* a step */
	*ret_reason = take_names(column, &line);
	if (!*ret_reason)
		*ret_reason = take_times(column, &line, &elapsed);
	if (!*ret_reason && line.start_sec == 0)
		return -ENODATA;
	if (!*ret_reason)
		*ret_reason = take_quantities(column, elapsed, &line);
	if (*ret_reason)
		return -EBADMSG;
	*ret = line;
	return 0;
}

/*
 * Values as users write them. Parsed by hand because strtoull() takes signs, blanks and hex that
 * nobody means in a configuration.
 */
#include "common/options/value.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit duration_units[] = {
	{"ms", 1000ULL},
	{"s", 1000000ULL},
	{"m", 60 * 1000000ULL},
	{"h", 3600 * 1000000ULL},
	{"d", 86400 * 1000000ULL},
	{NULL, 0},
};

static const struct unit size_units[] = {
	{"", 1},
	{"KiB", 1ULL << 10},
	{"MiB", 1ULL << 20},
	{"GiB", 1ULL << 30},
	{NULL, 0},
};

/* Digits at the start of @text; *ret_rest is what follows them. */
static int parse_digits(const char *text, uint64_t *ret, const char **ret_rest)
{
	uint64_t value = 0;
	const char *at = text;
	bool fits = true;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(value, 10u, &value) ||
			__builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			fits = false;
	}
	if (at == text)
		return -EINVAL;
	*ret_rest = at;
	if (!fits)
		return -ERANGE;
	*ret = value;
	return 0;
}

int option_parse_uint(const char *text, uint64_t *ret)
{
	const char *rest = text;
	uint64_t value;
	int r;

	r = parse_digits(text, &value, &rest);
	if (*rest)
		return -EINVAL;
	if (r < 0)
		return r;
	*ret = value;
	return 0;
}

static int parse_with_unit(const char *text, const struct unit *unit, uint64_t *ret)
{
	const char *rest = text;
	uint64_t value;
	int r;

	r = parse_digits(text, &value, &rest);
	if (r == -EINVAL)
		return r;
	while (unit->name && strcmp(unit->name, rest) != 0)
		unit++;
	if (!unit->name)
		return -EINVAL;
	if (r < 0 || __builtin_mul_overflow(value, unit->factor, &value))
		return -ERANGE;
	*ret = value;
	return 0;
}

int option_parse_duration(const char *text, int64_t *ret_usec)
{
	uint64_t usec;
	int r;

	if (strcmp(text, "0") == 0) { /* the one duration that needs no unit */
		*ret_usec = 0;
		return 0;
	}
	r = parse_with_unit(text, duration_units, &usec);
	if (r < 0)
		return r;
	if (usec > INT64_MAX)
		return -ERANGE;
	*ret_usec = (int64_t)usec;
	return 0;
}

int option_parse_size(const char *text, uint64_t *ret_bytes)
{
	return parse_with_unit(text, size_units, ret_bytes);
}

int option_parse_bool(const char *text, bool *ret)
{
	static const char *const words[][2] = {
		{"no", "yes"}, {"false", "true"}, {"off", "on"}, {"0", "1"}};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i][0]) == 0 || strcasecmp(text, words[i][1]) == 0) {
			*ret = strcasecmp(text, words[i][1]) == 0;
			return 0;
		}
	}
	return -EINVAL;
}

static void print_with_unit(uint64_t value, const struct unit *unit, FILE *out)
{
	const struct unit *best = unit;

	for (; unit->name; unit++) {
		if (value % unit->factor == 0)
			best = unit;
	}
	fprintf(out, "%llu%s", (unsigned long long)(value / best->factor), best->name);
}

void option_print_duration(int64_t usec, FILE *out)
{
	if (usec == 0)
		fputs("0s", out);
	else
		print_with_unit((uint64_t)usec, duration_units, out);
}

void option_print_size(uint64_t bytes, FILE *out)
{
	if (bytes == 0)
		fputs("0", out);
	else
		print_with_unit(bytes, size_units, out);
}

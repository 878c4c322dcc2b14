/* Written out because strptime() takes what RFC 3339 refuses and has neither decimals nor zones. */
#include "common/instant.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define USEC_PER_SECOND INT64_C(1000000)
#define DAY_SECONDS	INT64_C(86400)
#define DECIMALS_MAX	6u

static const char not_rfc3339[] = "not an instant as 2026-09-01T00:00:00Z (RFC 3339)";

struct date_time {
	unsigned year, month, day, hour, minute, second;
	uint32_t usec;
	int64_t offset_seconds; /* local time is so much ahead of UTC */
};

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned month_days(unsigned year, unsigned month)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970 of a date of the Gregorian calendar. Years are counted from March, so that the
 * leap day is their last; 400 of them have 146,097 days. */
static int64_t days_from_date(unsigned year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2) + 400;
	unsigned day_of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468 - 146097;
}

/* The reverse, for days from 0000-01-01. */
static void date_from_days(int64_t days, struct date_time *ret)
{
	uint64_t from_march = (uint64_t)(days + 719468 + 146097);
	unsigned era = (unsigned)(from_march / 146097);
	unsigned day_of_era = (unsigned)(from_march % 146097);
	unsigned year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	unsigned day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned month = (5 * day_of_year + 2) / 153;

	ret->day = day_of_year - (153 * month + 2) / 5 + 1;
	ret->month = month < 10 ? month + 3 : month - 9;
	ret->year = year_of_era + era * 400 + (ret->month <= 2) - 400;
}

/* Exactly @digits digits, then @after unless that is 0. */
static bool take_number(const char **at, unsigned digits, char after, unsigned *ret)
{
	unsigned value = 0;

	for (; digits; digits--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		value = value * 10 + (unsigned)(**at - '0');
	}
	if (after && *(*at)++ != after)
		return false;
	*ret = value;
	return true;
}

static bool take_date_and_time(const char **at, struct date_time *ret)
{
	if (!take_number(at, 4, '-', &ret->year) || !take_number(at, 2, '-', &ret->month) ||
		!take_number(at, 2, 0, &ret->day))
		return false;
	if (**at != 'T' && **at != 't')
		return false;
	(*at)++;
	return take_number(at, 2, ':', &ret->hour) && take_number(at, 2, ':', &ret->minute) &&
	       take_number(at, 2, 0, &ret->second);
}

static const char *take_decimals(const char **at, struct date_time *ret)
{
	unsigned digits = 0;

	if (**at != '.')
		return NULL;
	for ((*at)++; **at >= '0' && **at <= '9'; (*at)++, digits++)
		ret->usec = ret->usec * 10 + (uint32_t)(digits < DECIMALS_MAX ? **at - '0' : 0);
	if (digits == 0)
		return not_rfc3339;
	if (digits > DECIMALS_MAX)
		return "more than 6 decimals of a second";
	for (; digits < DECIMALS_MAX; digits++)
		ret->usec *= 10;
	return NULL;
}

static const char *take_offset(const char **at, struct date_time *ret)
{
	unsigned hours, minutes;
	char sign = **at;

	if (sign == '\0')
		return "no time zone: end it with Z or an offset as +02:00";
	(*at)++;
	if (sign == 'Z' || sign == 'z')
		return NULL;
	if ((sign != '+' && sign != '-') || !take_number(at, 2, ':', &hours) ||
		!take_number(at, 2, 0, &minutes))
		return not_rfc3339;
	if (hours > 23 || minutes > 59)
		return "no such offset from UTC";
	ret->offset_seconds = (int64_t)(hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
	return NULL;
}

static const char *check(const struct date_time *t)
{
	if (t->month < 1 || t->month > 12 || t->day < 1 || t->day > month_days(t->year, t->month))
		return "no such day";
	if (t->hour > 23 || t->minute > 59 || t->second > 60)
		return "no such time of day";
	if (t->second == 60)
		return "leap seconds are not counted: write 59 or the next minute";
	return NULL;
}

static const char *parse(const char *text, struct date_time *ret)
{
	const char *reason;

	if (!take_date_and_time(&text, ret))
		return not_rfc3339;
	reason = take_decimals(&text, ret);
	if (!reason)
		reason = take_offset(&text, ret);
	if (!reason && *text)
		reason = not_rfc3339;
	return reason ? reason : check(ret);
}

int instant_parse(const char *text, int64_t *ret_usec, const char **ret_reason)
{
	struct date_time t = {0};
	const char *reason = parse(text, &t);
	int64_t seconds;

	if (reason) {
		*ret_reason = reason;
		return -EINVAL;
	}
	seconds = days_from_date(t.year, t.month, t.day) * DAY_SECONDS +
		  (int64_t)(t.hour * 3600 + t.minute * 60 + t.second) - t.offset_seconds;
	*ret_usec = seconds * USEC_PER_SECOND + t.usec;
	return 0;
}

static int64_t floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

const char *instant_format(int64_t usec, char buffer[INSTANT_SIZE])
{
	int64_t seconds = floor_div(usec, USEC_PER_SECOND);
	int64_t days = floor_div(seconds, DAY_SECONDS);
	unsigned of_day = (unsigned)(seconds - days * DAY_SECONDS);
	unsigned decimals = (unsigned)(usec - seconds * USEC_PER_SECOND);
	struct date_time t;
	int n;

	date_from_days(days, &t);
	n = snprintf(buffer, INSTANT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u", t.year % 10000, t.month,
		t.day, of_day / 3600, of_day / 60 % 60, of_day % 60);
	if (decimals)
		n += snprintf(buffer + n, INSTANT_SIZE - (size_t)n, ".%06u", decimals);
	(void)snprintf(buffer + n, INSTANT_SIZE - (size_t)n, "Z");
	return buffer;
}

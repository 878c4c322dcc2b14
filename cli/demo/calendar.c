/* A year without a leap day; dates of other years stand in the files as they are. */
#include "cli/demo/calendar.h"

#define BEGINS_SEC 1735689600LL /* 2025-01-01T00:00:00Z */

static const unsigned first_day[DEMO_MONTHS + 1] = {
	0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

unsigned calendar_month(unsigned day)
{
	unsigned month = 1;

	while (month < DEMO_MONTHS && first_day[month] <= day)
		month++;
	return month;
}

unsigned calendar_day_of_month(unsigned day)
{
	return day - first_day[calendar_month(day) - 1] + 1;
}

unsigned calendar_first_day(unsigned month)
{
	return first_day[month - 1];
}

int64_t calendar_usec(unsigned slot, unsigned seconds)
{
	return (BEGINS_SEC + 900LL * slot + seconds) * 1000000;
}

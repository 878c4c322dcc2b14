/*
 * The year of the demonstration, 2025, as numbers: it is a part of what a seed means, so that no
 * clock is asked. Pure.
 *
 * Days are numbered from 2025-01-01, which is 0; slots are quarters of an hour of UTC within a day
 * and may point into the days after it; months are 1 to 12.
 */
#ifndef CLI_DEMO_CALENDAR_H
#define CLI_DEMO_CALENDAR_H

#include <stdint.h>

#define DEMO_YEAR	    2025u
#define DEMO_DAYS	    365u
#define DEMO_MONTHS	    12u
#define DEMO_SLOTS_IN_A_DAY 96u

/* When the year begins in the westernmost calendar (Los Angeles) and is over in the easternmost one
 * (New York): what is used between the two belongs to 2025 in all of them. Slots from its start. */
#define DEMO_FIRST_SLOT 32u
#define DEMO_LAST_SLOT	(DEMO_DAYS * DEMO_SLOTS_IN_A_DAY + 20u) /* exclusive */

#define DEMO_DATE_SIZE 11

/* The month of the year that @day < 365 is in. */
unsigned calendar_month(unsigned day);

/* Its day in the month, from 1. */
unsigned calendar_day_of_month(unsigned day);

/* First day of @month; 13 is the January that follows. */
unsigned calendar_first_day(unsigned month);

/* @slot quarters of an hour and @seconds after the year began: microseconds since 1970 (UTC). */
int64_t calendar_usec(unsigned slot, unsigned seconds);

#endif

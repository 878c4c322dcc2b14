/* Apart from those who read records and those who judge them: it is about whom to believe. */
#include "aggregator/record_time.h"

int64_t record_time_trusted(const struct record_time *time, int64_t now_usec)
{
	if (time->clock == RECORD_CLOCK_BROKER)
		return time->usec;
	if (time->clock == RECORD_CLOCK_NONE)
		return now_usec;
	if (time->usec < now_usec - RECORD_TIME_MOST_BEHIND_USEC)
		return now_usec - RECORD_TIME_MOST_BEHIND_USEC;
	if (time->usec > now_usec + RECORD_TIME_MOST_AHEAD_USEC)
		return now_usec + RECORD_TIME_MOST_AHEAD_USEC;
	return time->usec;
}

/* A log that anybody can fill hides what it is for. */
#include "dashboard/sign_in/ration.h"

bool ration_take(struct ration *ration, const struct clock *clock, unsigned long *ret_count)
{
	int64_t now_usec = clock_monotonic_usec(clock);
	bool is_due;

	(void)pthread_mutex_lock(&ration->lock); /* fails for broken mutexes only */
	ration->count++;
	is_due = !ration->has_begun || now_usec >= ration->next_usec;
	if (is_due) {
		*ret_count = ration->count;
		ration->count = 0;
		ration->has_begun = true;
		ration->next_usec = now_usec + RATION_USEC;
	}
	(void)pthread_mutex_unlock(&ration->lock);
	return is_due;
}

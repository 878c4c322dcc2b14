/* Kept apart from those who try, so that what is said and when can be tested without waiting. */
#include "aggregator/loop/outage.h"

#include <stdio.h>
#include <string.h>

#define ANNOUNCE_EVERY_USEC (600LL * 1000 * 1000)

static bool is_news(const struct outage *outage, int64_t now_usec, const char *reason)
{
	return !outage->is_on || strncmp(outage->reason, reason, OUTAGE_REASON_SIZE - 1) != 0 ||
	       now_usec - outage->announced_usec >= ANNOUNCE_EVERY_USEC;
}

bool outage_failed(struct outage *outage, const struct outage_backoff *backoff, int64_t now_usec,
	const char *reason)
{
	const bool news = is_news(outage, now_usec, reason);

	outage->wait_usec = outage->wait_usec ? outage->wait_usec * 2 : backoff->first_usec;
	if (outage->wait_usec > backoff->most_usec)
		outage->wait_usec = backoff->most_usec;
	outage->next_try_usec = now_usec + outage->wait_usec;
	outage->is_on = true;
	if (!news)
		return false;
	outage->announced_usec = now_usec;
	if (reason != outage->reason)
		(void)snprintf(outage->reason, sizeof(outage->reason), "%s", reason); /* cut */
	return true;
}

bool outage_over(struct outage *outage)
{
	const bool was_on = outage->is_on;

	*outage = (struct outage){0};
	return was_on;
}

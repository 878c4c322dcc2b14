/* Counting first: an attack must not cost a line of the log for each of its requests. */
#include "dashboard/server/refusals.h"

const char *refusal_name(enum refusal reason)
{
	static const char *const names[REFUSAL_COUNT] = {
		[REFUSAL_BAD_REQUEST] = "bad_request",
		[REFUSAL_METHOD] = "method",
		[REFUSAL_TOO_LARGE] = "too_large",
		[REFUSAL_TOO_OFTEN] = "too_often",
		[REFUSAL_TOO_BUSY] = "too_busy",
		[REFUSAL_TOO_SLOW] = "too_slow",
		[REFUSAL_CONNECTIONS] = "connections",
	};

	return names[reason];
}

uint64_t refusals_add(struct refusals *refusals, enum refusal reason, uint64_t n, int64_t now_usec)
{
	uint64_t all = refusals->count[reason] + n;

	refusals->count[reason] = all;
	if (!all || now_usec < refusals->next_usec[reason])
		return 0;
	refusals->count[reason] = 0;
	refusals->next_usec[reason] = now_usec + REFUSALS_PAUSE_USEC;
	return all;
}

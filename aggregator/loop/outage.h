/*
 * Something that we depend on does not answer, or not as it should: when to try again, and when to
 * say so. One outage is announced when it begins, when its reason changes and every ten minutes,
 * and its end once.
 *
 * Invariant: what was announced is announced to be over, nothing else is.
 * Life cycle: zeroed -> outage_failed()* -> outage_over() -> outage_failed()* -> ... Nothing to
 * release.
 *
 *	if (outage_may_try(&outage, now)) {
 *		if (act() < 0) {
 *			if (outage_failed(&outage, &act_backoff, now, why))
 *				log_event(..., "away", ...);
 *		} else if (outage_over(&outage)) {
 *			log_event(..., "back", ...);
 *		}
 *	}
 */
#ifndef AGGREGATOR_LOOP_OUTAGE_H
#define AGGREGATOR_LOOP_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

#define OUTAGE_REASON_SIZE 200

/* Wait so long after the first failure, twice as long after each further one, up to @most. */
struct outage_backoff {
	int64_t first_usec;
	int64_t most_usec;
};

struct outage {
	bool is_on;
	int64_t wait_usec;     /* after the last failure */
	int64_t next_try_usec; /* here and below: monotonic */
	int64_t announced_usec;
	char reason[OUTAGE_REASON_SIZE];
};

/* Another failure, because of @reason. true: this one is to be announced. */
bool outage_failed(struct outage *outage, const struct outage_backoff *backoff, int64_t now_usec,
	const char *reason);

/* It works. true: an outage was announced, its end is to be. */
bool outage_over(struct outage *outage);

static inline bool outage_may_try(const struct outage *outage, int64_t now_usec)
{
	return now_usec >= outage->next_try_usec;
}

#endif

/*
 * hubmeter-aggregator --retry-quarantine: messages that were refused, taken by today's rules, and
 * the program ends. `hubmeter ingest quarantine retry` runs it.
 *
 * Invariants
 *  - A message is one transaction: its usage, its stream and its gaps, the account of its partition
 *    and the row in quarantine change together or not at all, and only if it was open.
 *  - Aggregators may run meanwhile. One that knows a stream otherwise is told by its next commit
 *    and looks again (ingest.move_streams()); so does a retry.
 *  - On standard output is a line for each message, when it is committed, of its number, what it
 *    came to and more of that, between tabs:
 *
 *	17	taken
 *	18	duplicate
 *	19	refused	window_future	(it stays as it was)
 *	20	closed	taken		(by somebody else, before)
 *	21	absent
 *	22	failed	why		(nothing changed; the rest was not tried)
 */
#ifndef AGGREGATOR_RETRY_RETRY_H
#define AGGREGATOR_RETRY_RETRY_H

#include <stdio.h>

#include "aggregator/config.h"
#include "common/clock.h"

/* What is wrong with the options of it, or NULL. */
const char *retry_fault(const struct config *config);

/* Whether @config asks for it. */
static inline bool retry_is_asked(const struct config *config)
{
	return config->retry_quarantine[0] != '\0';
}

/* 0: each came to something. -EPROTONOSUPPORT as loop_run(); anything else: one failed. */
int retry_run(const struct config *config, const struct clock *clock, FILE *out);

#endif

/*
 * What --retry-quarantine and its companions ask for. Pure.
 *
 * Life cycle: request_parse() -> request_release().
 */
#ifndef AGGREGATOR_RETRY_REQUEST_H
#define AGGREGATOR_RETRY_REQUEST_H

#include <stddef.h>
#include <stdint.h>

/* A hundred years: a clock without a battery begins in 1970. */
#define REQUEST_MAX_SHIFT_USEC (100LL * 366 * 86400 * 1000 * 1000)

struct request {
	int64_t *id;
	size_t n_ids;
	int64_t shift_usec; /* 0: none */
	const char *reason; /* NULL: none; borrowed */
};

/*
 * Numbers above 0, separated by commas; "+3d", "-2h" or ""; why, or "". *ret_fault (may be NULL)
 * says what is wrong. -EINVAL, -ENOMEM.
 */
int request_parse(const char *ids, const char *shift, const char *reason, struct request *ret,
	const char **ret_fault);
void request_release(struct request *request);

#endif

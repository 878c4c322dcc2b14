/*
 * What was refused, for a log that strangers cannot flood: one line for a reason at once, then one
 * a minute with how many there were. Pure; the caller locks, and logs.
 */
#ifndef DASHBOARD_SERVER_REFUSALS_H
#define DASHBOARD_SERVER_REFUSALS_H

#include <stdint.h>

#define REFUSALS_PAUSE_USEC 60000000

enum refusal {
	REFUSAL_BAD_REQUEST,
	REFUSAL_METHOD,
	REFUSAL_TOO_LARGE,   /* a body or a URL */
	REFUSAL_TOO_OFTEN,   /* more requests than a peer or a person may send */
	REFUSAL_TOO_BUSY,    /* too many requests wait, or too much has not been taken */
	REFUSAL_TOO_SLOW,    /* a connection was ended by its deadline */
	REFUSAL_CONNECTIONS, /* one address has too many of them */
	REFUSAL_COUNT
};

struct refusals {
	uint64_t count[REFUSAL_COUNT]; /* not logged yet */
	int64_t next_usec[REFUSAL_COUNT];
};

/* "bad_request" */
const char *refusal_name(enum refusal reason);

/*
 * Count @n more for @reason. Returns how many there are to log now; 0: none. With @n = 0 it only
 * asks whether a minute has passed.
 */
uint64_t refusals_add(struct refusals *refusals, enum refusal reason, uint64_t n, int64_t now_usec);

#endif

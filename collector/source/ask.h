/*
 * Asking a service over HTTPS, through a program that speaks it (hubmeter-fetch): the collector
 * links no TLS and waits for nobody. When to ask is here; what the answer means is the asker's.
 *
 * Invariants
 *  - One request at a time. It is sent a moment after somebody wanted it, so that wishes that come
 *    together are one request; at most every pace->spacing_usec, and after failures or in vain
 *    ever less often, down to once in pace->backoff_usec. And once in pace->resync_usec.
 *  - The program has the token's file by name; the token is never here.
 *
 * Life cycle: ask_init() -> (ask_want()? -> ask_is_due() -> ask_start()+ -> ask_work() whenever
 * ask_fd() is readable -> ask_failed() or ask_answered())* -> ask_release(). Times are microseconds
 * of boottime; the timer only wakes, whether something is due the collector's clock says.
 */
#ifndef COLLECTOR_SOURCE_ASK_H
#define COLLECTOR_SOURCE_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/source/run.h"

struct ask_pace {
	int64_t debounce_usec, spacing_usec, backoff_usec;
	int64_t resync_usec; /* 0: never */
};

/* Borrowed. Words of a program are not const, though nobody changes them. */
struct ask_request {
	char *program, *url;
	char *token_file, *ca_file; /* "": none, and those of this machine */
	char *accept;		    /* kind of answer; NULL: any */
	bool is_insecure;	    /* whoever answers is believed */
	bool is_plain_file;	    /* the token's file may be no symbolic link */
};

struct ask {
	struct run run;
	const struct ask_pace *pace;
	int timer_fd; /* readable when a request may be due */
	bool is_wanted, is_wanted_new;
	bool is_asking_new; /* the request under way is for something that is new */
	bool is_failing;
	int64_t due_usec;     /* of the request that is wanted */
	int64_t asked_usec;   /* of the last request; negative: never */
	int64_t spacing_usec; /* of requests */
};

/* Borrows @pace. @take: as of struct run. */
int ask_init(struct ask *ask, const struct ask_pace *pace,
	int (*take)(void *context, const void *data, size_t size), void *context);
void ask_release(struct ask *ask);

static inline int ask_fd(const struct ask *ask)
{
	return run_fd(&ask->run);
}

/* @is_new: for something that nobody asked about before, which need not wait for the backoff. */
void ask_want(struct ask *ask, bool is_new, int64_t now_usec);

/* True: the asker is to start one now, and the wish is gone. */
bool ask_is_due(struct ask *ask, int64_t now_usec);

/* Also for what follows in the same turn. An error may be told in run.error. */
int ask_start(struct ask *ask, const struct ask_request *request);

/* Why ask_start() returned @error; valid until the next request. */
const char *ask_reason(const struct ask *ask, int error);

/* True: the program is over, and run.error says how. */
bool ask_work(struct ask *ask);

/* Each returns whether that is news: the first failure, the first answer after one. */
bool ask_failed(struct ask *ask);
bool ask_answered(struct ask *ask, bool was_of_use);

#endif

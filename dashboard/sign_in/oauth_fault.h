/*
 * What can go wrong between a browser, the hub and us: how it is shown and how it is logged.
 */
#ifndef DASHBOARD_SIGN_IN_OAUTH_FAULT_H
#define DASHBOARD_SIGN_IN_OAUTH_FAULT_H

#include "common/clock.h"
#include "dashboard/server/request.h"
#include "dashboard/sign_in/ration.h"

enum oauth_fault {
	OAUTH_FAULT_NONE,
	OAUTH_FAULT_STATE,     /* nothing that began here, or too long ago */
	OAUTH_FAULT_DENIED,    /* the hub, or whoever was asked there, says no */
	OAUTH_FAULT_CODE,      /* the hub does not know the code, or not any more */
	OAUTH_FAULT_CLIENT,    /* the hub does not know us */
	OAUTH_FAULT_NO_ANSWER, /* from the hub, within the time limits */
	OAUTH_FAULT_GARBAGE,   /* from the hub */
	OAUTH_FAULT_NAME,      /* that no identity can hold */
	OAUTH_FAULT_BUSY,      /* with others who sign in */
	OAUTH_FAULT_OURS,      /* no memory, no randomness */
	OAUTH_FAULT_COUNT
};

struct oauth_report {
	enum oauth_fault fault;
	const char *asked; /* of the hub: "token", "user"; NULL: nothing */
	long status;	   /* of its answer; 0: none */
	char detail[128];  /* for people, without secrets; "": nothing is to be added */
};

void oauth_fault_log(const struct oauth_report *report, struct ration ration[OAUTH_FAULT_COUNT],
	const struct clock *clock);

/* @again: where to try again, a path of ours. */
void oauth_fault_answer(
	enum oauth_fault fault, const char *prefix, const char *again, struct response *response);

#endif

/*
 * What a report does not know, in lines that say what to do about it. Pure.
 */
#ifndef CLI_FORMAT_REPORT_MISSING_H
#define CLI_FORMAT_REPORT_MISSING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/format/figure.h"

#define REPORT_MISSING_UNITS 8
#define REPORT_MISSING_NAMES 3 /* silent nodes that are named */

struct report_missing {
	int64_t pending_days; /* hub-days whose charges are behind */
	int64_t failed_days;  /* of these, could not be rated */
	struct {
		char unit[32];		    /* exact: core-seconds */
		char billable[FIGURE_SIZE]; /* in it */
	} unpriced[REPORT_MISSING_UNITS];
	size_t n_unpriced;
	int64_t nodes;
	int64_t silent;		/* of these, are not heard of any more */
	char silent_names[512]; /* the first of them, with since when */
	int64_t permille;	/* of the time of all nodes that was observed, rounded down */
};

bool report_is_missing(const struct report_missing *missing);

/* "missing: ..." a line, or nothing. Names are made safe (safe_text.h). */
void report_missing_print(const struct report_missing *missing, FILE *out);

#endif

/*
 * Prometheus's text format (exposition format 0.0.4), as node_exporter's textfile collector reads
 * it. Pure.
 *
 *   # HELP hubmeter_fund_available What ...
 *   # TYPE hubmeter_fund_available gauge
 *   hubmeter_fund_available{institution="northfield",fund="nsf-1",currency="USD"} 1200.500000000
 *
 * Invariants
 *  - Columns of text are labels, in their order; a numeric one is a metric under its name.
 *  - Figures keep the digits they came with.
 *  - Where a figure is NULL there is no sample; a metric without a sample is left out. A label that
 * is NULL is empty.
 */
#ifndef CLI_FORMAT_EXPOSITION_H
#define CLI_FORMAT_EXPOSITION_H

#include <stdio.h>

#include "common/format/table.h"

struct exposition_metric {
	const char *name; /* of the column too */
	const char *help; /* one line, without a backslash */
};

/* The samples of @metric that are in @rows; none if there is no such column. */
void exposition_print(const struct exposition_metric *metric, const struct table *rows, FILE *out);

#endif

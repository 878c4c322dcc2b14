/*
 * Rows of a report in Prometheus's text format (common/metrics/page.h), as node_exporter's textfile
 * collector reads it. Pure.
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

#include "common/format/table.h"
#include "common/metrics/page.h"

/* The samples of @metric, which is called as its column, that are in @rows; none if there is no
 * such column. -ENOMEM: the page is not whole. */
int exposition_put(struct page *page, const struct metric *metric, const struct table *rows);

#endif

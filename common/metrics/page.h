/*
 * Figures in Prometheus's text format 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * Invariants
 *  - A metric's samples stand together, behind its HELP and TYPE, which are written once.
 *  - Figures are integers, have six exact digits, or are text with the digits they came with; none
 *    was ever a floating-point number.
 *  - Without memory the page lacks its end and page_is_whole() says so: half a page is not shown.
 *
 * Life cycle: PAGE_INIT -> page_put()* -> page_is_whole() -> page_clear() -> ... -> page_release().
 *
 *	static const struct metric rows = {"hubmeter_aggregator_rows_total", METRIC_COUNTER, "Rows
 *taken"};
 *
 *	page_put(&page, &rows, NULL, ingest->counters.rows);
 */
#ifndef COMMON_METRICS_PAGE_H
#define COMMON_METRICS_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/buffer.h"

#define PAGE_MAX_SIZE ((size_t)16 << 20)

/* Counters only grow while the process lives, gauges go up and down. Names end as is the custom:
 * _total, _seconds, _bytes. */
enum metric_type { METRIC_COUNTER, METRIC_GAUGE };

struct metric {
	const char *name;
	enum metric_type type;
	const char *help; /* one line, without a backslash */
};

/* One label of a sample. Any bytes that are UTF-8. */
struct metric_label {
	const char *name;
	const char *value;
};

struct page {
	struct buffer text;
	const struct metric *metric; /* of the last sample */
	bool is_cut;
};

#define PAGE_INIT                                                                                  \
	{                                                                                          \
		.text = BUFFER_INIT(PAGE_MAX_SIZE)                                                 \
	}

/* One sample, of @metric with @label, or of @metric alone: NULL. */
void page_put(struct page *page, const struct metric *metric, const struct metric_label *label,
	uint64_t value);

/* The same in seconds. A point in time is one since 1970. */
void page_put_usec(struct page *page, const struct metric *metric, const struct metric_label *label,
	uint64_t usec);

/* The same with as many labels as there are, and a figure that is text already and stays as it is.
 */
void page_put_text(struct page *page, const struct metric *metric,
	const struct metric_label *labels, size_t n_labels, const char *figure);

/* What every process says: its memory and CPU time. */
void page_put_process(struct page *page);

static inline bool page_is_whole(const struct page *page)
{
	return !page->is_cut;
}

/* Whoever wants to know whether it was written asks ferror(). */
void page_print(const struct page *page, FILE *out);

void page_clear(struct page *page);
void page_release(struct page *page);

#endif

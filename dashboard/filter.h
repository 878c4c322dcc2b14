/*
 * What a page is about: chosen in its URL, handed to its questions and kept by its links. Pure.
 *
 * Invariant: every value is a text, "" where nothing is chosen; month is "" or YYYY-MM, line "" or
 * a number, day "" or YYYY-MM-DD. Nothing else is known of them: whether there is such a department
 * the database says.
 */
#ifndef DASHBOARD_FILTER_H
#define DASHBOARD_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "dashboard/html/html.h"
#include "dashboard/server/request.h"

enum filter_name {
	FILTER_INSTITUTION,
	FILTER_MONTH,
	FILTER_UNIT,
	FILTER_HUB,
	FILTER_PERSON,
	FILTER_USERNAME,
	FILTER_GROUP,
	FILTER_FUND,
	FILTER_RESOURCE,
	FILTER_DAY,
	FILTER_LINE,
	FILTER_IN_URL_COUNT,
	FILTER_SUBJECT =
		FILTER_IN_URL_COUNT, /* what a page found out first, for its other questions */
	FILTER_COUNT
};

/* As in URLs and, between :' and ', in questions: "institution". */
extern const char *const filter_names[FILTER_COUNT];

struct filter {
	const char *value[FILTER_COUNT]; /* of the request, or of whoever chose a default */
};

/* Borrows of @request. False: a value is not of its shape; *ret_wrong names it. */
bool filter_read(const struct request *request, struct filter *ret, const char **ret_wrong);

/* FILTER_COUNT: there is no filter of the @size bytes at @name. */
enum filter_name filter_find(const char *name, size_t size);

/* "?institution=a&amp;month=2026-09": all that is chosen, but for NULL values. */
void filter_print_arguments(struct html *html, const struct filter *filter);

/* "page?institution=a&amp;month=2026-09": a link to a page, "" being the first one. */
void filter_print_link(struct html *html, const char *page, const struct filter *filter);

#endif

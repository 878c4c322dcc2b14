/*
 * What a reader may choose from, and what is chosen where the URL says nothing.
 */
#ifndef DASHBOARD_PAGE_CONTEXT_H
#define DASHBOARD_PAGE_CONTEXT_H

#include <stdbool.h>

#include "common/format/table.h"
#include "dashboard/filter.h"
#include "dashboard/store/store.h"

/* What a reader may see, and whom a page has something for. */
enum sight {
	SIGHT_ALL = 1,	 /* the federation, or all of an institution */
	SIGHT_UNIT = 2,	 /* departments */
	SIGHT_GROUP = 4, /* courses, labs, projects */
	SIGHT_FUND = 8,
	SIGHT_PERSON = 16 /* themselves */
};

struct context {
	const char *identity;
	struct table sight; /* scope, institution, code */
	struct table institutions, months, units;
	unsigned sees; /* enum sight, several */
	bool is_alone; /* the page is a document by itself, without others around it */
};

/*
 * Fill in what @filter leaves open: it then borrows of the context. -ENOENT: the reader sees
 * nothing at all; others as store_ask(). context_release() whatever it returned.
 */
int context_load(
	struct store *store, const char *identity, struct filter *filter, struct context *ret);
void context_release(struct context *context);

#endif

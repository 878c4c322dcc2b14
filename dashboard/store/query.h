/*
 * A question in a file, with names where values go as psql has them, made into one that libpq
 *takes. Pure.
 *
 *	SELECT ... WHERE month = (:'month' || '-01')::date	->	... ($1 || '-01')::date,
 *{"2026-09"}
 *
 * Values never become part of the text.
 */
#ifndef DASHBOARD_STORE_QUERY_H
#define DASHBOARD_STORE_QUERY_H

#include "common/buffer.h"
#include "dashboard/filter.h"

struct query {
	struct buffer text; /* ends with a NUL */
	const char *value[FILTER_COUNT];
	int n_values;
};

/*
 * @sql of us, which ends without a semicolon, for at most @rows_max rows. -EINVAL: a name that no
 * filter has. query_release() whatever it returned.
 */
int query_bind(const char *sql, const struct filter *filter, size_t rows_max, struct query *ret);
void query_release(struct query *query);

#endif

/*
 * The database as one reader sees it. The only room that knows libpq.
 *
 *	r = store_begin(store, "demo-hub:ada");
 *	if (r == 0)
 *		r = store_ask(store, sql_departments, &filter, 500, &rows);
 *	if (r < 0)
 *		... store_error(store)
 *	store_end(store);
 *
 * Invariants
 *  - We sign in as hm_web and as nobody else: only of that role does the database ask who it speaks
 *for (org.identity()); any other would see what it sees itself, whoever asks.
 *  - All questions between store_begin() and store_end() see one state of the database, read only,
 *and only what the identity may see. No question takes longer than the time limit, and none begins
 *when STORE_QUESTIONS_LONG times that is over.
 *  - Nothing is kept in the session, so a connection pooler may stand between.
 *
 * Life cycle: store_new() -> store_begin() -> store_ask()* -> store_end() -> store_free(). A
 *connection that broke is opened anew by the next store_begin().
 */
#ifndef DASHBOARD_STORE_STORE_H
#define DASHBOARD_STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "common/format/table.h"
#include "dashboard/filter.h"

#define STORE_QUESTIONS_LONG 3

struct store;

/* Borrows @conninfo. NULL: out of memory. */
struct store *store_new(const char *conninfo, int64_t timeout_usec);
void store_free(struct store *store);

static inline void store_freep(struct store **store)
{
	store_free(*store);
}

/* -ENOTCONN, -ECONNRESET: no database now; -EPERM: we are not hm_web; -EPROTONOSUPPORT: another
 * schema. */
int store_begin(struct store *store, const char *identity);

/*
 * At most @rows_max rows of @sql (dashboard/store/query.h). -EBADMSG: a value of the filter makes
 * no sense; -E2BIG: it took too long; others as store_begin(). *ret is the caller's to release.
 */
int store_ask(struct store *store, const char *sql, const struct filter *filter, size_t rows_max,
	struct table *ret);
void store_end(struct store *store);

/* Why the last call failed, without a secret. */
const char *store_error(const struct store *store);

/* "libpq 15.18" */
const char *store_library(void);

#endif

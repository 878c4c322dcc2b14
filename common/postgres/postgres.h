/*
 * A connection to PostgreSQL: opening it, waiting on it with a deadline, and what its failures
 *mean.
 *
 * Invariants
 *  - After a failure `error` says why in one line, without control characters or a secret, until
 *    the next call; `state` and `constraint` are what the server named.
 *  - No call waits longer than the time-out, but for connecting, which has its own.
 *  - A connection of which nobody knows in which state it is has ended: -ECONNRESET, then
 *    postgres_connect() again.
 *
 *	struct postgres postgres;
 *	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
 *
 *	postgres_init(&postgres, &(struct postgres_options){.conninfo = conninfo, .clock = clock});
 *	r = postgres_connect(&postgres);
 *	if (r == 0)
 *		r = postgres_run(&postgres, "SELECT name FROM usage.hub WHERE hub_id = $1::int", 1,
 *			(const char *const[]){"7"}, &result);
 *	if (r < 0)
 *		log_event(LOG_PRIORITY_ERROR, "query_failed", "reason=\"%s\"", postgres.error);
 *	postgres_disconnect(&postgres);
 *
 * Don't keep state in a session: behind a connection pooler the next transaction may run in
 * another one. SET LOCAL, not SET; transaction-level advisory locks; temporary tables that are
 * looked for before they are used.
 */
#ifndef COMMON_POSTGRES_POSTGRES_H
#define COMMON_POSTGRES_POSTGRES_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/postgres/sqlstate.h"

struct postgres_options {
	const char *conninfo; /* "": the environment decides */
	const char
		*application; /* what pg_stat_activity shows unless the conninfo says otherwise */
	int connect_timeout_sec; /* 0: for ever */
	int64_t timeout_usec;	 /* for one answer; 0: for ever */
	bool is_binary;		 /* results have binary columns */
	const struct clock *clock;
};

struct postgres {
	struct postgres_options options;
	PGconn *connection;
	char error[2048];
	char state[SQLSTATE_SIZE]; /* of the last failure; "": the server did not say */
	char constraint[64];	   /* that the last failure violates; "": none */
};

/* Borrows what @options point to. */
void postgres_init(struct postgres *postgres, const struct postgres_options *options);

/* Connect, or connect anew. -ENOTCONN, -ENOMEM. */
int postgres_connect(struct postgres *postgres);
void postgres_disconnect(struct postgres *postgres);
bool postgres_is_connected(const struct postgres *postgres);

/* "15.18": of libpq. */
const char *postgres_library_version(void);

static inline void postgres_result_clearp(PGresult **result)
{
	PQclear(*result);
}

/* Keep what went wrong as one line; returns @r. */
int postgres_fail(struct postgres *postgres, int r, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The return code of a failed @result (NULL: of the connection), by sqlstate.h; keeps its words.
 * Ends the connection where it is beyond use.
 */
int postgres_failure(struct postgres *postgres, const PGresult *result);

/* Send what libpq holds back. -ECONNRESET, also after the time-out. */
int postgres_send_all(struct postgres *postgres);

/* The next result, NULL at the end of a command's results. -ECONNRESET as above. */
int postgres_next_result(struct postgres *postgres, PGresult **ret);

/* Results until the command is over: the first failure counts, the last good one is kept. */
int postgres_finish(struct postgres *postgres, PGresult **ret);

/* One statement with text parameters. *ret (may be NULL) is the caller's to clear. */
int postgres_run(struct postgres *postgres, const char *sql, int n_values, const char *const *value,
	PGresult **ret);

/* Statements without parameters, separated by semicolons, whose answers do not matter. */
int postgres_script(struct postgres *postgres, const char *sql);

/* One row with one whole number, null as 0. -EIO for another shape. */
int postgres_run_i64(struct postgres *postgres, const char *sql, int n_values,
	const char *const *value, int64_t *ret);

/* A whole number of any size, in text or binary; null is 0. */
int64_t postgres_get_i64(const PGresult *result, int row, int column);

#endif

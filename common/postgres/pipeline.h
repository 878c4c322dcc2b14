/*
 * Many statements in one network round trip: nobody waits for the network while locks are held.
 *
 *	const struct postgres_statement statement[] = {
 *		{.sql = "BEGIN"}, {.sql = sql_take, .n_values = 2, .value = value}, {.sql =
 *"COMMIT"}};
 *
 *	r = postgres_pipeline(postgres, statement, 3, 1, &result);
 *
 * A statement that fails takes all behind it with it. A transaction that it was part of is still
 * open then, and good for postgres_roll_back() only. Don't COPY in a pipeline: libpq refuses.
 */
#ifndef COMMON_POSTGRES_PIPELINE_H
#define COMMON_POSTGRES_PIPELINE_H

#include "common/postgres/postgres.h"

#define POSTGRES_NO_RESULT SIZE_MAX

struct postgres_statement {
	const char *sql;
	int n_values;
	const char *const *value; /* text parameters */
};

/*
 * Run @count statements, keep the result of number @wanted. The first failure counts. A COMMIT
 * that the server turned into a rollback is -EAGAIN. The caller clears *@ret.
 */
int postgres_pipeline(struct postgres *postgres, const struct postgres_statement *statement,
	size_t count, size_t wanted, PGresult **ret);

/* After @error end the open transaction and keep what went wrong. -ECONNRESET when it can't be. */
int postgres_roll_back(struct postgres *postgres, int error);

#endif

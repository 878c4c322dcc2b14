/* In a pipeline libpq hands out: result, NULL, result, NULL, ..., sync. */
#include "common/postgres/pipeline.h"

#include <errno.h>
#include <string.h>

#include "hubmeter/cleanup.h"

static int send_statements(
	struct postgres *postgres, const struct postgres_statement *statement, size_t count)
{
	if (!postgres_is_connected(postgres) || !PQenterPipelineMode(postgres->connection))
		return postgres_failure(postgres, NULL);
	for (size_t i = 0; i < count; i++)
		if (!PQsendQueryParams(postgres->connection, statement[i].sql,
			    statement[i].n_values, NULL, statement[i].value, NULL, NULL,
			    postgres->options.is_binary))
			return postgres_failure(postgres, NULL);
	if (!PQpipelineSync(postgres->connection))
		return postgres_failure(postgres, NULL);
	return postgres_send_all(postgres);
}

static int check_result(struct postgres *postgres, const PGresult *result,
	const struct postgres_statement *statement)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
		if (strcmp(statement->sql, "COMMIT") == 0 &&
			strcmp(PQcmdStatus((PGresult *)(uintptr_t)result), "COMMIT") != 0)
			return postgres_fail(postgres, -EAGAIN, "the server rolled back instead");
		return 0;
	case PGRES_TUPLES_OK:
	case PGRES_PIPELINE_ABORTED:
		return 0;
	default:
		return postgres_failure(postgres, result);
	}
}

static int read_results(struct postgres *postgres, const struct postgres_statement *statement,
	size_t count, size_t wanted, PGresult **ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *kept = NULL;
	int failed = 0;

	for (size_t at = 0;;) {
		hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
		int r = postgres_next_result(postgres, &result);

		if (r < 0)
			return r;
		if (!result) { /* the end of one statement */
			at++;
			continue;
		}
		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
			break;
		if (failed == 0 && at < count)
			failed = check_result(postgres, result, &statement[at]);
		if (failed == -ECONNRESET)
			return failed;
		if (at == wanted)
			kept = hm_steal(&result);
	}
	if (failed < 0)
		return failed;
	if (ret)
		*ret = hm_steal(&kept);
	return 0;
}

int postgres_pipeline(struct postgres *postgres, const struct postgres_statement *statement,
	size_t count, size_t wanted, PGresult **ret)
{
	int r = send_statements(postgres, statement, count);

	if (r < 0) {
		postgres_disconnect(postgres); /* half a pipeline was sent */
		return -ECONNRESET;
	}
	r = read_results(postgres, statement, count, wanted, ret);
	if (r == -ECONNRESET)
		return r;
	if (!PQexitPipelineMode(postgres->connection)) {
		postgres_disconnect(postgres);
		return -ECONNRESET;
	}
	return r;
}

int postgres_roll_back(struct postgres *postgres, int error)
{
	struct postgres kept = *postgres;

	if (!postgres_is_connected(postgres) || postgres_script(postgres, "ROLLBACK") < 0) {
		postgres_disconnect(postgres);
		error = -ECONNRESET;
	}
	memcpy(postgres->error, kept.error, sizeof(kept.error));
	memcpy(postgres->state, kept.state, sizeof(kept.state));
	memcpy(postgres->constraint, kept.constraint, sizeof(kept.constraint));
	return error;
}

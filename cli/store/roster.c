/*
 * Rosters are read, checked and applied by the database (import.roster_open, import.check_roster,
 * import.apply_roster); here the files only get there, in one COPY each.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "hubmeter/cleanup.h"

static int add_column(struct roster_kind *kind, const PGresult *result, int row)
{
	char *name;

	if (kind->n_columns == ROSTER_COLUMNS_MAX)
		return -E2BIG;
	name = strdup(PQgetvalue(result, row, 1));
	if (!name)
		return -ENOMEM;
	kind->mark[kind->n_columns] = (unsigned)store_int64(result, row, 2);
	kind->column[kind->n_columns++] = name;
	return 0;
}

/* The kind that @row is of: the last one or a new one; NULL without memory or room. */
static struct roster_kind *kind_of(struct roster_kinds *kinds, const PGresult *result, int row)
{
	const char *name = PQgetvalue(result, row, 0);
	struct roster_kind *kind;

	if (kinds->count && strcmp(kinds->kind[kinds->count - 1].name, name) == 0)
		return &kinds->kind[kinds->count - 1];
	if (kinds->count == ROSTER_KINDS_MAX)
		return NULL;
	kind = &kinds->kind[kinds->count];
	kind->name = strdup(name);
	if (!kind->name)
		return NULL;
	kinds->count++;
	return kind;
}

int store_roster_kinds(struct store *store, const char *format, struct roster_kinds *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct roster_kinds kinds = {0};
	int r = store_query(store, sql_roster_kinds, 1, &format, &result);

	if (r < 0)
		return r;
	for (int i = 0; i < PQntuples(result); i++) {
		struct roster_kind *kind = kind_of(&kinds, result, i);

		if (!kind || add_column(kind, result, i) < 0) {
			store_roster_kinds_release(&kinds);
			return store_fail(store, -ENOMEM, "no room for the kinds of %s", format);
		}
	}

	*ret = kinds;
	return 0;
}

void store_roster_kinds_release(struct roster_kinds *kinds)
{
	for (size_t i = 0; i < kinds->count; i++) {
		free(kinds->kind[i].name);
		for (size_t k = 0; k < kinds->kind[i].n_columns; k++)
			free(kinds->kind[i].column[k]);
	}
	*kinds = (struct roster_kinds){0};
}

int store_roster_open(struct store *store, const struct roster *roster)
{
	const char *const params[] = {roster->format, roster->institution, roster->source,
		roster->hubs, roster->creates_people ? "true" : "false"};

	return postgres_run(&store->postgres,
		"SELECT import.roster_open($1, $2, $3, string_to_array($4, ','), $5::boolean)", 5,
		params, NULL);
}

int store_roster_copy(struct store *store, const char *kind, const void *data, size_t size)
{
	char table[128], sql[256];
	char *name;

	(void)snprintf(table, sizeof(table), "raw_%s", kind);
	name = PQescapeIdentifier(store->postgres.connection, table, strlen(table));
	if (!name)
		return store_fail(store, -ENOMEM, "out of memory");
	(void)snprintf(sql, sizeof(sql), "COPY %s FROM STDIN", name);
	PQfreemem(name);
	return store_copy(store, sql, data, size);
}

int store_roster_check(struct store *store, const char *whole_kinds,
	store_roster_finding_fn *finding, void *context)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store,
		"SELECT file, line, column_name, value, reason, (severity = 'error')::int"
		" FROM import.check_roster(string_to_array($1, ','))"
		" ORDER BY severity, file, line, column_name, reason",
		1, &whole_kinds, &result);

	if (r < 0)
		return r;
	for (int i = 0; i < PQntuples(result); i++)
		finding(context,
			&(struct roster_finding){.is_error = store_int64(result, i, 5) != 0,
				.file = PQgetvalue(result, i, 0),
				.line = (unsigned)store_int64(result, i, 1),
				.column = store_cell(result, i, 2),
				.value = store_cell(result, i, 3),
				.reason = PQgetvalue(result, i, 4)});
	return 0;
}

int store_roster_apply(struct store *store, store_roster_outcome_fn *outcome, void *context)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = store_query(store, "SELECT is_change::int, n, said FROM import.apply_roster()", 0,
		NULL, &result);

	for (int i = 0; r >= 0 && i < PQntuples(result); i++)
		outcome(context, store_int64(result, i, 0) != 0, store_int64(result, i, 1),
			PQgetvalue(result, i, 2));
	return r;
}

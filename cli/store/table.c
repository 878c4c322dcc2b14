/* Answers as tables: cells keep the digits that PostgreSQL wrote. */
#include "cli/store/private.h"

#include <stddef.h>

#include "common/format/table.h"
#include "hubmeter/cleanup.h"

static bool is_numeric(const PGresult *result, int column)
{
	enum { INT8 = 20, INT2 = 21, INT4 = 23, NUMERIC = 1700 }; /* pg_type.h: fixed for ever */
	Oid type = PQftype(result, column);

	return type == INT8 || type == INT2 || type == INT4 || type == NUMERIC;
}

static int init_table(const PGresult *result, struct table *ret)
{
	struct table_column columns[TABLE_COLUMNS_MAX];
	int count = PQnfields(result);

	for (int i = 0; i < count && i < TABLE_COLUMNS_MAX; i++)
		columns[i] = (struct table_column){PQfname(result, i), is_numeric(result, i)};
	return table_init(ret, columns, (size_t)count);
}

static int add_rows(const PGresult *result, struct table *table)
{
	const char *cells[TABLE_COLUMNS_MAX];

	for (int row = 0; row < PQntuples(result); row++) {
		int r;

		for (int i = 0; i < PQnfields(result); i++)
			cells[i] = store_cell(result, row, i);
		r = table_add(table, cells);
		if (r < 0)
			return r;
	}
	return 0;
}

int store_query_table(struct store *store, const char *sql, int n_params, const char *const *params,
	struct table *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *rows = NULL;
	struct table table;
	int r = store_query(store, sql, n_params, params, &rows);

	if (r < 0)
		return r;
	r = init_table(rows, &table);
	if (r < 0)
		return store_fail(store, r, "out of memory");
	r = add_rows(rows, &table);
	if (r < 0) {
		table_release(&table);
		return store_fail(store, r, "out of memory");
	}

	*ret = table;
	return 0;
}

#include "common/postgres/table.h"

#include <stdbool.h>
#include <stddef.h>

const char *postgres_cell(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

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
	int r = 0;

	for (int row = 0; row < PQntuples(result) && r == 0; row++) {
		for (int i = 0; i < PQnfields(result); i++)
			cells[i] = postgres_cell(result, row, i);
		r = table_add(table, cells);
	}
	return r;
}

int postgres_table(const PGresult *result, struct table *ret)
{
	struct table table;
	int r = init_table(result, &table);

	if (r < 0)
		return r;
	r = add_rows(result, &table);
	if (r < 0) {
		table_release(&table);
		return r;
	}

	*ret = table;
	return 0;
}

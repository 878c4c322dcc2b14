/*
 * Answers as tables: cells keep the digits that PostgreSQL wrote.
 */
#ifndef COMMON_POSTGRES_TABLE_H
#define COMMON_POSTGRES_TABLE_H

#include <libpq-fe.h>

#include "common/format/table.h"

/* A cell of a result in text; NULL: null. */
const char *postgres_cell(const PGresult *result, int row, int column);

/* Columns have their names of the result and are numeric where their type is. -ENOMEM, -E2BIG. */
int postgres_table(const PGresult *result, struct table *ret);

#endif

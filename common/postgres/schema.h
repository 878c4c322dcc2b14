/*
 * Does a database have the schema that this program was built for (HUBMETER_SCHEMA_VERSION: the
 * newest file of sql/schema)?
 */
#ifndef COMMON_POSTGRES_SCHEMA_H
#define COMMON_POSTGRES_SCHEMA_H

#include "common/postgres/postgres.h"

/* 0; -EPROTONOSUPPORT: another one or none, and `error` says what to do; else as postgres_run(). */
int postgres_check_schema(struct postgres *postgres);

#endif

/* `hubmeter migrate` keeps the book of the schema's files in audit.migration. */
#include "common/postgres/schema.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "hubmeter/version.h"

#define SQLSTATE_UNDEFINED_TABLE "42P01"

int postgres_check_schema(struct postgres *postgres)
{
	int64_t version = 0;
	int r = postgres_run_i64(
		postgres, "SELECT max(version) FROM audit.migration", 0, NULL, &version);

	if (r < 0 && strcmp(postgres->state, SQLSTATE_UNDEFINED_TABLE) != 0)
		return r;
	if (version == 0)
		return postgres_fail(postgres, -EPROTONOSUPPORT,
			"the database has no schema of hubmeter: run 'hubmeter migrate'");
	if (version < HUBMETER_SCHEMA_VERSION)
		return postgres_fail(postgres, -EPROTONOSUPPORT,
			"the database's schema is version %" PRId64
			", this program wants %d: run 'hubmeter migrate'",
			version, HUBMETER_SCHEMA_VERSION);
	if (version > HUBMETER_SCHEMA_VERSION)
		return postgres_fail(postgres, -EPROTONOSUPPORT,
			"the database's schema is version %" PRId64
			", this program wants %d: install the hubmeter that belongs to the database",
			version, HUBMETER_SCHEMA_VERSION);
	return 0;
}

/* What operators decide of the way from Kafka into the database. */
#include "cli/store/ingest.h"

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"

int store_go_on(
	struct store *store, const struct decision *decision, store_line_fn *line, void *context)
{
	const char *const params[] = {decision->act == DECISION_RESTART ? "restart" : "accept_gap",
		decision->topic, decision->partition, decision->from_offset, decision->to_offset,
		decision->reason};

	return store_query_lines(store, sql_go_on, 6, params, line, context);
}

/* How much of an import has come through. */
#include "cli/store/store.h"

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "hubmeter/cleanup.h"

int store_usage_progress(struct store *store, const char *topic,
	const uint8_t stream[HM_STREAM_SIZE], int64_t *ret_sequence, int64_t *ret_missing)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	char hex[2 * HM_STREAM_SIZE + 1];
	const char *const params[] = {topic, hex};
	int r;

	for (size_t i = 0; i < HM_STREAM_SIZE; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", stream[i]);
	r = store_query(store, sql_usage_progress, 2, params, &result);
	if (r < 0)
		return r;
	*ret_sequence = store_int64(result, 0, 0);
	*ret_missing = store_int64(result, 0, 1);
	return 0;
}

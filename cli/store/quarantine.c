/* What is in quarantine, as commands ask for it. */
#include "cli/store/quarantine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"
#include "common/hex.h"
#include "hubmeter/cleanup.h"

#define PAYLOAD_COLUMN QUARANTINE_FACTS

struct filter_values {
	char since[24];
	const char *value[4];
};

static void make_values(const struct quarantine_filter *filter, struct filter_values *ret)
{
	(void)snprintf(ret->since, sizeof(ret->since), "%" PRId64, filter->since_usec); /* fits */
	ret->value[0] = filter->topic;
	ret->value[1] = filter->refused;
	ret->value[2] = ret->since;
	ret->value[3] = filter->closed_too ? "true" : "false";
}

int store_quarantine_list(
	struct store *store, const struct quarantine_filter *filter, bool each, struct table *ret)
{
	struct filter_values values;

	make_values(filter, &values);
	return store_query_table(store, each ? sql_quarantine_messages : sql_quarantine_groups, 4,
		values.value, ret);
}

int store_quarantine_open(struct store *store, const struct quarantine_filter *filter,
	store_line_fn *line, void *context)
{
	struct filter_values values;

	make_values(filter, &values);
	return store_query_lines(store, sql_quarantine_open, 3, values.value, line, context);
}

void store_quarantine_release(struct quarantine_message *message)
{
	for (size_t i = 0; i < QUARANTINE_FACTS; i++)
		free(message->fact[i]);
	free(message->payload);
	*message = (struct quarantine_message){.payload = NULL};
}

/* false: no memory. */
static bool read_payload(const char *hex, struct quarantine_message *message)
{
	message->payload_size = strlen(hex) / 2;
	message->payload = malloc(message->payload_size + 1);
	if (!message->payload)
		return false;
	for (size_t i = 0; i < message->payload_size; i++)
		message->payload[i] =
			(uint8_t)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
	return true;
}

static bool read_message(const PGresult *result, struct quarantine_message *message)
{
	const char *payload = store_cell(result, 0, PAYLOAD_COLUMN);

	for (int i = 0; i < QUARANTINE_FACTS; i++) {
		const char *cell = store_cell(result, 0, i);

		message->fact[i] = cell ? strdup(cell) : NULL;
		if (cell && !message->fact[i])
			return false;
	}
	return !payload || read_payload(payload, message);
}

int store_quarantine_message(struct store *store, const char *id, struct quarantine_message *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	struct quarantine_message message = {.payload = NULL};
	int r = store_query(store, sql_quarantine_message, 1, &id, &result);

	if (r < 0)
		return r;
	if (PQntuples(result) == 0)
		return store_fail(store, -ENOENT, "there is no message %s in quarantine", id);
	if (!read_message(result, &message)) {
		store_quarantine_release(&message);
		return store_fail(store, -ENOMEM, "out of memory");
	}
	*ret = message;
	return 0;
}

int store_quarantine_acts(struct store *store, const char *id, store_line_fn *line, void *context)
{
	return store_query_lines(store, sql_quarantine_acts, 1, &id, line, context);
}

int store_quarantine_discard(
	struct store *store, const char *ids, const char *reason, bool drop, int64_t *ret)
{
	const char *const params[] = {ids, reason, drop ? "true" : "false"};

	return store_query_int64(store, sql_quarantine_discard, 3, params, ret);
}

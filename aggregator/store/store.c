/* The connection: opening it, waiting on it with a deadline, and what its failures mean. */
#include "aggregator/store/store.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "aggregator/store/private.h"
#include "hubmeter/cleanup.h"

static const char session_settings[] = "SET TIME ZONE 'UTC';"
				       "SET lock_timeout = '5s';"
				       "SET idle_in_transaction_session_timeout = '10s';"
				       "SET default_transaction_isolation = 'read committed';";

static void name_owner(struct store *store)
{
	uint32_t random = 0;
	char host[64] = "";

	(void)gethostname(host, sizeof(host) - 1); /* only a label: empty does no harm */
	(void)getrandom(&random, sizeof(random), GRND_NONBLOCK); /* as above */
	(void)snprintf(store->owner, sizeof(store->owner), "%s/%ld/%08x", host, (long)getpid(),
		random); /* cut to fit: as above */
}

int store_new(
	const char *conninfo, int64_t timeout_usec, const struct clock *clock, struct store **ret)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return -ENOMEM;
	store->timeout_usec = timeout_usec;
	store->clock = clock;
	store->conninfo = strdup(conninfo);
	store->copy = malloc(STORE_COPY_SIZE);
	if (!store->conninfo || !store->copy) {
		store_free(store);
		return -ENOMEM;
	}
	name_owner(store);
	*ret = store;
	return 0;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	store_disconnect(store);
	free(store->conninfo);
	free(store->copy);
	free(store);
}

void store_disconnect(struct store *store)
{
	PQfinish(store->connection);
	store->connection = NULL;
}

bool store_is_connected(const struct store *store)
{
	return store->connection && PQstatus(store->connection) == CONNECTION_OK;
}

const char *store_error(const struct store *store)
{
	return store->error;
}

const char *store_library_version(void)
{
	static char text[16]; /* of a constant: written with the same bytes every time */

	(void)snprintf(text, sizeof(text), "%d.%d", PQlibVersion() / 10000,
		PQlibVersion() % 10000); /* fits */
	return text;
}

void store_set_error(struct store *store, const char *text)
{
	size_t size;

	(void)snprintf(store->error, sizeof(store->error), "%s", text ? text : ""); /* cut to fit */
	size = strcspn(store->error, "\n");
	store->error[size] = '\0';
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/*
 * "no partition of relation found for row" shares its SQLSTATE with a violated CHECK, but names no
 * constraint: somebody dropped a month's table while we ran.
 */
static bool is_missing_month(const PGresult *result, const char *state)
{
	return strcmp(state, "23514") == 0 && !PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
}

/* Months are made again by the next attempt. */
static int forget_months(struct store *store)
{
	store->n_months = 0;
	return -EAGAIN;
}

/* Would the same have worked with fewer rows at once? */
static bool is_too_large(const char *state)
{
	return strcmp(state, "57014") == 0 || /* query_canceled: statement_timeout */
	       strcmp(state, "53200") == 0 || /* out_of_memory */
	       strcmp(state, "53400") == 0 || /* configuration_limit_exceeded: temp_file_limit */
	       starts_with(state, "54");      /* program_limit_exceeded */
}

int store_failure(struct store *store, const PGresult *result)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *severity =
		result ? PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED) : NULL;
	const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	store_set_error(store, primary ? primary : PQerrorMessage(store->connection));
	(void)snprintf(store->state, sizeof(store->state), "%s", state ? state : ""); /* fits */
	if (!store_is_connected(store) || !state || (severity && strcmp(severity, "FATAL") == 0)) {
		store_disconnect(store);
		return -ECONNRESET;
	}
	if (strcmp(state, "HM001") == 0)
		return -ESTALE;
	if (is_missing_month(result, state))
		return forget_months(store);
	if (starts_with(state, "22") || starts_with(state, "23"))
		return -EBADMSG;
	return is_too_large(state) ? -E2BIG : -EAGAIN;
}

/* Wait until the socket can do @events. */
static int wait_for(struct store *store, short events, int64_t deadline_usec)
{
	struct pollfd pollfd = {.fd = PQsocket(store->connection), .events = events};
	int64_t left = deadline_usec - clock_monotonic_usec(store->clock);
	int r;

	if (pollfd.fd < 0 || left <= 0) {
		store_set_error(store, "no answer from the server in time");
		store_disconnect(store);
		return -ECONNRESET;
	}
	r = poll(&pollfd, 1, (int)(left / 1000 + 1));
	if (r < 0 && errno != EINTR) {
		store_set_error(store, strerror(errno));
		store_disconnect(store);
		return -ECONNRESET;
	}
	return 0;
}

static int lost(struct store *store)
{
	store_set_error(store, PQerrorMessage(store->connection));
	store_disconnect(store);
	return -ECONNRESET;
}

int store_send_all(struct store *store)
{
	int64_t deadline = clock_monotonic_usec(store->clock) + store->timeout_usec;
	int r;

	while ((r = PQflush(store->connection)) > 0) {
		/* The server may stop reading until we read what it says. */
		r = wait_for(store, POLLIN | POLLOUT, deadline);
		if (r < 0)
			return r;
		if (!PQconsumeInput(store->connection))
			return lost(store);
	}
	return r < 0 ? lost(store) : 0;
}

int store_next_result(struct store *store, PGresult **ret)
{
	int64_t deadline = clock_monotonic_usec(store->clock) + store->timeout_usec;
	int r;

	r = store_send_all(store);
	if (r < 0)
		return r;
	while (PQisBusy(store->connection)) {
		r = wait_for(store, POLLIN, deadline);
		if (r < 0)
			return r;
		if (!PQconsumeInput(store->connection))
			return lost(store);
	}
	*ret = PQgetResult(store->connection);
	return 0;
}

/* All results of the command that was sent; keeps the last good one. */
static int collect(struct store *store, PGresult **ret)
{
	hm_cleanup(store_clear_result) PGresult *kept = NULL;
	int failed = 0;

	for (;;) {
		hm_cleanup(store_clear_result) PGresult *result = NULL;
		int r = store_next_result(store, &result);

		if (r < 0)
			return r;
		if (!result)
			break;
		if (PQresultStatus(result) != PGRES_COMMAND_OK &&
			PQresultStatus(result) != PGRES_TUPLES_OK) {
			failed = store_failure(store, result);
			if (failed == -ECONNRESET)
				return failed;
			continue;
		}
		PQclear(kept);
		kept = hm_steal(&result);
	}
	if (failed < 0)
		return failed;
	if (ret)
		*ret = hm_steal(&kept);
	return 0;
}

/* What every new session gets: settings and empty tables to stage rows in. */
static int set_up_session(struct store *store)
{
	if (!PQsendQuery(store->connection, session_settings))
		return lost(store);
	if (collect(store, NULL) < 0)
		return -EAGAIN;
	if (!PQsendQuery(store->connection, store_stage_tables))
		return lost(store);
	return collect(store, NULL);
}

/* No connection of ours may send notices to a stream we do not own. */
static void ignore_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

int store_connect(struct store *store)
{
	/* What the conninfo string says wins over what stands before it. */
	const char *const keyword[] = {"fallback_application_name", "connect_timeout",
		"tcp_user_timeout", "dbname", "client_encoding", NULL};
	const char *const value[] = {
		"hubmeter-aggregator", "5", "15000", store->conninfo, "UTF8", NULL};
	int r;

	store_disconnect(store);
	store->n_months = 0; /* a restored database may lack some */
	store->connection = PQconnectdbParams(keyword, value, 1);
	if (!store_is_connected(store)) {
		store_set_error(store,
			store->connection ? PQerrorMessage(store->connection) : "out of memory");
		store_disconnect(store);
		return -EAGAIN;
	}
	(void)PQsetNoticeReceiver(store->connection, ignore_notice, NULL); /* returns the old one */
	if (PQsetnonblocking(store->connection, 1) < 0) {
		store_disconnect(store);
		return -EAGAIN;
	}
	r = set_up_session(store);
	if (r < 0) {
		store_disconnect(store);
		return -EAGAIN;
	}
	return 0;
}

int store_run(struct store *store, const char *sql, int n_values, const char *const *value,
	PGresult **ret)
{
	if (!store_is_connected(store)) {
		store_set_error(store, "not connected");
		return -ECONNRESET;
	}
	if (!PQsendQueryParams(store->connection, sql, n_values, NULL, value, NULL, NULL, 1))
		return lost(store);
	return collect(store, ret);
}

int64_t store_get_i64(const PGresult *result, int row, int column)
{
	const unsigned char *at = (const unsigned char *)PQgetvalue(result, row, column);
	uint64_t value = 0;

	for (int i = 0; i < PQgetlength(result, row, column); i++)
		value = value << 8 | at[i];
	return (int64_t)value;
}

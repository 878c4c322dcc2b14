/*
 * Everything is sent first and waited for with poll(2), so that one deadline bounds each answer
 * whatever libpq's own blocking mode is.
 */
#include "common/postgres/postgres.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hubmeter/cleanup.h"

void postgres_init(struct postgres *postgres, const struct postgres_options *options)
{
	*postgres = (struct postgres){.options = *options};
}

const char *postgres_library_version(void)
{
	static char text[16]; /* of a constant: written with the same bytes every time */

	(void)snprintf(text, sizeof(text), "%d.%d", PQlibVersion() / 10000,
		PQlibVersion() % 10000); /* fits */
	return text;
}

/* libpq's messages have several lines and tabs; a log line and a finding have one. */
static void make_one_line(char *text)
{
	char *out = text;

	for (const char *in = text; *in; in++) {
		char shown = *in;

		if ((unsigned char)shown <= ' ' || shown == 0x7f)
			shown = ' ';
		if (shown == ' ' && (out == text || out[-1] == ' '))
			continue;
		*out++ = shown;
	}
	while (out > text && out[-1] == ' ')
		out--;
	*out = '\0';
}

int postgres_fail(struct postgres *postgres, int r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(
		postgres->error, sizeof(postgres->error), format, arguments); /* cut to fit */
	va_end(arguments);
	make_one_line(postgres->error);
	return r;
}

static int lost(struct postgres *postgres, const char *why)
{
	(void)postgres_fail(postgres, 0, "%s", why);
	postgres->state[0] = postgres->constraint[0] = '\0';
	postgres_disconnect(postgres);
	return -ECONNRESET;
}

static const char *field(const PGresult *result, int code)
{
	const char *text = result ? PQresultErrorField(result, code) : NULL;

	return text ? text : "";
}

int postgres_failure(struct postgres *postgres, const PGresult *result)
{
	const char *message = field(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = field(result, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = field(result, PG_DIAG_MESSAGE_HINT);
	int r;

	if (!message[0])
		return lost(postgres, postgres->connection ? PQerrorMessage(postgres->connection)
							   : "not connected");
	(void)snprintf(postgres->state, sizeof(postgres->state), "%s",
		field(result, PG_DIAG_SQLSTATE)); /* fits; a constraint's name has 63 bytes */
	(void)snprintf(postgres->constraint, sizeof(postgres->constraint), "%s",
		field(result, PG_DIAG_CONSTRAINT_NAME));
	r = postgres_fail(postgres, sqlstate_errno(postgres->state), "%s%s%s%s%s", message,
		detail[0] ? ": " : "", detail, hint[0] ? ": " : "", hint);
	if (r == -ECONNRESET || !postgres_is_connected(postgres) ||
		strcmp(field(result, PG_DIAG_SEVERITY_NONLOCALIZED), "FATAL") == 0) {
		postgres_disconnect(postgres);
		return -ECONNRESET;
	}
	return r;
}

/* Notices go to nobody: standard error is not this room's. */
static void ignore_notice(void *context, const PGresult *result)
{
	(void)context;
	(void)result;
}

int postgres_connect(struct postgres *postgres)
{
	char timeout[16];
	/* What stands before the conninfo gives way to it, what stands behind does not. */
	const char *const keyword[] = {"fallback_application_name", "connect_timeout",
		"tcp_user_timeout", "dbname", "client_encoding", NULL};
	const char *const value[] = {postgres->options.application, timeout,
		postgres->options.timeout_usec ? "15000" : NULL, postgres->options.conninfo, "UTF8",
		NULL};

	(void)snprintf(timeout, sizeof(timeout), "%d", postgres->options.connect_timeout_sec);
	postgres_disconnect(postgres);
	postgres->state[0] = postgres->constraint[0] = '\0';
	postgres->connection = PQconnectdbParams(keyword, value, 1);
	if (!postgres->connection)
		return postgres_fail(postgres, -ENOMEM, "out of memory");
	/* without a deadline libpq may as well wait itself, as in PQexec() */
	if (!postgres_is_connected(postgres) ||
		PQsetnonblocking(postgres->connection, postgres->options.timeout_usec != 0) < 0) {
		(void)lost(postgres, PQerrorMessage(postgres->connection));
		return -ENOTCONN;
	}
	(void)PQsetNoticeReceiver(
		postgres->connection, ignore_notice, NULL); /* returns the old one */
	return 0;
}

void postgres_disconnect(struct postgres *postgres)
{
	PQfinish(postgres->connection);
	postgres->connection = NULL;
}

bool postgres_is_connected(const struct postgres *postgres)
{
	return postgres->connection && PQstatus(postgres->connection) == CONNECTION_OK;
}

static int64_t deadline_of(const struct postgres *postgres)
{
	if (postgres->options.timeout_usec == 0)
		return INT64_MAX;
	return clock_monotonic_usec(postgres->options.clock) + postgres->options.timeout_usec;
}

/* Milliseconds for poll(2): -1 for ever, 0 when it is over. */
static int msec_left(const struct postgres *postgres, int64_t deadline_usec)
{
	int64_t left;

	if (deadline_usec == INT64_MAX)
		return -1;
	left = deadline_usec - clock_monotonic_usec(postgres->options.clock);
	return left <= 0 ? 0 : (int)(left / 1000 + 1);
}

/* Wait until the socket can do @events. */
static int wait_for(struct postgres *postgres, short events, int64_t deadline_usec)
{
	struct pollfd pollfd = {.fd = PQsocket(postgres->connection), .events = events};
	int msec = msec_left(postgres, deadline_usec);

	if (pollfd.fd < 0 || msec == 0)
		return lost(postgres, "no answer from the server in time");
	if (poll(&pollfd, 1, msec) < 0 && errno != EINTR)
		return lost(postgres, strerror(errno));
	return 0;
}

int postgres_send_all(struct postgres *postgres)
{
	int64_t deadline = deadline_of(postgres);
	int r;

	while ((r = PQflush(postgres->connection)) > 0) {
		/* The server may stop reading until we read what it says. */
		r = wait_for(postgres, POLLIN | POLLOUT, deadline);
		if (r < 0)
			return r;
		if (!PQconsumeInput(postgres->connection))
			return postgres_failure(postgres, NULL);
	}
	return r < 0 ? postgres_failure(postgres, NULL) : 0;
}

int postgres_next_result(struct postgres *postgres, PGresult **ret)
{
	int64_t deadline = deadline_of(postgres);
	int r;

	r = postgres_send_all(postgres);
	if (r < 0)
		return r;
	while (PQisBusy(postgres->connection)) {
		r = wait_for(postgres, POLLIN, deadline);
		if (r < 0)
			return r;
		if (!PQconsumeInput(postgres->connection))
			return postgres_failure(postgres, NULL);
	}
	*ret = PQgetResult(postgres->connection);
	return 0;
}

int postgres_finish(struct postgres *postgres, PGresult **ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *kept = NULL;
	int failed = 0;

	for (;;) {
		hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
		int r = postgres_next_result(postgres, &result);

		if (r < 0)
			return r;
		if (!result)
			break;
		if (PQresultStatus(result) != PGRES_COMMAND_OK &&
			PQresultStatus(result) != PGRES_TUPLES_OK) {
			if (failed == 0)
				failed = postgres_failure(postgres, result);
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

int postgres_run(struct postgres *postgres, const char *sql, int n_values, const char *const *value,
	PGresult **ret)
{
	if (!postgres_is_connected(postgres) ||
		!PQsendQueryParams(postgres->connection, sql, n_values, NULL, value, NULL, NULL,
			postgres->options.is_binary))
		return postgres_failure(postgres, NULL);
	return postgres_finish(postgres, ret);
}

int postgres_script(struct postgres *postgres, const char *sql)
{
	if (!postgres_is_connected(postgres) || !PQsendQuery(postgres->connection, sql))
		return postgres_failure(postgres, NULL);
	return postgres_finish(postgres, NULL);
}

int postgres_run_i64(struct postgres *postgres, const char *sql, int n_values,
	const char *const *value, int64_t *ret)
{
	hm_cleanup(postgres_result_clearp) PGresult *result = NULL;
	int r = postgres_run(postgres, sql, n_values, value, &result);

	if (r < 0)
		return r;
	if (PQntuples(result) != 1)
		return postgres_fail(postgres, -EIO, "unexpected answer from the database");
	*ret = postgres_get_i64(result, 0, 0);
	return 0;
}

int64_t postgres_get_i64(const PGresult *result, int row, int column)
{
	const char *text = PQgetvalue(result, row, column);
	int size = PQgetlength(result, row, column);
	uint64_t value = 0;

	if (PQfformat(result, column) == 0)
		return strtoll(text, NULL, 10);
	if (size > 0 && (text[0] & 0x80)) /* smaller than 8 bytes and negative: keep the sign */
		value = UINT64_MAX;
	for (int i = 0; i < size; i++)
		value = value << 8 | (unsigned char)text[i];
	return (int64_t)value;
}

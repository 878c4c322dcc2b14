/* The hub is asked before the database is: a transaction does not wait for somebody else's server.
 */
#include "cli/command/import/import_hub.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command/command.h"
#include "cli/command/import/roster_run.h"
#include "cli/roster/jupyterhub/hub_roster.h"
#include "common/secret.h"
#include "hubmeter/cleanup.h"

static void request_freep(struct request **request)
{
	request_free(*request);
}

static void show_progress(const char *what, uint64_t read, uint64_t total)
{
	(void)fprintf(stderr, "\rhubmeter: %" PRIu64 " of %" PRIu64 " %s%s", read,
		total > read ? total : read, what, total > read ? "" : "\n");
}

static int fail(const char *reason)
{
	return command_failed("ask the hub", reason);
}

static int read_hub(struct hub_roster *hub, const struct config *config, const char *url)
{
	hm_cleanup(request_freep) struct request *request = NULL;
	char token[SECRET_SIZE_MAX];

	if (secret_read(config->token_file, token, hub->rows.error, sizeof(hub->rows.error)) < 0)
		return command_failed("use the token", hub->rows.error);
	request = request_new(token);
	explicit_bzero(token, sizeof(token));
	if (!request)
		return fail("out of memory");
	if (isatty(STDERR_FILENO))
		hub->progress = show_progress;
	if (hub_roster_read(hub, request, url, config->cost_centre_property) < 0)
		return fail(hub->rows.error);
	return EXIT_SUCCESS;
}

static int stage(const struct roster_run *run, const struct hub_rows *rows)
{
	const struct {
		const char *kind;
		const struct buffer *copy;
	} tables[] = {
		{"users", &rows->users}, {"groups", &rows->groups}, {"members", &rows->members}};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (store_roster_copy(run->store, tables[i].kind, tables[i].copy->data,
			    tables[i].copy->size) < 0)
			return roster_run_fail(run);
	}
	return EXIT_SUCCESS;
}

static int settle(struct roster_run *run, const struct hub_rows *rows, const char *url)
{
	char what[96], detail[4096];
	int status = stage(run, rows);

	if (status != EXIT_SUCCESS)
		return status;
	roster_run_is_whole(run, "users");
	roster_run_is_whole(run, "groups");
	roster_run_is_whole(run, "members");
	(void)snprintf(what, sizeof(what), "%" PRIu64 " users, %" PRIu64 " groups", rows->n_users,
		rows->n_groups);
	(void)snprintf(detail, sizeof(detail), "%s roster %s", run->roster.source, url);
	run->what = what;
	run->rows = rows->n_members;
	return roster_run_settle(run, detail);
}

static int import_hub(const struct config *config, struct hub_roster *hub, const char *url)
{
	struct roster_run run;
	int status = read_hub(hub, config, url);

	if (status != EXIT_SUCCESS)
		return status;
	status = roster_run_begin(&run, config, "jupyterhub", false);
	if (status == EXIT_SUCCESS)
		status = settle(&run, &hub->rows, url);
	roster_run_end(&run);
	return status;
}

int import_jupyterhub_run(const struct config *config, char **arguments)
{
	struct hub_roster hub;
	int status = roster_run_check_options(config);

	if (status != EXIT_SUCCESS)
		return status;
	if (!*config->token_file)
		return command_usage_error("--token-file FILE is needed: holds a token of the hub");
	hub_roster_init(&hub);
	status = import_hub(config, &hub, arguments[0]);
	hub_roster_release(&hub);
	return status;
}

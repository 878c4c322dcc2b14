/* What a server may cost is asked of SQL; here it is put into words, for one who asks and for hubs
 * that ask all day. */
#include "cli/command/admission.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/admission/admission.h"
#include "cli/admission/pool.h"
#include "cli/command/command.h"
#include "cli/command/follow.h"
#include "cli/format/amount.h"
#include "cli/session.h"
#include "common/format/table.h"
#include "common/log.h"
#include "common/secret.h"
#include "hubmeter/cleanup.h"

#define EXIT_REFUSED	3
#define CONNECTIONS_MAX 50
#define LOOK_SEC	3600

typedef int parse_fn(const char *text, int64_t *ret);

/* An option that is not given is 0. */
static int read_amount(const char *option, const char *text, parse_fn *parse, int64_t *ret)
{
	if (!*text || parse(text, ret) == 0)
		return 0;
	return command_usage_error("option \"--%s\": \"%s\" is not such a size", option, text);
}

static int read_request(const struct config *config, struct spawn_request *ret)
{
	struct spawn_request request = {.hub = config->hub,
		.username = config->user,
		.server = config->server,
		.class = config->class,
		.tag = config->tag,
		.holds = !config->no_hold};
	int status;

	if (!*config->hub || !*config->user || !*config->hours)
		return command_usage_error("\"can-spawn\" needs --hub NAME, --user NAME, "
					   "--hours N and a size (--cpu, --memory, --gpu)");
	status = read_amount("cpu", config->cpu, amount_parse_milli, &request.cpu_milli);
	if (!status)
		status = read_amount(
			"memory", config->memory, amount_parse_mib, &request.memory_mib);
	if (!status)
		status = read_amount("gpu", config->gpu, amount_parse_milli, &request.gpu_milli);
	if (!status)
		status = read_amount(
			"hours", config->hours, amount_parse_hours, &request.max_seconds);
	*ret = request;
	return status;
}

int can_spawn_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	struct spawn_request request;
	struct table answer;
	int status = read_request(config, &request);

	(void)arguments;
	if (status)
		return status;
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	if (store_can_spawn(store, &request, &answer) < 0)
		return command_failed("ask for the server", store_error(store));
	(void)table_print(&answer, config->table_format, stdout); /* main() asks ferror() */
	status = strcmp(table_cell(&answer, 0, 0), "yes") == 0 ? EXIT_SUCCESS : EXIT_REFUSED;
	table_release(&answer);
	return status;
}

int lien_list_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = session_open(config);
	struct table rows;

	(void)arguments;
	if (!store)
		return EXIT_FAILURE;
	if (store_lien_table(store, config->institution, &rows) < 0)
		return command_failed("list liens", store_error(store));
	command_print_table(config, &rows, "nothing is held for any server");
	table_release(&rows);
	return EXIT_SUCCESS;
}

static int release(
	const struct config *config, struct store *store, const char *number, bool *ret_was_open)
{
	const char *reason = *config->reason ? config->reason : "by hand";

	if (number)
		return store_lien_release(
			store, strtoll(number, NULL, 10), reason, NULL, ret_was_open);
	return store_server_release(
		store, config->hub, config->user, config->server, reason, ret_was_open);
}

int lien_release_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	const char *number = arguments[0];
	bool was_open;

	if (number && arguments[1])
		return command_usage_error("unexpected argument \"%s\"", arguments[1]);
	if (number ? !command_is_number(number) : !*config->hub || !*config->user)
		return command_usage_error(
			"\"lien release\" needs the number of a lien, or --hub NAME and --user NAME");
	store = session_open(config);
	if (!store)
		return EXIT_FAILURE;
	if (release(config, store, number, &was_open) < 0)
		return command_failed("release the lien", store_error(store));
	(void)puts(was_open ? "released" : "it was not open: nothing to release");
	return EXIT_SUCCESS;
}

/* A database that is not there yet, or not ours, is said at once; later it may come and go. */
static bool has_database(const struct config *config)
{
	hm_cleanup(session_closep) struct store *store = session_open(config);

	return store;
}

static int serve(const struct config *config, const char *token)
{
	hm_cleanup(pool_freep) struct pool *pool = pool_new(config->postgres, config->connections);
	hm_cleanup(admission_freep) struct admission *admission = NULL;
	const struct admission_options options = {config->listen, token, config->hub, pool};
	char error[256];

	if (!pool)
		return command_failed("serve admission", "out of memory");
	if (!has_database(config))
		return EXIT_FAILURE;
	follow_begin(); /* before there are threads, which must not get the signals */
	if (admission_start(&options, &admission, error, sizeof(error)) < 0)
		return command_failed("listen", error);
	log_event(LOG_PRIORITY_NOTICE, "admission_listening", "port=%u", admission_port(admission));
	while (!follow_is_ending())
		follow_pause(-1, LOOK_SEC);
	admission_drain(admission);
	log_event(LOG_PRIORITY_NOTICE, "admission_ends", "reason=signal");
	return EXIT_SUCCESS;
}

int admission_run(const struct config *config, char **arguments)
{
	char token[SECRET_SIZE_MAX], reason[512];

	(void)arguments;
	if (!*config->listen || !*config->token_file)
		return command_usage_error(
			"\"admission\" needs --listen ADDRESS:PORT and --token-file FILE");
	if (config->connections < 1 || config->connections > CONNECTIONS_MAX)
		return command_usage_error("option \"--connections\": not between 1 and 50");
	if (secret_read(config->token_file, token, reason, sizeof(reason)) < 0)
		return command_failed("read the token", reason);
	return serve(config, token);
}

/* The table behind --help and the configuration file, and what a hub that starts us tells us. */
#include "dashboard/config.h"

#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/http/http.h"
#include "common/options/arguments.h"
#include "common/secret.h"
#include "dashboard/server/server.h"
#include "dashboard/store/store.h"

#define PROGRAM "hubmeter-dashboard"
#define SEC	1000000LL
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const char *libraries(void)
{
	static char text[128]; /* of constants: written with the same bytes every time */

	(void)snprintf(text, sizeof(text), "%s, %s, %s", server_library(), store_library(),
		http_library()); /* cut to fit */
	return text;
}

static const struct option_descriptor descriptors[] = {
#define OPTION(name_, type_, default_, reloadable_, metavar_, help_)                               \
	{#name_, OPTION_TYPE_##type_, default_, reloadable_, metavar_, help_,                      \
		offsetof(struct config, name_)},
#include "dashboard/options.def"
#undef OPTION
};

/* As JupyterHub sets them for a service that it starts (its manual, "Services"). */
static const struct option_variable variables[] = {
	{"HUBMETER_POSTGRES", "postgres"},
	{"JUPYTERHUB_SERVICE_PREFIX", "prefix"},
	{"JUPYTERHUB_SERVICE_URL", "listen"},
	{"JUPYTERHUB_API_URL", "hub_api_url"},
	{"JUPYTERHUB_CLIENT_ID", "client_id"},
	{"JUPYTERHUB_API_TOKEN", "client_secret"},
};

static const struct option_set options = {
	.program = PROGRAM,
	.summary = "Show what hubmeter knows as web pages, to each what they may see.",
	.synopsis = "[OPTION]...",
	.descriptor = descriptors,
	.count = sizeof(descriptors) / sizeof(descriptors[0]),
	.pairs_offset = SIZE_MAX,
	.libraries = libraries,
	.config_variable = "HUBMETER_DASHBOARD_CONFIG",
	.config_path = "hubmeter/hubmeter-dashboard.conf",
	.variable = variables,
	.n_variables = sizeof(variables) / sizeof(variables[0]),
};

static bool parse_way(const char *name, enum sign_in_way *ret)
{
	static const char *const names[] = {[SIGN_IN_WAY_HUB] = "hub",
		[SIGN_IN_WAY_PROXY] = "proxy",
		[SIGN_IN_WAY_LINK] = "link"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum sign_in_way)i;
			return true;
		}
	}
	return false;
}

/* The hub gives a URL where we want an address: "http://127.0.0.1:9000/". */
static void take_address(char *listen)
{
	static const char scheme[] = "http://";
	size_t size = strlen(listen);

	if (strncmp(listen, scheme, strlen(scheme)) != 0)
		return;
	memmove(listen, listen + strlen(scheme), size - strlen(scheme) + 1);
	listen[strcspn(listen, "/")] = '\0';
}

static void find_local_name(char *name, size_t size)
{
	const struct passwd *user = getpwuid(geteuid());

	if (user)
		(void)snprintf(name, size, "%s", user->pw_name);
	else
		(void)snprintf(name, size, "%u", (unsigned)geteuid());
}

static bool is_prefix(const char *path)
{
	size_t size = strlen(path);

	return size && path[0] == '/' && path[size - 1] == '/' && !strstr(path, "//") &&
	       !strpbrk(path, "?#%\"'<>\\; \t\r\n");
}

/* One that a proxy may add, and not one that browsers fill in as they like. */
static bool may_name_readers(const char *header)
{
	static const char *const of_browsers[] = {
		"Cookie", "Host", "Origin", "Referer", "User-Agent", "Connection"};

	for (size_t i = 0; i < sizeof(of_browsers) / sizeof(of_browsers[0]); i++) {
		if (strcasecmp(header, of_browsers[i]) == 0)
			return false;
	}
	return !header[strspn(header, LETTERS "0123456789-_")];
}

static const char *fault_of_way(const struct config *config)
{
	switch (config->way) {
	case SIGN_IN_WAY_HUB:
		if (!*config->hub_name)
			return "option \"hub_name\": say what usage calls the hub";
		if (!*config->client_secret && !*config->client_secret_file)
			return "option \"client_secret_file\": say where the service's API token is";
		return NULL;
	case SIGN_IN_WAY_PROXY:
		if (!*config->proxy_header || !*config->proxy_from)
			return "option \"proxy_header\", \"proxy_from\": say which header names the "
			       "reader, and from which addresses to believe it";
		if (!may_name_readers(config->proxy_header))
			return "option \"proxy_header\": must be the name of a header that a proxy "
			       "adds, as in X-Forwarded-User";
		return NULL;
	case SIGN_IN_WAY_LINK:
		break;
	}
	return *config->link_file ? NULL : "option \"link_file\": say where to keep the link";
}

/* What is missing or wrong with the values taken together, or NULL. */
static const char *fault(struct config *config)
{
	if (!*config->print && !parse_way(config->sign_in, &config->way))
		return "option \"sign_in\": say who says who is asking: hub, proxy or link";
	if (!is_prefix(config->prefix))
		return "option \"prefix\": must begin and end with a slash, as in /services/hubmeter/";
	if (config->connections < 1 || config->connections > SERVER_WORKERS_MAX)
		return "option \"connections\": must be from 1 to 50";
	if (config->statement_timeout < SEC / 10 || config->statement_timeout > 3600 * SEC)
		return "option \"statement_timeout\": must be from 100ms to 1h";
	if (config->session_time < 60 * SEC || config->session_time > 30 * 86400 * SEC)
		return "option \"session_time\": must be from 1m to 30d";
	return *config->print ? NULL : fault_of_way(config);
}

/* The secret in the file replaces that of the environment. */
static bool read_secret(struct config *config, FILE *err)
{
	char secret[SECRET_SIZE_MAX], error[512];

	if (*config->print || config->way != SIGN_IN_WAY_HUB || !*config->client_secret_file)
		return true;
	if (secret_read(config->client_secret_file, secret, error, sizeof(error)) < 0) {
		(void)fprintf(err, PROGRAM ": cannot read the API token: %s\n", error);
		return false;
	}
	free(config->client_secret);
	config->client_secret = option_check_memory(strdup(secret));
	return true;
}

enum option_action config_parse(struct config *config, int argc, char **argv, FILE *out, FILE *err)
{
	int first = argc;
	enum option_action action = options_parse(&options, config, argc, argv, out, err, &first);

	if (action != OPTION_ACTION_RUN)
		return action;
	take_address(config->listen);
	find_local_name(config->local_name, sizeof(config->local_name));
	action = options_judge(&options, fault(config), first < argc ? argv[first] : NULL, err);
	if (action == OPTION_ACTION_RUN && !read_secret(config, err))
		return OPTION_ACTION_EXIT_USAGE;
	return action;
}

void config_release(struct config *config)
{
	options_release(&options, config);
}

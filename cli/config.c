/* Which options there are, where they may come from and which of their values make sense. */
#include "cli/config.h"

#include <stddef.h>
#include <string.h>

#include "cli/admission/admission.h"
#include "cli/broker/broker.h"
#include "cli/format/csv_input.h"
#include "cli/roster/archive.h"
#include "cli/roster/jupyterhub/page.h"
#include "cli/store/store.h"
#include "cli/webhook/signature.h"
#include "common/http/http.h"
#include "hubmeter/version.h"

#define PARTITIONS_MAX	1000
#define REPLICATION_MAX 100

static const struct option_descriptor descriptors[] = {
#define OPTION(name_, type_, default_, reloadable_, metavar_, help_)                               \
	{.name = #name_,                                                                           \
		.type = OPTION_TYPE_##type_,                                                       \
		.default_value = default_,                                                         \
		.reloadable = reloadable_,                                                         \
		.metavar = metavar_,                                                               \
		.help = help_,                                                                     \
		.offset = offsetof(struct config, name_)},
#include "cli/options.def"
#undef OPTION
};

static const char *libraries(void)
{
	static char text[320];

	(void)snprintf(text, sizeof(text), "%s, %s, %s, %s, %s, %s, %s, %s", store_library(),
		broker_library(), csv_input_library(), roster_archive_library(), http_library(),
		hub_page_library(), signature_library(), admission_library());
	return text;
}

static const struct option_variable variables[] = {
	{"HUBMETER_POSTGRES", "postgres"},
	{"HUBMETER_KAFKA_BOOTSTRAP_SERVERS", "kafka.bootstrap.servers"},
};

static const struct option_set set = {
	.program = "hubmeter",
	.summary = "Set up, feed, rate and report on metered usage.",
	.synopsis = "COMMAND [ARGUMENT]... [OPTION]...",
	.descriptor = descriptors,
	.count = sizeof(descriptors) / sizeof(descriptors[0]),
	.pairs_offset = offsetof(struct config, kafka),
	.libraries = libraries,
	.config_variable = "HUBMETER_CONFIG",
	.config_path = "hubmeter/hubmeter.conf",
	.variable = variables,
	.n_variables = sizeof(variables) / sizeof(variables[0]),
};

static enum option_action refuse(
	FILE *err, const char *option, const char *value, const char *reason)
{
	(void)fprintf(err, "hubmeter: option \"--%s\": \"%s\": %s\nTry 'hubmeter --help'.\n",
		option, value, reason);
	return OPTION_ACTION_EXIT_USAGE;
}

/* The value of option @name when argv[@i] is that option, else NULL. */
static const char *option_value(int argc, char **argv, int i, const char *name)
{
	size_t size = strlen(name);

	if (strncmp(argv[i], name, size) != 0)
		return NULL;
	if (argv[i][size] == '=')
		return argv[i] + size + 1;
	if (argv[i][size] == '\0' && i + 1 < argc)
		return argv[i + 1];
	return NULL;
}

/* Secrets that have an option of their own are refused by the parser; this one hides in a value. */
static enum option_action check_secrets(int argc, char **argv, FILE *err)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *conninfo = option_value(argc, argv, i, "--postgres");

		if (!conninfo || !store_conninfo_has_password(conninfo))
			continue;
		(void)fprintf(err,
			"hubmeter: option \"--postgres\": everybody can read an argument: put the "
			"password into the --config file or into PGPASSFILE\n"
			"Try 'hubmeter --help'.\n");
		return OPTION_ACTION_EXIT_USAGE;
	}
	return OPTION_ACTION_RUN;
}

static enum option_action check(struct config *config, FILE *err)
{
	if (!table_format_parse(config->format, &config->table_format))
		return refuse(err, "format", config->format, "not table, csv or json");
	if (config->raw && config->table_format == TABLE_FORMAT_CSV)
		config->table_format = TABLE_FORMAT_RAW_CSV;
	if (config->partitions < 1 || config->partitions > PARTITIONS_MAX)
		return refuse(err, "partitions", "", "not between 1 and 1000");
	if (config->replication > REPLICATION_MAX)
		return refuse(err, "replication", "", "not between 0 and 100");
	if (config->retention < 0 || (config->retention > 0 && config->retention < 1000))
		return refuse(err, "retention", "", "not 0 and not a millisecond or longer");
	if (config->silent_after <= 0)
		return refuse(err, "silent-after", "", "not longer than 0");
	return OPTION_ACTION_RUN;
}

enum option_action config_parse(
	struct config *config, int argc, char **argv, FILE *out, FILE *err, int *ret_first_word)
{
	enum option_action action = check_secrets(argc, argv, err);

	if (action != OPTION_ACTION_RUN)
		return action;
	action = options_parse(&set, config, argc, argv, out, err, ret_first_word);
	if (action != OPTION_ACTION_RUN)
		return action;
	return check(config, err);
}

void config_release(struct config *config)
{
	options_release(&set, config);
}

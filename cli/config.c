/*
 * Why: one place knows which options exist and which of their values make sense.
 */
#include "cli/config.h"

#include <stddef.h>
#include <string.h>

#include "cli/broker.h"
#include "cli/format/csv_input.h"
#include "cli/store/store.h"
#include "hubmeter/version.h"

#define PARTITIONS_MAX 1000

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
	static char text[128];

	(void)snprintf(text, sizeof(text), "%s, %s, %s", store_library(), broker_library(),
		csv_input_library());
	return text;
}

static const struct option_set set = {
	.program = "hubmeter",
	.summary = "Set up, feed, rate and report on metered usage.",
	.synopsis = "COMMAND [ARGUMENT]... [OPTION]...",
	.descriptor = descriptors,
	.count = sizeof(descriptors) / sizeof(descriptors[0]),
	.pairs_offset = offsetof(struct config, kafka),
	.libraries = libraries,
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

static bool is_secret(int argc, char **argv, int i)
{
	static const char *const kafka_secret[] = {
		"password", "secret", "ssl.key.pem", "jaas.config"};
	const char *conninfo = option_value(argc, argv, i, "--postgres");
	size_t name_size = strcspn(argv[i], "=");

	if (conninfo)
		return store_conninfo_has_password(conninfo);
	if (strncmp(argv[i], "--kafka.", 8) != 0)
		return false;
	for (size_t k = 0; k < sizeof(kafka_secret) / sizeof(kafka_secret[0]); k++) {
		const char *found = strstr(argv[i], kafka_secret[k]);

		if (found && found < argv[i] + name_size)
			return true;
	}
	return false;
}

static enum option_action check_secrets(int argc, char **argv, FILE *err)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!is_secret(argc, argv, i))
			continue;
		(void)fprintf(err,
			"hubmeter: option \"%.*s\": a password in an argument can be read by every "
			"user "
			"of this machine: put it into a file (--config FILE, or PGPASSFILE)\n"
			"Try 'hubmeter --help'.\n",
			(int)strcspn(argv[i], "="), argv[i]);
		return OPTION_ACTION_EXIT_USAGE;
	}
	return OPTION_ACTION_RUN;
}

static enum option_action check(struct config *config, FILE *err)
{
	if (!table_format_parse(config->format, &config->table_format))
		return refuse(err, "format", config->format, "not table, csv or json");
	if (config->partitions < 1 || config->partitions > PARTITIONS_MAX)
		return refuse(err, "partitions", "", "not between 1 and 1000");
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

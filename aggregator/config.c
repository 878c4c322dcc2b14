/* The table behind --help and the configuration file. */
#include "aggregator/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "aggregator/consume.h"
#include "aggregator/retry/retry.h"
#include "aggregator/store/store.h"
#include "common/kafka/servers.h"

#define PROGRAM		 "hubmeter-aggregator"
#define MIN_FLUSH_MEMORY (8u << 20)

static const char *libraries(void)
{
	static char text[64]; /* of constants: written with the same bytes every time */

	(void)snprintf(text, sizeof(text), "librdkafka %s, libpq %s", consume_library_version(),
		store_library_version()); /* cut to fit */
	return text;
}

static const struct option_descriptor descriptors[] = {
#define OPTION(name_, type_, default_, reloadable_, metavar_, help_)                               \
	{#name_, OPTION_TYPE_##type_, default_, reloadable_, metavar_, help_,                      \
		offsetof(struct config, name_)},
#include "aggregator/options.def"
#undef OPTION
};

static const struct option_variable variables[] = {{"HUBMETER_POSTGRES", "postgres"}};

static const struct option_set options = {
	.program = PROGRAM,
	.summary = "Add up usage from Kafka in PostgreSQL, exactly once.",
	.synopsis = "[OPTION]...",
	.descriptor = descriptors,
	.count = sizeof(descriptors) / sizeof(descriptors[0]),
	.pairs_offset = offsetof(struct config, kafka),
	.libraries = libraries,
	.variable = variables,
	.n_variables = sizeof(variables) / sizeof(variables[0]),
};

/* Where libpq itself would look for a server or a database. */
static bool environment_names_postgres(void)
{
	static const char *const names[] = {
		"PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGPORT"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (getenv(names[i]))
			return true;
	return false;
}

/* What is missing or wrong with the values taken together, or NULL. */
static const char *fault(const struct config *config)
{
	if (config->retry_quarantine[0] == '\0' && !kafka_has_servers(&config->kafka))
		return "option \"kafka.bootstrap.servers\": no broker is named: set it to HOST:PORT,...";
	if (config->postgres[0] == '\0' && !environment_names_postgres())
		return "option \"postgres\": no database is named, nor does PGHOST, PGSERVICE, ... in "
		       "the environment: set it to host=... dbname=hubmeter user=...";
	if (config->flush_memory < MIN_FLUSH_MEMORY)
		return "option \"flush_memory\": must be at least 8MiB";
	if (config->flush_keys == 0)
		return "option \"flush_keys\": must be at least 1";
	if (config->flush_interval <= 0)
		return "option \"flush_interval\": must be longer than 0";
	if (config->postgres_timeout <= 0)
		return "option \"postgres_timeout\": must be longer than 0";
	if (config->leave_timeout < 1000000)
		return "option \"leave_timeout\": must be at least 1s";
	if (config->stats_interval <= 0)
		return "option \"stats_interval\": must be longer than 0";
	if (retry_fault(config))
		return retry_fault(config);
	if (config->group_id[0] == '\0')
		return "option \"group_id\": must not be empty";
	return NULL;
}

enum option_action config_parse(struct config *config, int argc, char **argv, FILE *out, FILE *err)
{
	int first = argc;
	enum option_action action = options_parse(&options, config, argc, argv, out, err, &first);

	if (action != OPTION_ACTION_RUN)
		return action;
	return options_judge(&options, fault(config), first < argc ? argv[first] : NULL, err);
}

static enum option_action parse_again(void *config, int argc, char **argv, FILE *out, FILE *err)
{
	return config_parse(config, argc, argv, out, err);
}

int config_reread(struct config *config, int argc, char **argv)
{
	const struct option_reading reading = {parse_again, argc, argv};
	struct config fresh = {0};

	return options_reread(&options, &reading, config, &fresh);
}

void config_release(struct config *config)
{
	options_release(&options, config);
}

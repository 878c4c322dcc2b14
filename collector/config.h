/*
 * The options of hubmeter-collector, parsed and checked.
 *
 * Life cycle: a zeroed struct config -> config_parse() -> config_reread()* -> config_release().
 */
#ifndef COLLECTOR_CONFIG_H
#define COLLECTOR_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/options/options.h"

struct config {
#define OPTION(name, type, ...) OPTION_FIELD_##type(name)
#include "collector/options.def"
#undef OPTION
	struct option_pairs kafka;
};

/*
 * As options_parse(), and the values make sense together. @libraries says what --version adds;
 * NULL: nothing.
 */
enum option_action config_parse(struct config *config, int argc, char **argv,
	const char *(*libraries)(void), FILE *out, FILE *err);
void config_release(struct config *config);

/* As options_reread(): @argv as config_parse() left it. */
int config_reread(struct config *config, int argc, char **argv);

/* What a host name or a pod name may be: [A-Za-z0-9][A-Za-z0-9._:-]{0,252} */
bool config_node_is_valid(const char *node);

#endif

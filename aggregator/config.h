/*
 * The settings of hubmeter-aggregator: options.def as a struct.
 *
 * Life cycle: zeroed -> config_parse() -> config_reread()* -> config_release(). The struct owns its
 * texts.
 */
#ifndef AGGREGATOR_CONFIG_H
#define AGGREGATOR_CONFIG_H

#include <stdio.h>

#include "common/options/options.h"

struct config {
#define OPTION(name, type, ...) OPTION_FIELD_##type(name)
#include "aggregator/options.def"
#undef OPTION
	struct option_pairs kafka;
};

/* As options_parse(); also refuses words and values that make no sense. */
enum option_action config_parse(struct config *config, int argc, char **argv, FILE *out, FILE *err);

/* As options_reread(): @argv as config_parse() left it. Nobody may borrow a text of it. */
int config_reread(struct config *config, int argc, char **argv);

void config_release(struct config *config);

#endif

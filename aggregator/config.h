/*
 * The settings of hubmeter-aggregator: options.def as a struct.
 *
 * Life cycle: zeroed -> config_parse() -> config_release(). The struct owns its texts.
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

void config_release(struct config *config);

#endif

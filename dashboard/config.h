/*
 * The settings of hubmeter-dashboard: options.def as a struct, checked.
 *
 * Life cycle: zeroed -> config_parse() -> config_release(). The struct owns its texts.
 */
#ifndef DASHBOARD_CONFIG_H
#define DASHBOARD_CONFIG_H

#include <stdio.h>

#include "common/options/options.h"
#include "dashboard/sign_in/sign_in.h"

struct config {
#define OPTION(name, type, ...) OPTION_FIELD_##type(name)
#include "dashboard/options.def"
#undef OPTION

	enum sign_in_way way; /* what `sign_in` says */
	char local_name[64];  /* of whoever runs this: the user's name, or number */
};

/* As options_parse(); also refuses words and values that make no sense. */
enum option_action config_parse(struct config *config, int argc, char **argv, FILE *out, FILE *err);

void config_release(struct config *config);

#endif

/*
 * What the user asked for: options of options.def, checked, and kafka.* settings as they are.
 *
 * Life cycle: config_parse() -> use -> config_release(), whatever config_parse() returned.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdio.h>

#include "common/format/table.h"
#include "common/options/options.h"

struct config {
#define OPTION(name, type, ...) OPTION_FIELD_##type(name)
#include "cli/options.def"
#undef OPTION
	struct option_pairs kafka;

	enum table_format table_format; /* what `format` says */
};

/*
 * Parse and check @argv into the zeroed *@config. As options_parse(), and refuses a secret in
 * @argv: every user of the machine could read it there.
 */
enum option_action config_parse(
	struct config *config, int argc, char **argv, FILE *out, FILE *err, int *ret_first_word);

void config_release(struct config *config);

#endif

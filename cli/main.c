/*
 * hubmeter: set up, feed, rate and report. Wires options to commands; see command.c for what
 * there is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command.h"
#include "cli/config.h"

/* Output that did not arrive is a failure: a full disk must not look like a short report. */
static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	(void)fprintf(stderr, "hubmeter: cannot write standard output: %s\n", strerror(errno));
	return status ? status : EXIT_FAILURE;
}

static int run(struct config *config, int argc, char **argv)
{
	int first = argc;
	struct words words;

	switch (config_parse(config, argc, argv, stdout, stderr, &first)) {
	case OPTION_ACTION_EXIT_OK:
		return EXIT_SUCCESS;
	case OPTION_ACTION_EXIT_USAGE:
		return EXIT_USAGE;
	case OPTION_ACTION_RUN:
		break;
	}
	words = (struct words){.word = argv + first, .count = argc - first};
	return command_run(config, &words);
}

int main(int argc, char **argv)
{
	struct config config = {0};
	int status;

	if (command_help(argc, argv, stdout))
		return finish(EXIT_SUCCESS);
	status = run(&config, argc, argv);
	config_release(&config);
	return finish(status);
}

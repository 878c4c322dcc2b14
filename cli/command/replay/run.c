/* Programs of ours that a replay is made with: the one that migrates is this one. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command/command.h"
#include "cli/command/replay/private.h"
#include "cli/program/program.h"
#include "hubmeter/cleanup.h"

#define AGGREGATOR "hubmeter-aggregator"
#define WORDS_MAX  10

int passing_file_open(struct passing_file *ret)
{
	const char *directory = getenv("TMPDIR");
	int fd;

	if (snprintf(ret->path, sizeof(ret->path), "%s/hubmeter-replay-XXXXXX",
		    directory && *directory ? directory : "/tmp") >= (int)sizeof(ret->path))
		return -ENAMETOOLONG;
	fd = mkostemp(ret->path, O_CLOEXEC); /* only we may read it */
	ret->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (fd < 0)
		ret->path[0] = '\0';
	return ret->file ? 0 : -errno;
}

int passing_file_close(struct passing_file *file)
{
	FILE *closing = hm_steal(&file->file);

	return fclose(closing) == 0 ? 0 : -EIO;
}

void passing_file_release(struct passing_file *file)
{
	if (file->file)
		(void)fclose(file->file); /* it is not used */
	if (*file->path)
		(void)unlink(file->path); /* what is left of it tells nothing but settings */
	*file = (struct passing_file){.file = NULL};
}

/* What it needs to find Kafka: secrets among it, so no argument. */
static int write_settings(const struct config *config, struct passing_file *file)
{
	int r = passing_file_open(file);

	if (r < 0)
		return r;
	for (size_t i = 0; i < config->kafka.count; i++)
		(void)fprintf(file->file, "kafka.%s = %s\n", config->kafka.pair[i].name,
			config->kafka.pair[i].value); /* closing tells */
	return passing_file_close(file);
}

static int run(const char *name, const char *conninfo, char *const *words)
{
	char path[PATH_MAX];
	int status = EXIT_FAILURE;
	int r = 0;

	if (setenv("HUBMETER_POSTGRES", conninfo, 1) < 0)
		r = -errno;
	if (r == 0)
		r = program_run(program_find(name, path), words, NULL, NULL, &status);
	if (r == -ENOENT)
		return command_failed("replay",
			"the program " AGGREGATOR
			" reads it, and is neither beside this one nor in "
			"the PATH: install it here, or do it where it runs");
	return r < 0 ? command_failed("replay", strerror(-r)) : status;
}

int replay_migrate(const struct config *config, const char *conninfo)
{
	static char name[] = "hubmeter";
	static char act[] = "migrate";
	static char option[] = "--sql-dir";
	char *const words[] = {name, act, option, config->sql_dir, NULL};
	const int status = run(name, conninfo, words);

	return status == EXIT_SUCCESS ? status
				      : command_failed("replay", "the new database has no schema");
}

static int read_with(
	const struct config *config, const char *conninfo, const char *until, const char *settings)
{
	static char name[] = AGGREGATOR;
	static char end[] = "--exit-when-caught-up";
	char config_word[PATH_MAX + 16], until_word[PATH_MAX + 16], age_word[40];
	char group_word[200];
	char *words[WORDS_MAX] = {name, config_word, end, until_word, group_word};

	(void)snprintf(config_word, sizeof(config_word), "--config=%s", settings);
	(void)snprintf(until_word, sizeof(until_word), "--read-until=%s", until);
	(void)snprintf(group_word, sizeof(group_word), "--group-id=hubmeter-replay-%.150s",
		config->into_new);
	(void)snprintf(age_word, sizeof(age_word), "--max-age=%" PRId64 "ms",
		config->max_age / 1000); /* all fit */
	if (config->max_age > 0)
		words[5] = age_word;
	return run(name, conninfo, words);
}

int replay_read(const struct config *config, const char *conninfo, const char *until)
{
	hm_cleanup(passing_file_release) struct passing_file settings = {.file = NULL};
	const char *path = config->aggregator_config;
	int status, r;

	if (!*path) {
		r = write_settings(config, &settings);
		if (r < 0)
			return command_failed("replay", strerror(-r));
		path = settings.path;
	}
	status = read_with(config, conninfo, until, path);
	return status == EXIT_SUCCESS ? status
				      : command_failed("replay", AGGREGATOR
						" did not read all of it: it has said why");
}

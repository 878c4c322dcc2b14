/*
 * Whatever stands in a configuration file, it is refused in words, or makes sense and says the same
 * when it is read back from what --dump-config prints of it.
 *
 * Built and run as fuzz_wire.c, with tests/fuzz/corpus/config; that corpus is replayed by the tests
 * of the configuration.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collector/config.h"
#include "common/topic_name.h"

#define PATH_SIZE  64
#define TEXT_SIZE  65536
#define ERROR_SIZE 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file without a name, kept from input to input. */
struct file {
	int fd;
	char path[PATH_SIZE];
};

static void must(int holds)
{
	if (!holds)
		abort();
}

static void file_write(struct file *file, const void *data, size_t size)
{
	if (*file->path == '\0') {
		file->fd = memfd_create("config", MFD_CLOEXEC);
		must(file->fd >= 0);
		(void)snprintf(
			file->path, sizeof(file->path), "/proc/self/fd/%d", file->fd); /* fits */
	}
	must(ftruncate(file->fd, 0) == 0);
	must(pwrite(file->fd, data, size, 0) == (ssize_t)size);
}

/* What the program makes of @file; @out and @err: what it prints. */
static enum option_action parse_file(const struct file *file, const char *option,
	struct config *config, char out[TEXT_SIZE], char err[ERROR_SIZE])
{
	char program[] = "hubmeter-collector", named[PATH_SIZE + 16], asked[32];
	char *argv[] = {program, named, asked, NULL};
	FILE *to = fmemopen(out, TEXT_SIZE, "w"), *complaint = fmemopen(err, ERROR_SIZE, "w");
	enum option_action action;

	must(to != NULL && complaint != NULL);
	(void)snprintf(named, sizeof(named), "--config=%s", file->path); /* fits */
	(void)snprintf(asked, sizeof(asked), "%s", option);		 /* fits */
	*config = (struct config){.hub = NULL};
	*out = *err = '\0';
	action = config_parse(config, *option ? 3 : 2, argv, NULL, to, complaint);
	must(fclose(to) == 0 && fclose(complaint) == 0);
	return action;
}

static void makes_sense(const struct config *config)
{
	must(*config->dump_spool || *config->replay || config->explain ||
		hub_name_valid(config->hub));
	must(*config->dump_spool || config_node_is_valid(config->node));
	must(*config->dump_spool || config->spool_max_size / 4 >= config->spool_segment_size);
	must(*config->dump_spool || config->publish_interval >= config->sample_interval);
	must(*config->dump_spool || config->sample_interval > 0);
	for (size_t i = 0; i < config->kafka.count; i++)
		must(*config->kafka.pair[i].name && config->kafka.pair[i].value);
}

/* Where each value came from is said in lines of its own, and is another file the second time. */
static void drop_origins(char *text)
{
	char *to = text;

	while (*text) {
		size_t size = strcspn(text, "\n") + 1;

		if (*text != '#') {
			memmove(to, text, size);
			to += size;
		}
		text += size;
	}
	*to = '\0';
}

static void says_the_same(struct file *file)
{
	static struct file dumped;
	static char first[TEXT_SIZE], second[TEXT_SIZE], err[ERROR_SIZE];
	struct config config;

	if (parse_file(file, "--dump-config", &config, first, err) != OPTION_ACTION_EXIT_OK)
		abort();
	drop_origins(first);
	if (strstr(first, "***")) /* what is kept secret can't be read back */
		return;
	file_write(&dumped, first, strlen(first));
	if (parse_file(&dumped, "--dump-config", &config, second, err) != OPTION_ACTION_EXIT_OK)
		abort();
	drop_origins(second);
	must(strcmp(first, second) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct file file;
	static char out[TEXT_SIZE], err[ERROR_SIZE];
	struct config config;
	enum option_action action;

	if (size > TEXT_SIZE / 8)
		return 0;
	file_write(&file, data, size);
	action = parse_file(&file, "", &config, out, err);
	must(action != OPTION_ACTION_EXIT_OK && *out == '\0');
	must((action == OPTION_ACTION_RUN) == (*err == '\0'));
	if (action == OPTION_ACTION_EXIT_USAGE)
		return 0;
	makes_sense(&config);
	config_release(&config);
	says_the_same(&file);
	return 0;
}

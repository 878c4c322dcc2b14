/*
 * A file that was asked for is read or refused; one in a default place is read only if it is there.
 */
#include "common/options/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/options/arguments.h"
#include "hubmeter/cleanup.h"

static char *join(const char *directory, const char *below, const char *name)
{
	char *path;
	int r = asprintf(&path, "%s%s/%s", directory, below, name);

	return option_check_memory(r < 0 ? NULL : path);
}

static const char *variable(const char *name)
{
	const char *value = name ? getenv(name) : NULL;

	return value && *value ? value : NULL;
}

/* In the user's own directory; NULL: the environment names none. The caller frees. */
static char *user_path(const struct option_set *set)
{
	const char *config_home = variable("XDG_CONFIG_HOME");
	const char *home = variable("HOME");

	if (config_home && *config_home == '/') /* the specification ignores relative ones */
		return join(config_home, "", set->config_path);
	return home ? join(home, "/.config", set->config_path) : NULL;
}

static char *system_path(const struct option_set *set)
{
	return join("/etc", "", set->config_path);
}

void option_file_find(const struct option_set *set, const char *argument, struct option_file *ret)
{
	const char *named = argument ? argument : variable(set->config_variable);
	hm_cleanup(hm_freep) char *path = NULL;

	if (named) {
		ret->path = option_check_memory(strdup(named));
		ret->named_by = argument ? "--config" : set->config_variable;
		return;
	}
	if (!set->config_path)
		return;
	path = user_path(set);
	if (!path || access(path, F_OK) < 0) {
		free(path);
		path = system_path(set);
	}
	if (access(path, F_OK) < 0)
		return;
	ret->path = hm_steal(&path);
	ret->named_by = "default place";
}

void option_file_print(const struct option_set *set, const struct option_file *file, FILE *out)
{
	hm_cleanup(hm_freep) char *user = NULL;
	hm_cleanup(hm_freep) char *system = NULL;

	if (file->path) {
		fprintf(out, "# configuration file %s (%s)\n\n", file->path, file->named_by);
		return;
	}
	if (!set->config_path) {
		fputs("# no configuration file\n\n", out);
		return;
	}
	user = user_path(set);
	system = system_path(set);
	fprintf(out,
		"# no configuration file: neither --config nor %s names one, and neither %s "
		"nor %s exists\n\n",
		set->config_variable, user ? user : "~/.config", system);
}

void option_file_release(struct option_file *file)
{
	free(file->path);
	*file = (struct option_file){0};
}

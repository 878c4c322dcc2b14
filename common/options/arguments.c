/*
 * The grammar of the command line: --name=value, --name value, --flag, -- and words.
 */
#include "common/options/arguments.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/options/print.h"
#include "hubmeter/cleanup.h"

static const char *const builtin_names[] = {"config", "dump_config", "help", "version"};

void *option_check_memory(void *pointer)
{
	if (!pointer)
		abort();
	return pointer;
}

int option_refuse(const struct option_parser *p, const char *name, const char *format, ...)
{
	va_list arguments;

	if (p->file)
		fprintf(p->err, "%s:%zu: ", p->file, p->line);
	else
		fprintf(p->err, "%s: ", p->set->program);
	if (p->variable)
		fprintf(p->err, "environment variable \"%s\": ", p->variable);
	if (name)
		fprintf(p->err, "option \"%s\": ", name);
	va_start(arguments, format);
	vfprintf(p->err, format, arguments);
	va_end(arguments);
	fputc('\n', p->err);
	return -EINVAL;
}

const struct option_descriptor *option_find(const struct option_set *set, const char *name)
{
	size_t i;

	for (i = 0; i < set->count; i++) {
		if (strcmp(set->descriptor[i].name, name) == 0)
			return &set->descriptor[i];
	}
	return NULL;
}

const char *option_pair_name(const struct option_set *set, const char *name)
{
	static const char prefix[] = "kafka.";

	if (set->pairs_offset == SIZE_MAX || strncmp(name, prefix, strlen(prefix)) != 0)
		return NULL;
	name += strlen(prefix);
	return *name ? name : NULL;
}

static enum option_builtin find_builtin(const char *name)
{
	enum option_builtin i = OPTION_BUILTIN_CONFIG;

	while (i < OPTION_BUILTIN_NONE && strcmp(builtin_names[i], name) != 0)
		i++;
	return i;
}

/* "--sample-interval" of @length bytes to "sample_interval"; kafka.* keep their dashes. */
static bool canonical_name(const char *typed, size_t length, char ret[OPTION_NAME_SIZE])
{
	bool is_pair = strncmp(typed, "--kafka.", strlen("--kafka.")) == 0;
	size_t i;

	if (length < 3 || length - 2 >= OPTION_NAME_SIZE || strncmp(typed, "--", 2) != 0)
		return false;
	for (i = 2; i < length; i++) {
		ret[i - 2] = typed[i];
		if (typed[i] == '-' && !is_pair)
			ret[i - 2] = '_';
	}
	ret[length - 2] = '\0';
	return true;
}

int option_read_argument(
	const struct option_parser *p, int argc, char **argv, int *at, struct option_argument *ret)
{
	const char *typed = argv[*at];
	size_t length = strcspn(typed, "=");
	hm_cleanup(hm_freep) char *shown = option_check_memory(strndup(typed, length));
	const struct option_descriptor *d = NULL;
	struct option_argument a = {.builtin = OPTION_BUILTIN_NONE};
	bool is_flag;

	if (!canonical_name(typed, length, a.name))
		return option_refuse(p, shown, "unknown option");
	a.builtin = find_builtin(a.name);
	if (a.builtin == OPTION_BUILTIN_NONE)
		d = option_find(p->set, a.name);
	if (a.builtin == OPTION_BUILTIN_NONE && !d && !option_pair_name(p->set, a.name))
		return option_refuse(p, shown, "unknown option");
	if (option_is_secret(a.name))
		return option_refuse(
			p, shown, "everybody can read an argument: put it into the --config file");

	is_flag = d ? d->type == OPTION_TYPE_BOOL
		    : a.builtin != OPTION_BUILTIN_CONFIG && a.builtin != OPTION_BUILTIN_NONE;
	if (typed[length] == '=' && is_flag && !d)
		return option_refuse(p, shown, "takes no value");
	if (typed[length] == '=')
		a.value = typed + length + 1;
	else if (!is_flag && *at + 1 >= argc)
		return option_refuse(p, shown, "needs a value");
	else if (!is_flag)
		a.value = argv[++*at];

	*ret = a;
	return 0;
}

static bool is_word(const char *text)
{
	return text[0] != '-' || text[1] == '\0'; /* a lone - means standard input */
}

int option_survey_arguments(
	const struct option_parser *p, int argc, char **argv, struct option_survey *ret)
{
	bool only_words = false;
	struct option_argument a;
	int i, r;

	for (i = 1; i < argc && !ret->help && !ret->version; i++) {
		if (only_words || is_word(argv[i])) {
			ret->is_word[i] = true;
			ret->n_words++;
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			only_words = true;
			continue;
		}
		r = option_read_argument(p, argc, argv, &i, &a);
		if (r < 0)
			return r;
		if (a.builtin == OPTION_BUILTIN_CONFIG)
			ret->config = a.value;
		ret->dump |= a.builtin == OPTION_BUILTIN_DUMP_CONFIG;
		ret->help |= a.builtin == OPTION_BUILTIN_HELP;
		ret->version |= a.builtin == OPTION_BUILTIN_VERSION;
	}
	return 0;
}

int option_partition_words(int argc, char **argv, const struct option_survey *survey)
{
	hm_cleanup(hm_freep) char **copy =
		option_check_memory(calloc((size_t)argc + 1, sizeof(*copy)));
	int option = 1, first_word = argc - survey->n_words, word = first_word, i;

	memcpy(copy, argv, (size_t)argc * sizeof(*copy));
	for (i = 1; i < argc; i++) {
		if (survey->is_word[i])
			argv[word++] = copy[i];
		else
			argv[option++] = copy[i];
	}
	return first_word;
}

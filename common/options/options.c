/*
 * One parser for all programs, so that a wrong option is refused the same way everywhere. The
 * command line is walked twice: first to check it and find --config, then, behind the file's
 * values, to apply it. Runs at start-up only: out of memory aborts.
 */
#include "common/options/options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/options/arguments.h"
#include "common/options/print.h"
#include "common/options/value.h"
#include "hubmeter/cleanup.h"

static char *copy_text(const char *text)
{
	return option_check_memory(strdup(text));
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text))
			return true;
	}
	return false;
}

/* @value without the blanks around it. The caller frees. */
static char *trimmed(const char *value)
{
	size_t length;

	while (isspace((unsigned char)*value))
		value++;
	length = strlen(value);
	while (length > 0 && isspace((unsigned char)value[length - 1]))
		length--;
	return option_check_memory(strndup(value, length));
}

static int store_value(const struct option_descriptor *d, const char *value, void *field)
{
	char *text;

	switch (d->type) {
	case OPTION_TYPE_TEXT:
		text = copy_text(value);
		free(*(char **)field);
		*(char **)field = text;
		return 0;
	case OPTION_TYPE_UINT:
		return option_parse_uint(value, field);
	case OPTION_TYPE_BOOL:
		return option_parse_bool(value, field);
	case OPTION_TYPE_DURATION:
		return option_parse_duration(value, field);
	case OPTION_TYPE_SIZE:
		return option_parse_size(value, field);
	}
	assert(!"an option type nobody defined");
	return -EINVAL;
}

static const char *expected_value(enum option_type type)
{
	switch (type) {
	case OPTION_TYPE_UINT:
		return "a whole number";
	case OPTION_TYPE_BOOL:
		return "yes or no";
	case OPTION_TYPE_DURATION:
		return "a duration such as 250ms, 10s, 5m, 2h or 30d";
	case OPTION_TYPE_SIZE:
		return "a size such as 4096, 64KiB, 16MiB or 1GiB";
	case OPTION_TYPE_TEXT:
		break;
	}
	return "text";
}

static int set_option(const struct option_parser *p, const struct option_descriptor *d,
	const char *name, const char *value)
{
	int r;

	if (!*value && !d->default_value)
		return option_refuse(p, name, "must not be empty");
	r = store_value(d, value, p->config + d->offset);
	if (r == -ERANGE)
		return option_refuse(p, name, "\"%s\" is too large", value);
	if (r < 0)
		return option_refuse(p, name, "\"%s\" is not %s", value, expected_value(d->type));
	p->given[d - p->set->descriptor] = true;
	return 0;
}

/* A later value of the same name takes the earlier one's place. */
static void set_pair(const struct option_parser *p, const char *name, const char *value)
{
	struct option_pairs *pairs = (void *)(p->config + p->set->pairs_offset);
	size_t i;

	for (i = 0; i < pairs->count; i++) {
		if (strcmp(pairs->pair[i].name, name) == 0)
			break;
	}
	if (i == pairs->count) {
		pairs->pair = option_check_memory(
			reallocarray(pairs->pair, pairs->count + 1, sizeof(*pairs->pair)));
		pairs->pair[i] = (struct option_pair){.name = copy_text(name), .value = NULL};
		pairs->count++;
	}
	free(pairs->pair[i].value);
	pairs->pair[i].value = copy_text(value);
}

/* @name is known to exist; @typed is how the user wrote it. */
static int apply(
	const struct option_parser *p, const char *name, const char *typed, const char *value)
{
	hm_cleanup(hm_freep) char *text = trimmed(value);
	const struct option_descriptor *d = option_find(p->set, name);

	if (has_control(text))
		return option_refuse(p, typed, "contains a control character");
	if (d)
		return set_option(p, d, typed, text);
	set_pair(p, option_pair_name(p->set, name), text);
	return 0;
}

static int apply_line(const struct option_parser *p, char *line, size_t length)
{
	char *equals, *name_end;

	if (strlen(line) != length)
		return option_refuse(p, NULL, "line contains a NUL byte");
	while (isspace((unsigned char)*line))
		line++;
	if (*line == '\0' || *line == '#')
		return 0;
	equals = strchr(line, '=');
	if (!equals || equals == line)
		return option_refuse(p, NULL, "line is not \"name = value\"");

	for (name_end = equals; name_end > line && isspace((unsigned char)name_end[-1]);)
		name_end--;
	*name_end = '\0';
	if (!option_find(p->set, line) && !option_pair_name(p->set, line))
		return option_refuse(p, NULL, "unknown option \"%s\"", line);
	return apply(p, line, line, equals + 1);
}

static int read_file(struct option_parser *p, const char *path)
{
	hm_cleanup(hm_fclosep) FILE *file = fopen(path, "re");
	hm_cleanup(hm_freep) char *line = NULL;
	size_t capacity = 0;
	ssize_t length;
	int r = 0;

	if (!file)
		return option_refuse(
			p, "--config", "cannot read \"%s\": %s", path, strerror(errno));
	p->file = path;
	for (p->line = 1; (length = getline(&line, &capacity, file)) >= 0; p->line++) {
		r = apply_line(p, line, (size_t)length);
		if (r < 0)
			return r;
	}
	p->file = NULL;
	if (ferror(file))
		return option_refuse(
			p, "--config", "cannot read \"%s\": %s", path, strerror(errno));
	return 0;
}

static int apply_arguments(
	const struct option_parser *p, int argc, char **argv, const bool *is_a_word)
{
	struct option_argument a;
	int i, r;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *typed = argv[i];
		hm_cleanup(hm_freep) char *shown =
			option_check_memory(strndup(typed, strcspn(typed, "=")));

		if (is_a_word[i])
			continue;
		r = option_read_argument(p, argc, argv, &i, &a);
		if (r < 0)
			return r; /* uncovered: the survey read it already */
		if (a.builtin != OPTION_BUILTIN_NONE)
			continue;
		r = apply(p, a.name, shown, a.value ? a.value : "yes");
		if (r < 0)
			return r;
	}
	return 0;
}

static void apply_defaults(const struct option_parser *p)
{
	size_t i;
	int r;

	for (i = 0; i < p->set->count; i++) {
		const struct option_descriptor *d = &p->set->descriptor[i];

		if (!d->default_value && d->type != OPTION_TYPE_TEXT)
			continue;
		r = store_value(d, d->default_value ? d->default_value : "", p->config + d->offset);
		assert(r == 0);
		(void)r; /* a default is ours: the assertion is the check */
	}
}

static int check_required(const struct option_parser *p)
{
	size_t i;

	for (i = 0; i < p->set->count; i++) {
		const struct option_descriptor *d = &p->set->descriptor[i];
		char typed[OPTION_NAME_SIZE];
		char *at;

		if (d->default_value || p->given[i])
			continue;
		(void)snprintf(typed, sizeof(typed), "--%s", d->name);
		for (at = typed; *at; at++)
			*at = *at == '_' ? '-' : *at;
		return option_refuse(p, typed,
			"must be given, here or in the --config file as \"%s = %s\"", d->name,
			d->metavar);
	}
	return 0;
}

static enum option_action parse(
	struct option_parser *p, int argc, char **argv, FILE *out, struct option_survey *survey)
{
	if (option_survey_arguments(p, argc, argv, survey) < 0)
		return OPTION_ACTION_EXIT_USAGE;
	if (survey->help) {
		options_print_help(p->set, out);
		return OPTION_ACTION_EXIT_OK;
	}
	if (survey->version) {
		options_print_version(p->set, out);
		return OPTION_ACTION_EXIT_OK;
	}

	apply_defaults(p);
	if (survey->config && read_file(p, survey->config) < 0)
		return OPTION_ACTION_EXIT_USAGE;
	if (apply_arguments(p, argc, argv, survey->is_word) < 0)
		return OPTION_ACTION_EXIT_USAGE;
	if (survey->dump) {
		options_print_config(p->set, p->config, p->given, out);
		return OPTION_ACTION_EXIT_OK;
	}
	return check_required(p) < 0 ? OPTION_ACTION_EXIT_USAGE : OPTION_ACTION_RUN;
}

enum option_action options_parse(const struct option_set *set, void *config, int argc, char **argv,
	FILE *out, FILE *err, int *ret_first_word)
{
	hm_cleanup(hm_freep) bool *given =
		option_check_memory(calloc(set->count + 1, sizeof(*given)));
	hm_cleanup(hm_freep) bool *words =
		option_check_memory(calloc((size_t)argc + 1, sizeof(*words)));
	struct option_parser p = {.set = set, .config = config, .given = given, .err = err};
	struct option_survey survey = {.is_word = words};
	enum option_action action;

	action = parse(&p, argc, argv, out, &survey);
	if (action == OPTION_ACTION_RUN) {
		*ret_first_word = option_partition_words(argc, argv, &survey);
		return action;
	}
	options_release(set, config);
	if (action == OPTION_ACTION_EXIT_USAGE)
		fputs("Try --help\n", err);
	return action;
}

void options_release(const struct option_set *set, void *config)
{
	char *base = config;
	struct option_pairs *pairs;
	size_t i;

	for (i = 0; i < set->count; i++) {
		char **text = (void *)(base + set->descriptor[i].offset);

		if (set->descriptor[i].type != OPTION_TYPE_TEXT)
			continue;
		free(*text);
		*text = NULL;
	}
	if (set->pairs_offset == SIZE_MAX)
		return;
	pairs = (void *)(base + set->pairs_offset);
	for (i = 0; i < pairs->count; i++) {
		free(pairs->pair[i].name);
		free(pairs->pair[i].value);
	}
	free(pairs->pair);
	*pairs = (struct option_pairs){0};
}

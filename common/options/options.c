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
#include "common/options/file.h"
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

/* Note that *@origin's value comes from what is being read. */
static void set_origin(const struct option_parser *p, char **origin)
{
	char *text;
	int r;

	if (p->file)
		r = asprintf(&text, "%s:%zu", p->file, p->line);
	else if (p->variable)
		r = asprintf(&text, "environment variable %s", p->variable);
	else
		r = asprintf(&text, "command line");
	free(*origin);
	*origin = option_check_memory(r < 0 ? NULL : text);
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
	set_origin(p, &p->origins.option[d - p->set->descriptor]);
	return 0;
}

/* A later value of the same name takes the earlier one's place. */
static void set_pair(struct option_parser *p, const char *name, const char *value)
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
		p->origins.pair = option_check_memory(
			reallocarray(p->origins.pair, pairs->count + 2, sizeof(*p->origins.pair)));
		p->origins.pair[i] = p->origins.pair[i + 1] = NULL;
		pairs->count++;
	}
	free(pairs->pair[i].value);
	pairs->pair[i].value = copy_text(value);
	set_origin(p, &p->origins.pair[i]);
}

/* @name is known to exist; @typed is how the user wrote it. */
static int apply(struct option_parser *p, const char *name, const char *typed, const char *value)
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

static int apply_line(struct option_parser *p, char *line, size_t length)
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

static int refuse_file(const struct option_parser *p, const struct option_file *from)
{
	return option_refuse(p, NULL, "cannot read configuration file \"%s\" (%s): %s", from->path,
		from->named_by, strerror(errno));
}

static int read_file(struct option_parser *p, const struct option_file *from)
{
	hm_cleanup(hm_fclosep) FILE *file = fopen(from->path, "re");
	hm_cleanup(hm_freep) char *line = NULL;
	size_t capacity = 0;
	ssize_t length;
	int r = 0;

	if (!file)
		return refuse_file(p, from);
	p->file = from->path;
	for (p->line = 1; (length = getline(&line, &capacity, file)) >= 0; p->line++) {
		r = apply_line(p, line, (size_t)length);
		if (r < 0)
			return r;
	}
	p->file = NULL;
	return ferror(file) ? refuse_file(p, from) : 0;
}

static int apply_environment(struct option_parser *p)
{
	for (size_t i = 0; i < p->set->n_variables; i++) {
		const struct option_variable *v = &p->set->variable[i];
		const char *value = getenv(v->variable);
		int r;

		if (!value || !*value)
			continue;
		p->variable = v->variable;
		r = apply(p, v->option, v->option, value);
		p->variable = NULL;
		if (r < 0)
			return r;
	}
	return 0;
}

static int apply_arguments(struct option_parser *p, int argc, char **argv, const bool *is_a_word)
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
			return r; /* never: the survey read it already */
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

		if (d->default_value || p->origins.option[i])
			continue;
		(void)snprintf(typed, sizeof(typed), "--%s", d->name);
		for (at = typed; *at; at++) {
			if (*at == '_')
				*at = '-';
		}
		return option_refuse(p, typed,
			"must be given, here or in the --config file as \"%s = %s\"", d->name,
			d->metavar);
	}
	return 0;
}

static void release_origins(struct option_parser *p)
{
	for (size_t i = 0; i < p->set->count; i++)
		free(p->origins.option[i]);
	for (size_t i = 0; p->origins.pair && p->origins.pair[i]; i++)
		free(p->origins.pair[i]);
	free(p->origins.option);
	free(p->origins.pair);
}

/* Everything but the command line's words into p->config. */
static int apply_sources(struct option_parser *p, int argc, char **argv,
	const struct option_survey *survey, const struct option_file *file)
{
	int r;

	apply_defaults(p);
	r = file->path ? read_file(p, file) : 0;
	if (r == 0)
		r = apply_environment(p);
	if (r == 0)
		r = apply_arguments(p, argc, argv, survey->is_word);
	return r;
}

static enum option_action parse(
	struct option_parser *p, int argc, char **argv, FILE *out, struct option_survey *survey)
{
	hm_cleanup(option_file_release) struct option_file file = {0};

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

	option_file_find(p->set, survey->config, &file);
	if (apply_sources(p, argc, argv, survey, &file) < 0)
		return OPTION_ACTION_EXIT_USAGE;
	if (survey->dump) {
		option_file_print(p->set, &file, out);
		options_print_config(p->set, p->config, &p->origins, out);
		return OPTION_ACTION_EXIT_OK;
	}
	return check_required(p) < 0 ? OPTION_ACTION_EXIT_USAGE : OPTION_ACTION_RUN;
}

enum option_action options_parse(const struct option_set *set, void *config, int argc, char **argv,
	FILE *out, FILE *err, int *ret_first_word)
{
	hm_cleanup(hm_freep) bool *words =
		option_check_memory(calloc((size_t)argc + 1, sizeof(*words)));
	struct option_parser p = {.set = set, .config = config, .err = err};
	struct option_survey survey = {.is_word = words};
	enum option_action action;

	p.origins.option = option_check_memory(calloc(set->count + 1, sizeof(char *)));
	action = parse(&p, argc, argv, out, &survey);
	release_origins(&p);
	if (action == OPTION_ACTION_RUN) {
		*ret_first_word = option_partition_words(argc, argv, &survey);
		return action;
	}
	options_release(set, config);
	if (action == OPTION_ACTION_EXIT_USAGE)
		fputs("Try --help\n", err);
	return action;
}

enum option_action options_judge(
	const struct option_set *set, const char *wrong, const char *word, FILE *err)
{
	if (wrong)
		(void)fprintf(err, "%s: %s\n", set->program, wrong);
	else if (word)
		(void)fprintf(err, "%s: unexpected word \"%s\"\n", set->program, word);
	else
		return OPTION_ACTION_RUN;
	fputs("Try --help\n", err);
	return OPTION_ACTION_EXIT_USAGE;
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

/*
 * One parser for all programs, so that a wrong option is refused the same way everywhere. The
 * command line is walked twice: first to check it and find --config, then, behind the file's
 * values, to apply it. Runs at start-up only: out of memory aborts.
 */
#include "common/options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/options_print.h"
#include "common/options_value.h"
#include "hubmeter/cleanup.h"

#define OPTION_NAME_SIZE 128

struct parser {
	const struct option_set *set;
	char *config;
	bool *given;
	FILE *err;
	const char *file; /* being read; NULL: the command line */
	size_t line;
};

/* What a program understands without declaring it. */
enum builtin {
	BUILTIN_CONFIG,
	BUILTIN_DUMP_CONFIG,
	BUILTIN_HELP,
	BUILTIN_VERSION,
	BUILTIN_NONE
};

static const char *const builtin_names[] = { "config", "dump_config", "help", "version" };

/* One option as found in argv. */
struct argument {
	char name[OPTION_NAME_SIZE]; /* as in the file */
	const char *value;	     /* NULL: a bool without */
	enum builtin builtin;
};

static void *check_memory(void *pointer)
{
	if (!pointer)
		abort();
	return pointer;
}

static char *copy_text(const char *text)
{
	return check_memory(strdup(text));
}

/* One line on err. @name is the option as the user wrote it, or NULL. */
__attribute__((format(printf, 3, 4))) static int refuse(
	const struct parser *p, const char *name, const char *format, ...)
{
	va_list arguments;

	if (p->file)
		fprintf(p->err, "%s:%zu: ", p->file, p->line);
	else
		fprintf(p->err, "%s: ", p->set->program);
	if (name)
		fprintf(p->err, "option \"%s\": ", name);
	va_start(arguments, format);
	vfprintf(p->err, format, arguments);
	va_end(arguments);
	fputc('\n', p->err);
	return -EINVAL;
}

static const struct option_descriptor *find_option(const struct option_set *set, const char *name)
{
	size_t i;

	for (i = 0; i < set->count; i++) {
		if (strcmp(set->descriptor[i].name, name) == 0)
			return &set->descriptor[i];
	}
	return NULL;
}

/* The part behind "kafka.", or NULL when @name is no such pair. */
static const char *pair_name(const struct option_set *set, const char *name)
{
	static const char prefix[] = "kafka.";

	if (set->pairs_offset == SIZE_MAX || strncmp(name, prefix, strlen(prefix)) != 0)
		return NULL;
	name += strlen(prefix);
	return *name ? name : NULL;
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
	return check_memory(strndup(value, length));
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

static int set_option(const struct parser *p, const struct option_descriptor *d, const char *name,
	const char *value)
{
	int r;

	if (!*value && !d->default_value)
		return refuse(p, name, "must not be empty");
	r = store_value(d, value, p->config + d->offset);
	if (r == -ERANGE)
		return refuse(p, name, "\"%s\" is too large", value);
	if (r < 0)
		return refuse(p, name, "\"%s\" is not %s", value, expected_value(d->type));
	p->given[d - p->set->descriptor] = true;
	return 0;
}

/* A later value of the same name takes the earlier one's place. */
static void set_pair(const struct parser *p, const char *name, const char *value)
{
	struct option_pairs *pairs = (void *)(p->config + p->set->pairs_offset);
	size_t i;

	for (i = 0; i < pairs->count; i++) {
		if (strcmp(pairs->pair[i].name, name) == 0)
			break;
	}
	if (i == pairs->count) {
		pairs->pair = check_memory(
			reallocarray(pairs->pair, pairs->count + 1, sizeof(*pairs->pair)));
		pairs->pair[i] = (struct option_pair){ .name = copy_text(name), .value = NULL };
		pairs->count++;
	}
	free(pairs->pair[i].value);
	pairs->pair[i].value = copy_text(value);
}

/* @name is known to exist; @typed is how the user wrote it. */
static int apply(const struct parser *p, const char *name, const char *typed, const char *value)
{
	hm_cleanup(hm_freep) char *text = trimmed(value);
	const struct option_descriptor *d = find_option(p->set, name);

	if (has_control(text))
		return refuse(p, typed, "contains a control character");
	if (d)
		return set_option(p, d, typed, text);
	set_pair(p, pair_name(p->set, name), text);
	return 0;
}

static int apply_line(const struct parser *p, char *line, size_t length)
{
	char *equals, *name_end;

	if (strlen(line) != length)
		return refuse(p, NULL, "line contains a NUL byte");
	while (isspace((unsigned char)*line))
		line++;
	if (*line == '\0' || *line == '#')
		return 0;
	equals = strchr(line, '=');
	if (!equals || equals == line)
		return refuse(p, NULL, "line is not \"name = value\"");

	for (name_end = equals; name_end > line && isspace((unsigned char)name_end[-1]);)
		name_end--;
	*name_end = '\0';
	if (!find_option(p->set, line) && !pair_name(p->set, line))
		return refuse(p, NULL, "unknown option \"%s\"", line);
	return apply(p, line, line, equals + 1);
}

static int read_file(struct parser *p, const char *path)
{
	hm_cleanup(hm_fclosep) FILE *file = fopen(path, "re");
	hm_cleanup(hm_freep) char *line = NULL;
	size_t capacity = 0;
	ssize_t length;
	int r = 0;

	if (!file)
		return refuse(p, "--config", "cannot read \"%s\": %s", path, strerror(errno));
	p->file = path;
	for (p->line = 1; (length = getline(&line, &capacity, file)) >= 0; p->line++) {
		r = apply_line(p, line, (size_t)length);
		if (r < 0)
			return r;
	}
	p->file = NULL;
	if (ferror(file))
		return refuse(p, "--config", "cannot read \"%s\": %s", path, strerror(errno));
	return 0;
}

static enum builtin find_builtin(const char *name)
{
	enum builtin i = BUILTIN_CONFIG;

	while (i < BUILTIN_NONE && strcmp(builtin_names[i], name) != 0)
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
	for (i = 2; i < length; i++)
		ret[i - 2] = typed[i] == '-' && !is_pair ? '_' : typed[i];
	ret[length - 2] = '\0';
	return true;
}

/* The option at argv[*at]; *at moves on over its value when that is a word of its own. */
static int read_argument(
	const struct parser *p, int argc, char **argv, int *at, struct argument *ret)
{
	const char *typed = argv[*at];
	size_t length = strcspn(typed, "=");
	hm_cleanup(hm_freep) char *shown = check_memory(strndup(typed, length));
	const struct option_descriptor *d = NULL;
	struct argument a = { .builtin = BUILTIN_NONE };
	bool is_flag;

	if (!canonical_name(typed, length, a.name))
		return refuse(p, shown, "unknown option");
	a.builtin = find_builtin(a.name);
	if (a.builtin == BUILTIN_NONE)
		d = find_option(p->set, a.name);
	if (a.builtin == BUILTIN_NONE && !d && !pair_name(p->set, a.name))
		return refuse(p, shown, "unknown option");
	if (option_is_secret(a.name))
		return refuse(p, shown, "everybody can read an argument: put it into the --config file");

	is_flag = d ? d->type == OPTION_TYPE_BOOL :
		      a.builtin != BUILTIN_CONFIG && a.builtin != BUILTIN_NONE;
	if (typed[length] == '=' && is_flag && !d)
		return refuse(p, shown, "takes no value");
	if (typed[length] == '=')
		a.value = typed + length + 1;
	else if (!is_flag && *at + 1 >= argc)
		return refuse(p, shown, "needs a value");
	else if (!is_flag)
		a.value = argv[++*at];

	*ret = a;
	return 0;
}

/* What the first walk finds out. */
struct survey {
	const char *config;
	bool dump, help, version;
	bool *is_word; /* one each of argv */
	int n_words;
};

static bool is_word(const char *text)
{
	return text[0] != '-' || text[1] == '\0'; /* a lone - means standard input */
}

static int survey_arguments(const struct parser *p, int argc, char **argv, struct survey *ret)
{
	bool only_words = false;
	struct argument a;
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
		r = read_argument(p, argc, argv, &i, &a);
		if (r < 0)
			return r;
		if (a.builtin == BUILTIN_CONFIG)
			ret->config = a.value;
		ret->dump |= a.builtin == BUILTIN_DUMP_CONFIG;
		ret->help |= a.builtin == BUILTIN_HELP;
		ret->version |= a.builtin == BUILTIN_VERSION;
	}
	return 0;
}

static int apply_arguments(const struct parser *p, int argc, char **argv, const bool *is_a_word)
{
	struct argument a;
	int i, r;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *typed = argv[i];
		hm_cleanup(hm_freep) char *shown = check_memory(strndup(typed, strcspn(typed, "=")));

		if (is_a_word[i])
			continue;
		r = read_argument(p, argc, argv, &i, &a);
		if (r < 0)
			return r; /* uncovered: the survey read it already */
		if (a.builtin != BUILTIN_NONE)
			continue;
		r = apply(p, a.name, shown, a.value ? a.value : "yes");
		if (r < 0)
			return r;
	}
	return 0;
}

/* Words to the end, options before them, both in order: parsing argv again gives the same. */
static int partition_words(int argc, char **argv, const struct survey *survey)
{
	hm_cleanup(hm_freep) char **copy = check_memory(calloc((size_t)argc + 1, sizeof(*copy)));
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

static void apply_defaults(const struct parser *p)
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

static int check_required(const struct parser *p)
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
		return refuse(p, typed, "must be given, here or in the --config file as \"%s = %s\"",
			d->name, d->metavar);
	}
	return 0;
}

static enum option_action parse(struct parser *p, int argc, char **argv, FILE *out,
	struct survey *survey)
{
	if (survey_arguments(p, argc, argv, survey) < 0)
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
	hm_cleanup(hm_freep) bool *given = check_memory(calloc(set->count + 1, sizeof(*given)));
	hm_cleanup(hm_freep) bool *words = check_memory(calloc((size_t)argc + 1, sizeof(*words)));
	struct parser p = { .set = set, .config = config, .given = given, .err = err };
	struct survey survey = { .is_word = words };
	enum option_action action;

	action = parse(&p, argc, argv, out, &survey);
	if (action == OPTION_ACTION_RUN) {
		*ret_first_word = partition_words(argc, argv, &survey);
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
	*pairs = (struct option_pairs){ 0 };
}

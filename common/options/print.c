/* The texts of --help, --version and --dump-config, made from the table of descriptors. */
#include "common/options/print.h"

#include <inttypes.h>
#include <string.h>

#include "common/options/value.h"
#include "hubmeter/version.h"

#define HELP_COLUMN 30
#define HELP_WIDTH  80

static void pad_to(FILE *out, size_t from, size_t column)
{
	for (; from < column; from++)
		fputc(' ', out);
}

/* Words of @text between HELP_COLUMN and HELP_WIDTH; the first line is at @column already. */
static size_t print_wrapped(FILE *out, size_t column, const char *text)
{
	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + word > HELP_WIDTH) {
			fputc('\n', out);
			column = 0;
		}
		if (column < HELP_COLUMN) {
			pad_to(out, column, HELP_COLUMN);
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", (int)word, text);
		column += word;
		text += word + strspn(text + word, " ");
	}
	return column;
}

static void print_entry(
	FILE *out, const char *name, const char *metavar, const char *help, const char *note)
{
	size_t column = strlen("  --") + strlen(name);

	fputs("  --", out);
	for (; *name; name++)
		fputc(*name == '_' ? '-' : *name, out);
	if (metavar && *metavar) {
		fprintf(out, "=%s", metavar);
		column += 1 + strlen(metavar);
	}
	if (column + 2 > HELP_COLUMN) {
		fputc('\n', out);
		column = 0;
	}
	column = print_wrapped(out, column, help);
	if (*note)
		print_wrapped(out, column, note);
	fputc('\n', out);
}

static void print_option(const struct option_descriptor *d, FILE *out)
{
	char note[128];
	bool is_flag = d->type == OPTION_TYPE_BOOL;

	if (!d->default_value)
		(void)snprintf(note, sizeof(note), "(must be given)");
	else if (!*d->default_value)
		(void)snprintf(note, sizeof(note), "(default: empty)");
	else
		(void)snprintf(note, sizeof(note), "(default: %s)", d->default_value);
	print_entry(out, d->name, is_flag ? NULL : d->metavar, d->help, note);
}

void options_print_help(const struct option_set *set, FILE *out)
{
	size_t i;

	fprintf(out, "Usage: %s %s\n%s\n", set->program, set->synopsis, set->summary);
	if (set->count > 0)
		fputs("\nOptions (in the --config file: name = value, with _ for -):\n", out);
	for (i = 0; i < set->count; i++)
		print_option(&set->descriptor[i], out);
	if (set->pairs_offset != SIZE_MAX) {
		fputs("\nKafka client (any setting of librdkafka's CONFIGURATION.md, untouched):\n",
			out);
		print_entry(out, "kafka.SETTING", "VALUE",
			"such as --kafka.bootstrap.servers=HOST:PORT; passwords only in the "
			"--config "
			"file",
			"");
	}
	fputs("\nGeneral:\n", out);
	print_entry(out, "config", "FILE", "read options from FILE; the command line wins", "");
	print_entry(out, "dump-config", NULL,
		"print the options in effect as such a file, and exit", "");
	print_entry(out, "help", NULL, "print this, and exit", "");
	print_entry(
		out, "version", NULL, "print the versions of program and libraries, and exit", "");
}

void options_print_version(const struct option_set *set, FILE *out)
{
	fprintf(out, "%s %s\n", set->program, HUBMETER_VERSION);
	if (set->libraries)
		fprintf(out, "%s\n", set->libraries());
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

bool option_is_secret(const char *name)
{
	return ends_with(name, "password") || ends_with(name, "secret");
}

static void print_value(const struct option_descriptor *d, const void *field, FILE *out)
{
	switch (d->type) {
	case OPTION_TYPE_TEXT:
		fputs(*(char *const *)field, out);
		break;
	case OPTION_TYPE_UINT:
		fprintf(out, "%" PRIu64, *(const uint64_t *)field);
		break;
	case OPTION_TYPE_BOOL:
		fputs(*(const bool *)field ? "yes" : "no", out);
		break;
	case OPTION_TYPE_DURATION:
		option_print_duration(*(const int64_t *)field, out);
		break;
	case OPTION_TYPE_SIZE:
		option_print_size(*(const uint64_t *)field, out);
		break;
	}
}

static void print_pairs(const struct option_pairs *pairs, FILE *out)
{
	size_t i;

	for (i = 0; i < pairs->count; i++) {
		const struct option_pair *pair = &pairs->pair[i];

		fprintf(out, "kafka.%s = %s\n", pair->name,
			option_is_secret(pair->name) ? "***" : pair->value);
	}
}

void options_print_config(
	const struct option_set *set, const void *config, const bool *given, FILE *out)
{
	const char *base = config;
	size_t i;

	for (i = 0; i < set->count; i++) {
		const struct option_descriptor *d = &set->descriptor[i];

		if (!d->default_value && !given[i]) {
			fprintf(out, "# %s must be given\n", d->name);
			continue;
		}
		fprintf(out, "%s = ", d->name);
		if (option_is_secret(d->name))
			fputs("***", out);
		else
			print_value(d, base + d->offset, out);
		fputc('\n', out);
	}
	if (set->pairs_offset != SIZE_MAX)
		print_pairs(
			(const struct option_pairs *)(const void *)(base + set->pairs_offset), out);
}

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

static void print_config_entry(const struct option_set *set, FILE *out)
{
	char help[256] = "read options from FILE; the command line wins";

	if (set->config_path)
		(void)snprintf(help, sizeof(help),
			"read options from FILE instead of $%s, ~/.config/%s or /etc/%s, the first "
			"of which exists; environment and command line win",
			set->config_variable, set->config_path, set->config_path);
	print_entry(out, "config", "FILE", help, "");
}

static void print_variables(const struct option_set *set, FILE *out)
{
	if (set->n_variables)
		fputs("\nEnvironment (wins over the file):\n", out);
	for (size_t i = 0; i < set->n_variables; i++)
		fprintf(out, "  %-34s  %s\n", set->variable[i].variable, set->variable[i].option);
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
	print_config_entry(set, out);
	print_entry(out, "dump-config", NULL,
		"print the options in effect as such a file, with where each came from, and exit",
		"");
	print_entry(out, "help", NULL, "print this, and exit", "");
	print_entry(
		out, "version", NULL, "print the versions of program and libraries, and exit", "");
	print_variables(set, out);
}

void options_print_version(const struct option_set *set, FILE *out)
{
	fprintf(out, "%s %s\n", set->program, HUBMETER_VERSION);
	if (set->libraries)
		fprintf(out, "%s\n", set->libraries());
}

static bool ends_with(const char *name, const char *end)
{
	size_t size = strlen(name), end_size = strlen(end);

	return size >= end_size && strcmp(name + size - end_size, end) == 0;
}

/*
 * librdkafka has secrets by other names too: a key, an identity with its password, a token. Where a
 * secret is read from is none.
 */
bool option_is_secret(const char *name)
{
	static const char *const parts[] = {
		"password", "secret", "ssl.key.pem", "jaas.config", "oauthbearer.config"};

	if (ends_with(name, "_file") || ends_with(name, "-file"))
		return false;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strstr(name, parts[i]))
			return true;
	}
	return false;
}

/* Bytes of the password at @text, as a word, or in quotes with backslashes in them. */
static size_t password_size(const char *text)
{
	size_t i;

	if (*text != '\'')
		return strcspn(text, " \t&");
	for (i = 1; text[i] && text[i] != '\''; i++)
		i += text[i] == '\\' && text[i + 1];
	return text[i] ? i + 1 : i;
}

/* Where the value begins when @text is "password = ...", else NULL. */
static const char *password_value(const char *text)
{
	static const char keyword[] = "password";

	if (strncmp(text, keyword, strlen(keyword)) != 0)
		return NULL;
	text += strlen(keyword);
	text += strspn(text, " \t");
	return *text == '=' ? text + 1 + strspn(text + 1, " \t") : NULL;
}

/* Where the password begins when @text is "://user:password@...", its end in *@ret_end. */
static const char *authority_password(const char *text, const char **ret_end)
{
	const char *colon, *at = NULL;

	if (strncmp(text, "://", 3) != 0)
		return NULL;
	text += 3;
	for (size_t i = 0, size = strcspn(text, "/?# "); i < size; i++)
		at = text[i] == '@' ? text + i : at;
	colon = strchr(text, ':');
	if (!at || !colon || colon > at)
		return NULL;
	*ret_end = at;
	return colon + 1;
}

void option_print_redacted(const char *value, FILE *out)
{
	while (*value) {
		const char *end = NULL;
		const char *secret = authority_password(value, &end);

		if (!secret && (secret = password_value(value)))
			end = secret + password_size(secret);
		if (secret) {
			fprintf(out, "%.*s***", (int)(secret - value), value);
			value = end;
		} else {
			fputc(*value++, out);
		}
	}
}

static void print_value(const struct option_descriptor *d, const void *field, FILE *out)
{
	switch (d->type) {
	case OPTION_TYPE_TEXT:
		option_print_redacted(*(char *const *)field, out);
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

static void print_origin(const char *origin, FILE *out)
{
	fprintf(out, "# %s\n", origin ? origin : "default");
}

static void print_pairs(const struct option_pairs *pairs, char *const *origin, FILE *out)
{
	size_t i;

	for (i = 0; i < pairs->count; i++) {
		const struct option_pair *pair = &pairs->pair[i];

		print_origin(origin[i], out);
		fprintf(out, "kafka.%s = %s\n", pair->name,
			option_is_secret(pair->name) ? "***" : pair->value);
	}
}

void options_print_config(const struct option_set *set, const void *config,
	const struct option_origins *origins, FILE *out)
{
	const char *base = config;
	size_t i;

	for (i = 0; i < set->count; i++) {
		const struct option_descriptor *d = &set->descriptor[i];

		if (!d->default_value && !origins->option[i]) {
			fprintf(out, "# %s must be given\n", d->name);
			continue;
		}
		print_origin(origins->option[i], out);
		fprintf(out, "%s = ", d->name);
		if (option_is_secret(d->name))
			fputs("***", out);
		else
			print_value(d, base + d->offset, out);
		fputc('\n', out);
	}
	if (set->pairs_offset != SIZE_MAX)
		print_pairs((const struct option_pairs *)(const void *)(base + set->pairs_offset),
			origins->pair, out);
}

/* Finding a command by its words, and help for it. What there is: command_table.h. */
#include "cli/command/command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/command_table.h"
#include "cli/command/report_view.h"
#include "common/format/safe_text.h"

#define DIGITS_MAX 18

static size_t n_commands(void)
{
	return command_table_in_size + command_table_money_size + command_table_report_size +
	       command_table_out_size + command_table_close_size;
}

static const struct command *command_at(size_t index)
{
	if (index < command_table_in_size)
		return &command_table_in[index];
	index -= command_table_in_size;
	if (index < command_table_money_size)
		return &command_table_money[index];
	index -= command_table_money_size;
	if (index < command_table_report_size)
		return &command_table_report[index];
	index -= command_table_report_size;
	if (index < command_table_out_size)
		return &command_table_out[index];
	return &command_table_close[index - command_table_out_size];
}

static bool matches(const struct command *command, char **word, int count)
{
	if (count < 1 || strcmp(command->name, word[0]) != 0)
		return false;
	return !command->subcommand || (count > 1 && strcmp(command->subcommand, word[1]) == 0);
}

static const struct command *find_command(char **word, int count)
{
	for (size_t i = 0; i < n_commands(); i++) {
		if (matches(command_at(i), word, count))
			return command_at(i);
	}
	return NULL;
}

static bool is_group(const char *name)
{
	for (size_t i = 0; i < n_commands(); i++) {
		if (strcmp(command_at(i)->name, name) == 0)
			return true;
	}
	return false;
}

static int unknown(const struct words *words)
{
	if (words->count == 0)
		return command_usage_error("no command given");
	if (!is_group(words->word[0]))
		return command_usage_error("unknown command \"%s\"", words->word[0]);
	if (words->count == 1)
		return command_usage_error("\"%s\" needs one word more", words->word[0]);
	return command_usage_error("unknown command \"%s %s\"", words->word[0], words->word[1]);
}

int command_run(const struct config *config, const struct words *words)
{
	const struct command *command = find_command(words->word, words->count);
	int own;

	if (!command)
		return unknown(words);
	own = command->subcommand ? 2 : 1;
	if (words->count - own < command->n_arguments)
		return command_usage_error("\"%s%s%s\" needs %s", command->name,
			command->subcommand ? " " : "",
			command->subcommand ? command->subcommand : "", command->arguments);
	if (words->count - own > command->n_arguments && !command->takes_more)
		return command_usage_error(
			"unexpected argument \"%s\"", words->word[own + command->n_arguments]);
	if (command->view)
		return report_view_run(config, command->view);
	return command->run(config, words->word + own);
}

static void print_line(const struct command *command, FILE *out)
{
	char usage[64];

	(void)snprintf(usage, sizeof(usage), "%s%s%s %s", command->name,
		command->subcommand ? " " : "", command->subcommand ? command->subcommand : "",
		command->arguments);
	(void)fprintf(out, "  %-36s  %s\n", usage, command->summary);
}

static void print_command(const struct command *command, FILE *out)
{
	(void)fprintf(out, "Usage: hubmeter %s%s%s%s%s [OPTION]...\n", command->name,
		command->subcommand ? " " : "", command->subcommand ? command->subcommand : "",
		*command->arguments ? " " : "", command->arguments);
	(void)fprintf(out, "%c%s.\n\n%s\nExample:\n\n%s\nOptions: see 'hubmeter --help'.\n",
		command->summary[0] - 'a' + 'A', command->summary + 1, command->help,
		command->example);
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return true;
	}
	return false;
}

/* Help of one command, or of all in a group ("import"). */
static bool print_matching(int argc, char **argv, FILE *out)
{
	const struct command *command = find_command(argv + 1, argc - 1);

	if (command) {
		print_command(command, out);
		return true;
	}
	if (argc < 2 || !is_group(argv[1]))
		return false;
	for (size_t i = 0; i < n_commands(); i++) {
		if (strcmp(command_at(i)->name, argv[1]) == 0)
			print_line(command_at(i), out);
	}
	return true;
}

static void print_all(FILE *out)
{
	static char program[] = "hubmeter";
	static char help[] = "--help";
	char *argv[] = {program, help, NULL};
	struct config config = {0};
	int first;

	(void)config_parse(&config, 2, argv, out, out, &first);
	config_release(&config);
	(void)fprintf(out, "\nCommands:\n");
	for (size_t i = 0; i < n_commands(); i++)
		print_line(command_at(i), out);
	(void)fprintf(out, "\n'hubmeter COMMAND --help' says more about one of them.\n");
}

bool command_help(int argc, char **argv, FILE *out)
{
	if (!asks_for_help(argc, argv))
		return false;
	if (!print_matching(argc, argv, out))
		print_all(out);
	return true;
}

int command_usage_error(const char *format, ...)
{
	va_list arguments;

	(void)fputs("hubmeter: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputs("\nTry 'hubmeter --help'.\n", stderr);
	return EXIT_USAGE;
}

int command_failed(const char *act, const char *reason)
{
	char *line = strdup(reason);

	if (line)
		safe_text_one_line(line);
	(void)fprintf(stderr, "hubmeter: cannot %s: %s\n", act, line ? line : reason);
	free(line);
	return EXIT_FAILURE;
}

void command_print_line(void *context, const char *line)
{
	(void)context;
	(void)puts(line);
}

void command_print_table(
	const struct config *config, const struct table *rows, const char *empty, ...)
{
	va_list args;

	if (rows->n_rows || config->table_format != TABLE_FORMAT_TEXT) {
		(void)table_print(rows, config->table_format, stdout);
		return;
	}
	(void)fputs("hubmeter: ", stderr);
	va_start(args, empty);
	(void)vfprintf(stderr, empty, args);
	va_end(args);
	(void)fputc('\n', stderr);
}

bool command_is_number(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits <= DIGITS_MAX && !text[digits];
}

/* What the program can do, in one table. */
#include "cli/command/command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/doctor.h"
#include "cli/command/import.h"
#include "cli/command/import_usage.h"
#include "cli/command/migrate.h"
#include "cli/command/rate.h"
#include "cli/command/report.h"
#include "cli/command/topic.h"
#include "cli/format/safe_text.h"

struct command {
	const char *name;
	const char *subcommand; /* NULL: none */
	const char *arguments;	/* for help */
	int n_arguments;
	int (*run)(const struct config *config, char **arguments);
	const char *summary;
	const char *help;
};

#define IMPORT_FILE  "FILE.csv|-"
#define REPORT_MONTH "[--month MONTH]"
#define ONE_INSTITUTION                                                                            \
	"--institution CODE limits it to one institution.\n"                                       \
	"--format table|csv|json: the table adds totals.\n"

static const struct command commands[] = {
	{"migrate", NULL, "", 0, migrate_run, "bring the database's schema up to date",
		"Applies the numbered files of --sql-dir that the database has not seen, each in\n"
		"one transaction. Run again it does nothing. Refuses when the database is newer\n"
		"than the files, or when a file is not what was applied.\n"
		"The user must be a superuser or a member of hm_owner.\n"},
	{"import", "org", IMPORT_FILE, 1, import_org_run, "import institutions, units and hubs",
		"Columns: institution, time_zone, currency, unit, parent, name, hub.\n"},
	{"import", "people", IMPORT_FILE, 1, import_people_run,
		"import people and their names on hubs",
		"Columns: person, name, hub, username; one row per name on a hub.\n"},
	{"import", "memberships", IMPORT_FILE, 1, import_memberships_run,
		"import who belongs to which unit",
		"Columns: person, institution, unit, valid_from, valid_to, home.\n"},
	{"import", "prices", IMPORT_FILE, 1, import_prices_run, "import the price book",
		"Columns: institution, resource, class, rate, market_rate, valid_from,\n"
		"valid_to.\n"},
	{"import", "usage", IMPORT_FILE, 1, import_usage_run,
		"send usage that another accounting system knows",
		"Columns: hub, node, workload, kind, username, server, tag, class, start, end and\n"
		"at least one of cpu_core_seconds, cpu_reserved_core_seconds, memory_mib_seconds,\n"
		"memory_reserved_mib_seconds, gpu_seconds, gpu_reserved_seconds,\n"
		"storage_mib_seconds, net_rx_bytes, net_tx_bytes.\n"
		"One row per interval of at most 400 days: used in all, spread evenly. The same\n"
		"file twice counts once.\n"
		"--dry-run sends nothing, --wait returns when it is in the database.\n"},
	{"rate", NULL, "", 0, rate_run, "bring charges up to date",
		"Prices and attributes the usage of every hub-day that changed since it was last\n"
		"rated. Safe to run twice, also twice at once.\n"},
	{"report", "departments", REPORT_MONTH, 0, report_departments_run,
		"what each department used and what it costs", ONE_INSTITUTION},
	{"report", "users", REPORT_MONTH, 0, report_users_run,
		"what each person used and what it costs", ONE_INSTITUTION},
	{"report", "nodes", REPORT_MONTH, 0, report_nodes_run,
		"what each node used, and who accounts for it",
		"Ends with the reconciliation: node total - people - system, which is to be 0.\n" ONE_INSTITUTION},
	{"topic", "create", "HUB", 1, topic_create_run, "make a hub's Kafka topic",
		"Makes usage.HUB.v1 with --partitions N. Leaves a topic that exists as it is.\n"},
	{"topic", "list", "", 0, topic_list_run, "list the usage topics",
		"One row each: hub, partitions, records held. --format table|csv|json.\n"},
	{"doctor", NULL, "", 0, doctor_run, "check the whole path and say what to do",
		"One line each check: ok, WARN or FAIL, what is wrong and what to do.\n"
		"Exit status 1 when anything FAILs.\n"},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static bool matches(const struct command *command, char **word, int count)
{
	if (count < 1 || strcmp(command->name, word[0]) != 0)
		return false;
	return !command->subcommand || (count > 1 && strcmp(command->subcommand, word[1]) == 0);
}

static const struct command *find_command(char **word, int count)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (matches(&commands[i], word, count))
			return &commands[i];
	}
	return NULL;
}

static bool is_group(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(commands[i].name, name) == 0)
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
	if (words->count - own > command->n_arguments)
		return command_usage_error(
			"unexpected argument \"%s\"", words->word[own + command->n_arguments]);
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
	(void)fprintf(out, "%c%s.\n\n%s\nOptions: see 'hubmeter --help'.\n",
		command->summary[0] - 'a' + 'A', command->summary + 1, command->help);
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
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(commands[i].name, argv[1]) == 0)
			print_line(&commands[i], out);
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
	for (size_t i = 0; i < N_COMMANDS; i++)
		print_line(&commands[i], out);
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

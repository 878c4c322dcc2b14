/* What the program can do, in one table. */
#include "cli/command/command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command/doctor.h"
#include "cli/command/import.h"
#include "cli/command/import_hub.h"
#include "cli/command/import_roster.h"
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
	bool takes_more; /* of the last */
	int (*run)(const struct config *config, char **arguments);
	const char *summary;
	const char *help;
	const char *example; /* for a shell, can be pasted */
};

#define IMPORT_FILE  "FILE.csv|-"
#define REPORT_MONTH "[--month MONTH]"
#define REPORT_HELP                                                                                \
	"--month is YYYY-MM, current (the default) or last, in the institution's calendar;\n"      \
	"--institution CODE limits it to one. --format csv|json and --exact show exact\n"          \
	"figures; the table is in core-hours and cents and has totals. Below it stands what\n"     \
	"is missing.\n"
#define IMPORT_HELP                                                                                \
	"All of the file or nothing; --dry-run says what would change. - is standard input.\n"     \
	"Rows that --source NAME (csv) brought are changed by files of that source only; with\n"   \
	"--replace those that the file lacks are voided.\n"

#define ROSTER_HELP                                                                                \
	"All of it or nothing; --dry-run says what would change. Needs --institution and --hub.\n" \
	"With --replace the files are the whole truth: who is missing from them left now.\n"

/* A file to paste, then what imports it. */
#define IMPORT_EXAMPLE(kind, rows)                                                                 \
	"cat > " kind ".csv <<'END'\n" rows "END\nhubmeter import " kind " " kind ".csv\n"

static const struct command commands[] = {
	{
		.name = "migrate",
		.arguments = "",
		.run = migrate_run,
		.summary = "bring the database's schema up to date",
		.help = "Applies what --sql-dir has and the database has not. Run again it does nothing.\n"
			"Refuses when the database is newer than the files, or when a file is not what\n"
			"was applied. The user must be a superuser or a member of hm_owner.\n",
		.example = "hubmeter migrate\n",
	},
	{
		.name = "import",
		.subcommand = "org",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_org_run,
		.summary = "import institutions, units and hubs",
		.help = "Columns: institution, time_zone, currency, unit, parent, name, hub, valid_from,\n"
			"valid_to. A row declares an institution, a unit of it, or a hub of it. Parents and\n"
			"hubs change now, or when valid_from and valid_to say.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("org",
			"institution,time_zone,currency,unit,parent,name,hub\n"
			"northfield,America/New_York,USD,,,Northfield University,\n"
			"northfield,,,physics,,Department of Physics,\n"
			"northfield,,,,,,physics-hub\n"),
	},
	{
		.name = "import",
		.subcommand = "people",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_people_run,
		.summary = "import people and their names on hubs",
		.help = "Columns: person, name, hub, username, valid_from, valid_to; one row per name on a\n"
			"hub. Without valid_from and valid_to a name is the person's for ever.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("people", "person,name,hub,username\n"
						    "p-1001,Ada Byron,physics-hub,ada\n"),
	},
	{
		.name = "import",
		.subcommand = "memberships",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_memberships_run,
		.summary = "import who belongs to which unit",
		.help = "Columns: person, institution, unit, valid_from, valid_to, home. The unit with home\n"
			"yes pays.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("memberships",
			"person,institution,unit,valid_from,valid_to,home\n"
			"p-1001,northfield,physics,2026-01-01,,yes\n"),
	},
	{
		.name = "import",
		.subcommand = "groups",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_groups_run,
		.summary = "import courses, labs, projects and services",
		.help = "Columns: institution, group, kind, name, unit, hub, policy, valid_from, valid_to. A\n"
			"row declares a group, says which unit pays for it, or which hub is there for it; a\n"
			"row without a group says the institution's policy for people in several groups.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("groups",
			"institution,group,kind,name,unit,hub,policy,valid_from,valid_to\n"
			"northfield,lasers,lab,Laser Lab,physics,,,2026-01-01,\n"
			"northfield,phys-101,course,Mechanics,physics,,,2026-09-01,2027-01-01\n"
			"northfield,,,,,,weights,2026-01-01,\n"),
	},
	{
		.name = "import",
		.subcommand = "members",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_members_run,
		.summary = "import who is in which group",
		.help = "Columns: person, institution, group, role, weight, default, valid_from, valid_to.\n"
			"Usage of a server that is tagged with the group is the group's; untagged usage is\n"
			"the default group's, or the only one's.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("members",
			"person,institution,group,role,default,valid_from,valid_to\n"
			"p-1001,northfield,lasers,pi,yes,2026-01-01,\n"),
	},
	{
		.name = "import",
		.subcommand = "prices",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_prices_run,
		.summary = "import the price book",
		.help = "Columns: institution, resource, class, rate, market_rate, valid_from, valid_to. The\n"
			"rate is for a core-hour, GiB-hour, GPU-hour or GiB.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("prices",
			"institution,resource,class,rate,market_rate,valid_from,valid_to\n"
			"northfield,cpu,,0.013,0.0416,2026-01-01,\n"
			"northfield,memory,,0.00175,0.0052,2026-01-01,\n"),
	},
	{
		.name = "import",
		.subcommand = "usage",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_usage_run,
		.summary = "send usage that another accounting system knows",
		.help = "Columns: hub, node, workload, kind, username, server, tag, class, start, end and\n"
			"at least one of cpu_core_seconds, cpu_reserved_core_seconds, memory_mib_seconds,\n"
			"memory_reserved_mib_seconds, gpu_seconds, gpu_reserved_seconds,\n"
			"storage_mib_seconds, net_rx_bytes, net_tx_bytes.\n"
			"One row per interval of at most 400 days: used in all, spread evenly. The same\n"
			"file twice counts once.\n"
			"--dry-run sends nothing, --wait returns when it is in the database.\n",
		.example =
			"cat > usage.csv <<'END'\n"
			"hub,node,workload,kind,username,server,tag,class,start,end,cpu_core_seconds\n"
			"physics-hub,node-17,job-4711,job,ada,,,,2025-10-05T08:00:00Z,2025-10-05T20:30:00Z,"
			"86400\n"
			"END\n"
			"hubmeter import usage usage.csv --dry-run\n",
	},
	{
		.name = "import",
		.subcommand = "canvas",
		.arguments = "DIR|FILE...",
		.n_arguments = 1,
		.takes_more = true,
		.run = import_canvas_run,
		.summary = "import courses and who is in them from Canvas",
		.help = "SIS files or provisioning reports: accounts, terms, courses, sections, xlists, users,\n"
			"enrollments, told by their columns. Whose login_id is a user name on --hub is that\n"
			"person. A course is a group, its account the department.\n" ROSTER_HELP,
		.example =
			"mkdir -p sis\n"
			"cat > sis/courses.csv <<'END'\n"
			"course_id,short_name,long_name,account_id,term_id,status,start_date,end_date\n"
			"CHEM-1,CHEM 1,General Chemistry,physics,,active,2026-09-01,2026-12-20\n"
			"END\n"
			"cat > sis/users.csv <<'END'\n"
			"user_id,login_id,full_name,status\n"
			"p-1001,ada,Ada Byron,active\n"
			"END\n"
			"cat > sis/enrollments.csv <<'END'\n"
			"course_id,user_id,role,status\n"
			"CHEM-1,p-1001,student,active\n"
			"END\n"
			"hubmeter import canvas sis --institution northfield --hub physics-hub\n",
	},
	{
		.name = "import",
		.subcommand = "oneroster",
		.arguments = "DIR|FILE...",
		.n_arguments = 1,
		.takes_more = true,
		.run = import_oneroster_run,
		.summary = "import classes and who is in them from OneRoster",
		.help = "CSV files of OneRoster 1.1 or 1.2, in a folder or an archive (.zip): orgs,\n"
			"academicSessions, courses, classes, users, enrollments. Whose username is a user\n"
			"name on --hub is that person. A class is a group. Of files that the manifest calls\n"
			"bulk, who is missing left now.\n" ROSTER_HELP,
		.example =
			"mkdir -p oneroster\n"
			"cat > oneroster/manifest.csv <<'END'\n"
			"propertyName,value\n"
			"oneroster.version,1.1\n"
			"file.users,bulk\n"
			"END\n"
			"cat > oneroster/users.csv <<'END'\n"
			"sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,"
			"givenName,familyName\n"
			"p-1001,,,true,,student,ada,Ada,Byron\n"
			"END\n"
			"hubmeter import oneroster oneroster --institution northfield --hub physics-hub\n",
	},
	{
		.name = "import",
		.subcommand = "coldfront",
		.arguments = "FILE.csv...",
		.n_arguments = 1,
		.takes_more = true,
		.run = import_coldfront_run,
		.summary = "import projects and who is in them",
		.help = "Columns: project, pi, title, users (user names) or username (a row for each), status\n"
			"and, where there are, start, end, cost_centre: as ColdFront and others list projects\n"
			"or allocations. A project is a group. User names that are nobody's are counted, with\n"
			"--create-people they are new people.\n" ROSTER_HELP,
		.example =
			"cat > projects.csv <<'END'\n"
			"project,pi,title,users,start,end,status\n"
			"laser-1,ada,Laser Cooling,\"ada,ben\",2026-01-01,2026-12-31,Active\n"
			"END\n"
			"hubmeter import coldfront projects.csv --institution northfield --hub physics-hub\n",
	},
	{
		.name = "import",
		.subcommand = "jupyterhub",
		.arguments = "URL",
		.n_arguments = 1,
		.run = import_jupyterhub_run,
		.summary = "import groups and who is in them from a hub",
		.help = "Asks the hub at URL for its users and groups with the token in --token-file. A group\n"
			"is a project, the property cost_centre (--cost-centre-property) its department.\n"
			"Who is missing left now. User names that are nobody's are counted, with\n"
			"--create-people they are new people. Needs --institution and --hub. All of it or\n"
			"nothing; --dry-run says what would change.\n",
		.example =
			"hubmeter import jupyterhub https://hub.example.org --token-file hub.token \\\n"
			"    --institution northfield --hub physics-hub\n",
	},
	{
		.name = "void",
		.arguments = "KIND FILE.csv|-",
		.n_arguments = 2,
		.run = void_run,
		.summary = "undo rows of a file that were wrong",
		.help = "KIND and columns are those of import. What the rows say of a time counts as if it\n"
			"had never been said: an alias, a membership, the owner of a hub, a price. It is\n"
			"kept with --reason TEXT, and the charges that it concerns are rated again. A row\n"
			"is found by its key and valid_from. All of the file or nothing; --dry-run says\n"
			"what would change.\n",
		.example =
			"cat > wrong.csv <<'END'\n"
			"person,institution,group,valid_from,valid_to\n"
			"p-1001,northfield,lasers,2026-01-01,\n"
			"END\n"
			"hubmeter void members wrong.csv --reason 'left before the year began'\n",
	},
	{
		.name = "rate",
		.arguments = "",
		.run = rate_run,
		.summary = "bring charges up to date",
		.help = "Prices and attributes the usage of every hub-day that changed since it was last\n"
			"rated. Safe to run twice, also twice at once.\n",
		.example = "hubmeter rate\n",
	},
	{
		.name = "report",
		.subcommand = "departments",
		.arguments = REPORT_MONTH,
		.run = report_departments_run,
		.summary = "what each department used and what it costs",
		.help = REPORT_HELP,
		.example =
			"hubmeter report departments --month last --format csv > departments.csv\n",
	},
	{
		.name = "report",
		.subcommand = "users",
		.arguments = REPORT_MONTH,
		.run = report_users_run,
		.summary = "what each person used and what it costs",
		.help = REPORT_HELP,
		.example = "hubmeter report users --month 2026-10\n",
	},
	{
		.name = "report",
		.subcommand = "nodes",
		.arguments = REPORT_MONTH,
		.run = report_nodes_run,
		.summary = "what each node used, and who accounts for it",
		.help = "Ends with the reconciliation: node total - people - system, which is to be 0.\n" REPORT_HELP,
		.example = "hubmeter report nodes --exact\n",
	},
	{
		.name = "topic",
		.subcommand = "create",
		.arguments = "HUB",
		.n_arguments = 1,
		.run = topic_create_run,
		.summary = "make a hub's Kafka topic",
		.help = "Makes usage.HUB.v1 with --partitions N. Leaves a topic that exists as it is.\n",
		.example = "hubmeter topic create physics-hub --partitions 6\n",
	},
	{
		.name = "topic",
		.subcommand = "list",
		.arguments = "",
		.run = topic_list_run,
		.summary = "list the usage topics",
		.help = "One row each: hub, partitions, records held. --format table|csv|json.\n",
		.example = "hubmeter topic list\n",
	},
	{
		.name = "doctor",
		.arguments = "",
		.run = doctor_run,
		.summary = "check the whole path and say what to do",
		.help = "One line each check: ok, WARN or FAIL, what is wrong and what to do. What can't be\n"
			"checked for a reason that was already given is left out. Exit status 1 when\n"
			"anything FAILs.\n",
		.example = "hubmeter doctor --silent-after 10m\n",
	},
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
	if (words->count - own > command->n_arguments && !command->takes_more)
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

void command_print_line(void *context, const char *line)
{
	(void)context;
	(void)puts(line);
}

/*
 * Private to the files that say what the program can do: a command, and the tables of them.
 */
#ifndef CLI_COMMAND_COMMAND_TABLE_H
#define CLI_COMMAND_COMMAND_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/config.h"

struct command {
	const char *name;
	const char *subcommand; /* NULL: none */
	const char *arguments;	/* for help */
	int n_arguments;
	bool takes_more; /* of the last */
	int (*run)(const struct config *config, char **arguments);
	const char *view; /* instead: of report_view_run() */
	const char *summary;
	const char *help;
	const char *example; /* for a shell, can be pasted */
};

#define REPORT_MONTH "[--month MONTH]"
#define REPORT_HELP                                                                                \
	"--month is YYYY-MM, current (the default) or last, in the institution's calendar;\n"      \
	"--from and --to, or --fiscal-year YEAR, are several. --institution CODE limits it to\n"   \
	"one, --unit CODE to a unit and what is below it, --person KEY to a person.\n"             \
	"--format csv|json and --exact show exact figures; the table is in core-hours and\n"       \
	"cents and has totals. Below it stands what is missing.\n"

#define IMPORT_FILE "FILE.csv|-"
#define IMPORT_HELP                                                                                \
	"All of the file or nothing; --dry-run says what would change. - is standard input.\n"     \
	"Rows that --source NAME (csv) brought are changed by files of that source only; with\n"   \
	"--replace those that the file lacks are voided.\n"

/* A file to paste, then what imports it. */
#define IMPORT_EXAMPLE(kind, rows) IMPORT_EXAMPLE_OF("import " kind, kind, rows)
#define IMPORT_EXAMPLE_OF(command, kind, rows)                                                     \
	"cat > " kind ".csv <<'END'\n" rows "END\nhubmeter " command " " kind ".csv\n"

/* How data gets in, which money pays, what is charged, what is made of it, and how months close: in
 * the order in which help lists them. */
extern const struct command command_table_in[];
extern const size_t command_table_in_size;
extern const struct command command_table_money[];
extern const size_t command_table_money_size;
extern const struct command command_table_report[];
extern const size_t command_table_report_size;
extern const struct command command_table_out[];
extern const size_t command_table_out_size;
extern const struct command command_table_close[];
extern const size_t command_table_close_size;

#endif

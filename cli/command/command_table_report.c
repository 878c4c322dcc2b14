/* Commands that rate and report. */
#include "cli/command/command_table.h"

#include "cli/command/rate.h"
#include "cli/command/report.h"

const struct command command_table_report[] = {
	{
		.name = "rate",
		.arguments = "",
		.run = rate_run,
		.summary = "bring charges up to date",
		.help = "Prices and attributes the usage of every hub-day that changed since it was last\n"
			"rated, charges fees, and distributes the bills that changed or whose usage did.\n"
			"Safe to run twice, also twice at once. With --follow it stays and rates within a\n"
			"minute what comes in.\n",
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
		.subcommand = "detail",
		.arguments = REPORT_MONTH,
		.run = report_detail_run,
		.summary = "every charge by day and person, and why",
		.help = "One row per share of a charge line: rate, who pays and the rule in words.\n"
			"'hubmeter explain LINE' says more about one.\n" REPORT_HELP,
		.example = "hubmeter report detail --unit physics --month 2026-10\n",
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
		.name = "report",
		.subcommand = "funds",
		.arguments = REPORT_MONTH,
		.run = report_funds_run,
		.summary = "which fund pays how much of it",
		.help = "By the month it is booked in, fund and plan; (none): no fund pays yet, and why. Ends\n"
			"with the reconciliation: charges - funded - unfunded, which is to be 0.\n" REPORT_HELP,
		.example =
			"hubmeter report funds --institution northfield --month last --format csv\n",
	},
};

const size_t command_table_report_size =
	sizeof(command_table_report) / sizeof(command_table_report[0]);

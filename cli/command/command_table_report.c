/* Commands that rate and report. */
#include "cli/command/command_table.h"

#include "cli/command/rate.h"
#include "cli/command/report.h"

#define MONTHS_HELP                                                                                \
	"--month is YYYY-MM, current (the default) or last; --from and --to, or --fiscal-year\n"   \
	"YEAR, are several months. --format csv|json and --exact show exact figures.\n"

#define INSTITUTION_HELP "--institution CODE limits it to one.\n"
#define UNIT_HELP                                                                                  \
	"--institution CODE limits it to one, --unit CODE to a unit and what is below it.\n"

#define REPORT_VIEW(subject, of, example_of)                                                       \
	.name = "report", .subcommand = subject, .arguments = of, .view = subject,                 \
	.example = "hubmeter report " subject " " example_of "\n"

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
		.help = "Ends with the reconciliation: node total - people - system, which is to be 0, and\n"
			"with what the kernel counted of the node less what is attributed there.\n" REPORT_HELP,
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
	{
		REPORT_VIEW("fees", REPORT_MONTH, "--fiscal-year 2027 --format csv"),
		.summary = "fees for active users and memberships",
		.help = "One row for each fee and month, with who pays and how many users were active.\n" MONTHS_HELP
			UNIT_HELP,
	},
	{
		REPORT_VIEW("coverage", REPORT_MONTH, "--month last"),
		.summary = "how much of the time each node was observed",
		.help = "Of the time that was to be expected, and since when a node is silent. What was used in\n"
			"the rest is missing everywhere else.\n" MONTHS_HELP INSTITUTION_HELP,
	},
	{
		REPORT_VIEW("unpriced", REPORT_MONTH, "--month last"),
		.summary = "usage that costs nothing for want of a price",
		.help = "Import prices for it, then rate.\n" MONTHS_HELP INSTITUTION_HELP,
	},
	{
		REPORT_VIEW("unknown-users", REPORT_MONTH, "--month last"),
		.summary = "user names with usage that are nobody's",
		.help = "And what they cost, which is in suspense until 'hubmeter import people' says whose they\n"
			"are. Resembles: a known name that differs only in case or accents.\n" MONTHS_HELP
				INSTITUTION_HELP,
	},
	{
		REPORT_VIEW("pending", REPORT_MONTH, "--month last"),
		.summary = "days that wait to be rated, and why they can't",
		.help = "What changed since they were rated: 'hubmeter rate' brings their charges up to date.\n" MONTHS_HELP
			INSTITUTION_HELP,
	},
	{
		REPORT_VIEW("rating", REPORT_MONTH, "--month last --exact"),
		.summary = "what was metered is what was charged",
		.help = "By hub, UTC day and resource; the difference is 0, or the day waits.\n" MONTHS_HELP,
	},
	{
		REPORT_VIEW("groups", REPORT_MONTH, "--month last --unit physics"),
		.summary = "what courses, labs, projects and services cost",
		.help = "One row for each group, department that pays, and account: rate_card by the price\n"
			"book, actual by bills; never to be added. To whoever may not see names a course is\n"
			"the weeks of 'report courses', in the month in which they begin.\n" MONTHS_HELP
				UNIT_HELP,
	},
	{
		REPORT_VIEW("courses", REPORT_MONTH, "--month last"),
		.summary = "what each course cost by week, and per student",
		.help = "The weeks, from Monday to Sunday, that begin in the month. To whoever may not see names,\n"
			"weeks of so few students that they could be told are shown together with those that\n"
			"follow, and the last ones once it is certain what belongs to them.\n" MONTHS_HELP
				INSTITUTION_HELP,
	},
	{
		REPORT_VIEW("idle", REPORT_MONTH, "--month last"),
		.summary = "what was reserved, paid for and not used",
		.help = "Idle is billable less used; idle_amount is its part of the amount.\n" MONTHS_HELP
			UNIT_HELP,
	},
	{
		REPORT_VIEW("market", REPORT_MONTH, "--month last"),
		.summary = "what the same would have cost on the market",
		.help = "By the market rates of the price book; empty where it has none.\n" MONTHS_HELP
			UNIT_HELP,
	},
	{
		REPORT_VIEW("economics", REPORT_MONTH, "--fiscal-year 2027 --format csv"),
		.summary = "cost per person, student, course and hour",
		.help = "Of each department that pays, by the price book.\n" MONTHS_HELP UNIT_HELP,
	},
	{
		REPORT_VIEW("adjustments", REPORT_MONTH, "--month last"),
		.summary = "what was booked in a later month than it was used",
		.help = "By the month it was booked in (period), with the month of usage and why.\n" MONTHS_HELP
			UNIT_HELP,
	},
	{
		REPORT_VIEW("suspense-age", "", "--institution northfield"),
		.summary = "how long usage has waited for a department",
		.help = "As of today, by reason. --format csv|json and --exact show exact figures.\n" INSTITUTION_HELP,
	},
	{
		REPORT_VIEW("completeness", REPORT_MONTH, "--month last"),
		.summary = "how much of each day was observed",
		.help = "By hub and by what was metered there. Sources overlap; node is all there is.\n" MONTHS_HELP
			INSTITUTION_HELP,
	},
	{
		REPORT_VIEW("reconciliation", REPORT_MONTH, "--month last"),
		.summary = "where the bills of a month went",
		.help = "Bill = attributed + idle + shared + unattributed + difference, which is to be 0.\n"
			"'hubmeter bill reconcile' shows each bill by itself.\n" MONTHS_HELP
				INSTITUTION_HELP,
	},
	{
		REPORT_VIEW("active-users", REPORT_MONTH, "--month last --format csv"),
		.summary = "who was counted for fees for active users",
		.help = "One row for each user name and fee: as many as 'hubmeter report fees' says.\n"
			"--person KEY limits it to a person.\n" MONTHS_HELP INSTITUTION_HELP,
	},
	{
		REPORT_VIEW("department-months", REPORT_MONTH, "--month last"),
		.summary = "what each department cost, by each account",
		.help = "Usage by the price book, the part of the bills (the same usage at what it really cost:\n"
			"never to be added), and fees.\n" MONTHS_HELP UNIT_HELP,
	},
	{
		REPORT_VIEW("tree", REPORT_MONTH, "--month last --unit physics"),
		.summary = "what each department cost with all below it",
		.help = "Twice: in the tree as it was at the time of use, and in the tree as it is now. What is\n"
			"below a department is in columns of its own.\n" MONTHS_HELP UNIT_HELP,
	},
	{
		REPORT_VIEW("course-students", REPORT_MONTH, "--month last --format csv"),
		.summary = "who used what for a course in a week",
		.help = "The weeks, from Monday to Sunday, that begin in the month; also those who teach.\n"
			"--person KEY limits it to a person.\n" MONTHS_HELP INSTITUTION_HELP,
	},
	{
		REPORT_VIEW("sizing", REPORT_MONTH, "--month last"),
		.summary = "what servers requested, and what would have done",
		.help = "By hub, class and requested size: the part that was used, the smallest size that held\n"
			"the highest quarter of an hour of 95 % of the days, and what that saves.\n" MONTHS_HELP
				INSTITUTION_HELP,
	},
	{
		REPORT_VIEW("forecast", "", "--institution northfield"),
		.summary = "how long the money of funds lasts",
		.help = "As of today: what is spent and left of each fund, its pace, what will be spent by its\n"
			"last day at that pace and at slower and faster ones, and the day it runs out.\n"
			"--format csv|json and --exact show exact figures.\n" INSTITUTION_HELP,
	},
};

const size_t command_table_report_size =
	sizeof(command_table_report) / sizeof(command_table_report[0]);

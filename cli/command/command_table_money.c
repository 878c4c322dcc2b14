/* Commands that say which money there is and who may spend it. */
#include "cli/command/command_table.h"

#include "cli/command/import/import.h"
#include "cli/command/money/budget.h"
#include "cli/command/money/plan.h"

const struct command command_table_money[] = {
	{
		.name = "import",
		.subcommand = "chart-segments",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_chart_segments_run,
		.summary = "import what chart strings look like",
		.help = "Columns: institution, position, segment, pattern, separator, optional. A chart string\n"
			"is the segments in their order, each a whole match of its pattern (a regular\n"
			"expression), with the separator (a hyphen) before all but the first. The file is the\n"
			"whole grammar of every institution that it names. All of the file or nothing;\n"
			"--dry-run says what would change. - is standard input.\n",
		.example = IMPORT_EXAMPLE("chart-segments",
			"institution,position,segment,pattern,separator,optional\n"
			"northfield,1,fund,\\d{5},,\n"
			"northfield,2,org,[A-Z]{2}\\d{3},-,\n"
			"northfield,3,account,\\d{4},-,yes\n"),
	},
	{
		.name = "import",
		.subcommand = "funds",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_funds_run,
		.summary = "import the funds that can pay",
		.help = "Columns: institution, fund, name, kind, chart_string, start, end, last_posting,\n"
			"amount, overdraw. Start, end and last_posting are days that still count, as a notice\n"
			"of award says them. Without an amount a fund is not limited. Later changes of amount\n"
			"and days are amendments. All of the file or nothing; --dry-run says what would\n"
			"change. - is standard input.\n",
		.example = IMPORT_EXAMPLE("funds",
			"institution,fund,name,kind,chart_string,start,end,last_posting,amount\n"
			"northfield,nsf-1,Cold Atoms,federal,11301-PH100,2026-01-01,2026-12-31,2027-03-31,"
			"50000\n"
			"northfield,physics-op,Physics operating,operating,10000-PH100-6100,,,,\n"),
	},
	{
		.name = "import",
		.subcommand = "amendments",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_amendments_run,
		.summary = "import what became of awards",
		.help = "Columns: institution, fund, kind, amount, start, end, last_posting, effective,\n"
			"reference. Kind is increment, extension, carry-over, de-obligation or transfer (rows\n"
			"of one reference that add up to 0). They are only ever added: a wrong one is made good\n"
			"by another. All of the file or nothing; --dry-run says what would change. - is\n"
			"standard input.\n",
		.example = IMPORT_EXAMPLE("amendments",
			"institution,fund,kind,amount,end,effective,reference\n"
			"northfield,nsf-1,increment,25000,,2026-07-01,Amendment 1\n"
			"northfield,nsf-1,extension,,2027-06-30,2026-12-31,Amendment 2\n"),
	},
	{
		.name = "import",
		.subcommand = "plans",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_plans_run,
		.summary = "import which funds pay in which order",
		.help = "Columns: institution, plan, valid_from, tier, leg, fund, weight_ppm, cap, cap_window,\n"
			"only_classes, on_exhaust, basis, author, approver. Rows of one plan and valid_from\n"
			"are a version: it pays once 'hubmeter plan approve' approved it, until the next one.\n"
			"The weights of a tier add up to 1000000; the last tier pays whatever is left. All of\n"
			"the file or nothing; --dry-run says what would change. - is standard input.\n",
		.example = IMPORT_EXAMPLE("plans",
			"institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author\n"
			"northfield,lasers,2026-01-01,1,1,nsf-1,1000000,work on Cold Atoms,ada\n"
			"northfield,lasers,2026-01-01,2,1,physics-op,1000000,,\n"),
	},
	{
		.name = "import",
		.subcommand = "assignments",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_assignments_run,
		.summary = "import whose charges a plan pays",
		.help = "Columns: institution, plan, scope, code, valid_from, valid_to. Scope is unit, group,\n"
			"person or tag; the first of tag, group, person and department that has a plan\n"
			"counts.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("assignments",
			"institution,plan,scope,code,valid_from\n"
			"northfield,lasers,group,lasers,2026-01-01\n"),
	},
	{
		.name = "import",
		.subcommand = "caps",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_caps_run,
		.summary = "import how much may be paid in a time",
		.help = "Columns: institution, scope, code, amount, window, overdraw, valid_from, valid_to.\n"
			"Scope is fund, plan, unit or person, window life, fiscal_year or month.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("caps", "institution,scope,code,amount,window\n"
						  "northfield,person,p-1001,200,month\n"),
	},
	{
		.name = "import",
		.subcommand = "budgets",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_budgets_run,
		.summary = "import what departments may spend in a year",
		.help = "Columns: institution, unit, fiscal_year, amount, delegated_by. A budget is delegated\n"
			"from that of the nearest department above that has one for the year, in the file or\n"
			"stored, and stays so; what is delegated never exceeds it. All of the file or nothing;\n"
			"--dry-run says what would change. - is standard input.\n",
		.example = IMPORT_EXAMPLE("budgets",
			"institution,unit,fiscal_year,amount,delegated_by\n"
			"northfield,physics,2026,48000,Office of the Dean\n"),
	},
	{
		.name = "import",
		.subcommand = "stewards",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_stewards_run,
		.summary = "import who looks after whose budgets",
		.help = "Columns: login, institution, unit, valid_from, valid_to. The login, a member of the\n"
			"role hm_steward, sees the budgets of the department and of all below it, and sets\n"
			"those below it.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("stewards", "login,institution,unit,valid_from\n"
						      "ada,northfield,physics,2026-01-01\n"),
	},
	{
		.name = "import",
		.subcommand = "readers",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_readers_run,
		.summary = "import who sees what in reports",
		.help = "Columns: login, scope, institution, code, valid_from, valid_to. The scope is federation,\n"
			"institution, unit (with what was below it at the time of use), group, person or fund.\n"
			"A login that has a row sees what its rows say and no more. The login is the role that\n"
			"signs in to the database, or hub:username, proxy:name, local:name.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("readers", "login,scope,institution,code\n"
						     "ada,unit,northfield,physics\n"
						     "eve,institution,northfield,\n"),
	},
	{
		.name = "import",
		.subcommand = "thresholds",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_thresholds_run,
		.summary = "import at how many percent there are alerts",
		.help = "Columns: institution, percent. The file is all thresholds of the institutions that it\n"
			"names; others have 50, 80 and 100. All of the file or nothing; --dry-run says what\n"
			"would change. - is standard input.\n",
		.example = IMPORT_EXAMPLE("thresholds", "institution,percent\n"
							"northfield,75\n"
							"northfield,100\n"),
	},
	{
		.name = "import",
		.subcommand = "closing",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_closing_run,
		.summary = "import how months close, and on which accounts",
		.help = "Columns: institution, review_days, late_months, late_plan, recovery, due_from, due_to,\n"
			"suspense: working days of a review (10), how many months late a charge may be posted\n"
			"(2), the plan that pays for what is later, and chart strings. All of the file or\n"
			"nothing; --dry-run says what would change. - is standard input.\n",
		.example = IMPORT_EXAMPLE("closing",
			"institution,recovery,due_from,due_to,suspense\n"
			"northfield,11900-IT100,11910-IT100,11920-IT100,11990-IT100\n"),
	},
	{
		.name = "budget",
		.subcommand = "set",
		.arguments = "UNIT",
		.n_arguments = 1,
		.run = budget_set_run,
		.summary = "set the budget of a department",
		.help = "Needs --institution CODE, --fiscal-year YEAR and --amount AMOUNT. As whoever signed in:\n"
			"a member of hm_steward sets the budgets below the own department, a member of\n"
			"hm_rater all. A new one is delegated from that of the nearest department above.\n",
		.example =
			"hubmeter budget set physics --institution northfield --fiscal-year 2026 --amount 50000\n",
	},
	{
		.name = "plan",
		.subcommand = "check",
		.arguments = "[PLAN]",
		.takes_more = true,
		.run = plan_check_run,
		.summary = "list plans and what is wrong with them",
		.help = "One row for each version, or for each of its faults: when it begins to hold, whether\n"
			"it is approved, recorded (a file says who approved it, for usage before the database\n"
			"was made) or waiting, who wrote, entered and approved it. --institution CODE limits\n"
			"it to one. Exit status 1 when anything has a fault. --format table|csv|json.\n",
		.example = "hubmeter plan check --institution northfield\n",
	},
	{
		.name = "plan",
		.subcommand = "approve",
		.arguments = "PLAN",
		.n_arguments = 1,
		.run = plan_approve_run,
		.summary = "approve a plan that somebody else entered",
		.help = "Approves the waiting versions of the plan of --institution CODE, or the one that holds\n"
			"from --valid-from on; it pays from then on. Refuses what has faults, and the login\n"
			"that entered or wrote it. Needs a login that is a member of hm_controller.\n",
		.example = "hubmeter plan approve lasers --institution northfield\n",
	},
};

const size_t command_table_money_size =
	sizeof(command_table_money) / sizeof(command_table_money[0]);

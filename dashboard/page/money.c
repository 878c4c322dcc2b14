/* Budgets, funds and bills. */
#include "dashboard/page/columns.h"
#include "dashboard/page/sql/sql.h"
#include "dashboard/page/tables.h"

const struct section budgets = {
	.name = "budgets",
	.title = "Budgets of the fiscal year",
	.says = "Spent counts the department and what was below it at the time of use. The forecast is the pace of the last "
		"four weeks.",
	.empty = "There is no budget for the fiscal year.",
	.sql = sql_budgets,
	.column = {DEPARTMENT("unit"), TEXT("fiscal_year", "Fiscal year"),
		MONEY("budget", "Budget"), MONEY("delegated", "Delegated"), MONEY("spent", "Spent"),
		MONEY("available", "Available"),
		{.name = "percent_used", .title = "Spent", .kind = CELL_METER},
		MONEY("forecast", "Forecast"), TEXT("run_out_day", "Runs out"),
		STATE("state", "State", "level")},
};

const struct section alerts = {
	.name = "alerts",
	.title = "Thresholds that were crossed",
	.empty = "None was.",
	.sql = sql_alerts,
	.column = {TEXT("kind", "Of"), TEXT("code", "Code"), PERCENT("percent", "Threshold"),
		MONEY("spent", "Spent then"), MONEY("amount", "Of"),
		TEXT("raised_at", "Noticed (UTC)"), STATE("state", "State", "level")},
};

const struct section funds = {
	.name = "funds",
	.title = "Funds",
	.says = "Those that run out first stand first.",
	.empty = "There is no fund.",
	.sql = sql_funds,
	.column = {LINK("fund", "Fund", "fund", "fund=fund"), TEXT("name", "Name"),
		TEXT("kind", "Kind"), STATE("status", "Status", "level"),
		MONEY("authorised", "Authorised"), MONEY("spent", "Spent"), MONEY("held", "Held"),
		MONEY("available", "Available"), MONEY("forecast", "Forecast"),
		TEXT("run_out_day", "Runs out"), TEXT("last_day", "Ends")},
};

const struct section fund_facts = {
	.name = "fund",
	.title = "The fund",
	.empty = "There is no such fund, or none that you may see.",
	.sql = sql_fund_facts,
	.kind = SECTION_FACTS,
	.column = {TEXT("name", "Name"), TEXT("kind", "Kind"), TEXT("status", "Status"),
		TEXT("chart_string", "Chart string"), MONEY("authorised", "Authorised"),
		MONEY("spent", "Spent"), MONEY("held", "Held for running servers"),
		MONEY("available", "Available"), TEXT("first_day", "First day"),
		TEXT("last_day", "Last day"), TEXT("last_posting", "Last day of posting")},
};

const struct section fund_burn = {
	.name = "fund_burn",
	.title = "The fund over its life",
	.sql = sql_fund_burn,
	.kind = SECTION_BURN,
	.column = {TEXT("day", "Day"), MONEY("amount", "Paid"), MONEY("spent", "Paid so far"),
		MONEY("budget", "Authorised")},
};

const struct section fund_statement = {
	.name = "fund_statement",
	.title = "Movements, the latest first",
	.empty = "Nothing was moved.",
	.sql = sql_fund_statement,
	.column = {COUNT("number", "Number"), TEXT("day", "Day"), TEXT("kind", "Kind"),
		TEXT("reference", "Reference"), TEXT("plan", "Plan"),
		TEXT("usage_month", "Month of usage"), MONEY("change", "Change"),
		MONEY("balance", "Balance")},
};

const struct section fund_legs = {
	.name = "fund_legs",
	.title = "What it paid, by month and department",
	.sql = sql_fund_legs,
	.column = {TEXT("month", "Month"), TEXT("plan", "Plan"), DEPARTMENT("department"),
		TOTAL("amount", "Paid")},
};

const struct section bill_parts = {
	.name = "bill_parts",
	.title = "Bills by what became of them, twelve months",
	.empty = "No bill of these months was imported, or none that you may see.",
	.sql = sql_bill_parts,
	.kind = SECTION_STACK,
	.column = {TEXT("month", "Month"), TEXT("part", "Part"), TOTAL("amount", "Amount")},
};

const struct section bill_months = {
	.name = "reconciliation",
	.title = "Reconciliation",
	.says = "Bill = attributed + idle + shared + unattributed + difference, which is 0 to the nano-unit.",
	.sql = sql_bill_months,
	.column = {TEXT("month", "Month"), TOTAL("bill", "Bill"), TOTAL("attributed", "Attributed"),
		TOTAL("idle", "Idle"), TOTAL("shared", "Shared"),
		TOTAL("unattributed", "Unattributed"), TOTAL("difference", "Difference"),
		STATE("state", "State", "level")},
};

const struct section bills = {
	.name = "bills",
	.title = "Bills of the month",
	.sql = sql_bills,
	.column = {TEXT("issuer", "Issuer"), TEXT("account", "Account"), COUNT("lines", "Lines"),
		TOTAL("total", "Total"), TOTAL("people", "By usage"), TOTAL("shared", "Shared"),
		TOTAL("idle", "Idle"), TOTAL("residual", "Residual"),
		TOTAL("difference", "Difference"), STATE("state", "State", "level")},
};

const struct section bill_unmatched = {
	.name = "bill_unmatched",
	.title = "Lines that no rule fits",
	.sql = sql_bill_unmatched,
	.column = {TEXT("issuer", "Issuer"), TEXT("account", "Account"), TEXT("service", "Service"),
		TEXT("category", "Category"), TEXT("resource", "Resource"), COUNT("lines", "Lines"),
		TOTAL("amount", "Amount")},
};

const struct section bill_departments = {
	.name = "bill_departments",
	.title = "Who bears them",
	.sql = sql_bill_departments,
	.column = {DEPARTMENT("department"), TEXT("component", "Component"),
		{.name = "amount",
			.title = "Amount",
			.kind = CELL_MONEY,
			.link = "bill-charges",
			.carry = "unit=department,resource=component",
			.has_sum = true}},
};

const struct section bill_charges = {
	.name = "bill_charges",
	.title = "Charges",
	.says = "The largest first; credits are among them.",
	.empty = "No part of a bill and no fee was charged of what is chosen.",
	.sql = sql_bill_charges,
	.column = {LINK("line_id", "Charge", "line", "line=line_id"), TEXT("day", "Day"),
		TEXT("component", "Component"), TEXT("hub", "Hub"), TEXT("username", "User name"),
		DEPARTMENT("department"), TEXT("why", "Why this department"),
		{.name = "amount", .title = "Amount", .kind = CELL_EXACT}},
};

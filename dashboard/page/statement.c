/* A month on paper: what was used at which rate, what was added, which money paid, and that it adds
 * up. */
#include "dashboard/page/columns.h"
#include "dashboard/page/sql/sql.h"
#include "dashboard/page/tables.h"

const struct section statement_head = {
	.name = "statement",
	.title = "What it is of",
	.empty = "There is no such institution, or none that you may see.",
	.sql = sql_statement_head,
	.kind = SECTION_FACTS,
	.column = {TEXT("institution", "Institution"), TEXT("department", "Department"),
		TEXT("period", "Month"), TEXT("time_zone", "Calendar of"), TEXT("books", "Books"),
		TEXT("made_at", "Made")},
};

const struct section statement_totals = {
	.name = "statement_totals",
	.title = "Total",
	.says = "Of bills is the same usage at what it really cost, not to be added. Difference is what the department is charged less "
		"what this statement lists.",
	.empty = "Nothing was charged in this month.",
	.sql = sql_statement_totals,
	.column = {MONEY("usage", "Usage"), MONEY("fees", "Fees"), MONEY("total", "Total"),
		MONEY("bills", "Of bills"), MONEY("difference", "Difference"),
		TEXT("currency", "Currency")},
};

const struct section statement_usage = {
	.name = "statement_usage",
	.title = "Usage by rate",
	.sql = sql_statement_usage,
	.column = {TEXT("resource", "Resource"), TEXT("class", "Class"),
		QUANTITY("billable", "Billable"), RATE("rate", "Rate"),
		TEXT("rate_unit", "Unit of the rate"), COUNT("charges", "Charges"),
		TOTAL("amount", "Amount")},
};

const struct section statement_fees = {
	.name = "statement_fees",
	.title = "Fees",
	.sql = sql_statement_fees,
	.column = {TEXT("fee", "Fee"), TEXT("kind", "Kind"), TEXT("department", "Department"),
		COUNT("users", "Active users"), TOTAL("amount", "Amount")},
};

const struct section statement_bills = {
	.name = "statement_bills",
	.title = "Its part of the bills",
	.says = "The same usage at what it really cost: a second account, not to be added.",
	.sql = sql_bill_departments,
	.column = {TEXT("department", "Department"), TEXT("component", "Component"),
		TOTAL("amount", "Amount")},
};

const struct section statement_funds = {
	.name = "statement_funds",
	.title = "Which money pays",
	.says = "Subsidies first. Funds pay all accounts that are charged: usage, fees and bills.",
	.sql = sql_statement_funds,
	.column = {TEXT("fund", "Fund"), TEXT("name", "Name"), TEXT("kind", "Kind"),
		TEXT("plan", "Plan"), TOTAL("amount", "Amount")},
};

const struct section statement_adjustments = {
	.name = "statement_adjustments",
	.title = "Adjustments of earlier months booked in this one",
	.says = "They are part of what the month of usage costs, not of the total above. By the price book and of "
		"bills are two accounts, not to be added.",
	.empty = "None.",
	.sql = sql_statement_adjustments,
	.column = {TEXT("usage_month", "Month of usage"), TEXT("department", "Department"),
		TEXT("account", "Account"), COUNT("lines", "Lines"), TEXT("reason", "Why"),
		MONEY("amount", "Amount")},
};

/* Who used what and what it cost. */
#include "dashboard/page/columns.h"
#include "dashboard/page/sql/sql.h"
#include "dashboard/page/tables.h"

const struct section institution_months = {
	.name = "institution_months",
	.title = "Cost by institution, twelve months",
	.says = "Those that are charged in the currency of the chosen one.",
	.sql = sql_institution_months,
	.kind = SECTION_STACK,
	.column = {TEXT("month", "Month"),
		LINK("institution", "Institution", "", "institution=institution"),
		TOTAL("amount", "Cost")},
};

const struct section institution_costs = {
	.name = "institutions",
	.title = "Institutions",
	.empty = "No institution was charged in this month.",
	.sql = sql_institution_costs,
	.column = {LINK("institution", "Institution", "", "institution=institution"),
		TEXT("name", "Name"), COUNT("departments", "Departments"), TOTAL("cost", "Cost"),
		TOTAL("before", "Month before"), TOTAL("suspense", "Nobody's yet"),
		TOTAL("bill", "Bills"), TOTAL("difference", "Difference")},
};

const struct section overview_tiles = {
	.name = "summary",
	.title = "Summary",
	.sql = sql_overview_tiles,
	.kind = SECTION_TILES,
	.empty = "Nothing was charged in this month.",
};

const struct section overview_departments = {
	.name = "departments",
	.title = "Departments",
	.says = "Cost is usage by the price book and fees. Bills are what the same usage really cost: a second "
		"account, never added to the first.",
	.empty = "No department was charged in this month.",
	.sql = sql_overview_departments,
	.column = {DEPARTMENT("department"), TEXT("name", "Name"),
		{.name = "cost",
			.title = "Cost",
			.kind = CELL_MONEY,
			.link = "charges",
			.carry = "unit=department",
			.has_sum = true},
		TOTAL("before", "Month before"), TOTAL("of_bills", "Of bills"),
		MONEY("budget", "Budget"),
		{.name = "percent_used", .title = "Spent", .kind = CELL_METER},
		MONEY("forecast", "Forecast"), STATE("state", "Budget", "level")},
};

const struct section overview_months = {
	.name = "months",
	.title = "Cost by department, twelve months",
	.empty = "Nothing was charged in these twelve months.",
	.sql = sql_overview_months,
	.kind = SECTION_STACK,
	.column = {TEXT("month", "Month"), DEPARTMENT("department"), TOTAL("amount", "Cost")},
};

const struct section overview_resources = {
	.name = "resources",
	.title = "What it was spent on",
	.says = "By the price book.",
	.empty = "Nothing was used.",
	.sql = sql_overview_resources,
	.column = {LINK("resource", "Resource", "charges", "unit,resource=resource"),
		QUANTITY("used", "Used"), QUANTITY("billable", "Billable"), TOTAL("amount", "Cost"),
		{.name = "percent", .title = "Part", .kind = CELL_METER}},
};

const struct section overview_people = {
	.name = "people",
	.title = "Who used it",
	.says = "The most expensive first.",
	.sql = sql_overview_people,
	.column = {LINK("username", "User name", "person",
			   "person=person,username=username,hub=hub"),
		TEXT("hub", "Hub"), DEPARTMENT("department"), TOTAL("amount", "Cost")},
};

const struct section department_burn = {
	.name = "burn",
	.title = "The budget over its fiscal year",
	.says = "Spent so far, and where the pace of the last four weeks leads: the band is their slowest and fastest "
		"week.",
	.sql = sql_department_burn,
	.kind = SECTION_BURN,
	.column = {TEXT("day", "Day"), MONEY("amount", "Charges"), MONEY("spent", "Spent so far"),
		MONEY("budget", "Budget")},
};

const struct section department_below = {
	.name = "below",
	.title = "The department and those below it",
	.empty = "Nothing was charged in this month.",
	.sql = sql_department_below,
	.column = {DEPARTMENT("department"), TEXT("name", "Name"), TOTAL("usage_amount", "Usage"),
		TOTAL("fee_amount", "Fees"), TOTAL("cost", "Cost"),
		TOTAL("bill_amount", "Of bills")},
};

const struct section department_tree = {
	.name = "department_tree",
	.title = "With all below it, as it was and as it is",
	.says = "As it was counts what was below it at the time of use; as it is, what is below it now.",
	.sql = sql_department_tree,
	.column = {TEXT("month", "Month"), TEXT("tree", "Tree"), MONEY("own", "Own"),
		MONEY("below", "Below it"), MONEY("cost", "Cost"), MONEY("of_bills", "Of bills")},
};

const struct section department_groups = {
	.name = "department_groups",
	.title = "Courses, labs and projects that it paid for",
	.sql = sql_department_groups,
	.column = {LINK("group_code", "Group", "course", "group=group_code"), TEXT("kind", "Kind"),
		TEXT("name", "Name"), COUNT("people", "People"), TOTAL("amount", "Cost")},
};

const struct section person_months = {
	.name = "person_months",
	.title = "Cost by month and department",
	.sql = sql_person_months,
	.kind = SECTION_STACK,
	.column = {TEXT("month", "Month"), DEPARTMENT("department"), TOTAL("amount", "Cost")},
};

const struct section person_resources = {
	.name = "person_resources",
	.title = "What it was spent on",
	.empty = "Nothing was used in this month.",
	.sql = sql_person_resources,
	.column = {DEPARTMENT("department"), TEXT("resource", "Resource"), QUANTITY("used", "Used"),
		QUANTITY("billable", "Billable"), TOTAL("amount", "Cost")},
};

const struct section mine_months = {
	.name = "my_months",
	.title = "Cost by month",
	.sql = sql_mine_months,
	.kind = SECTION_STACK,
	.column = {TEXT("month", "Month"), TEXT("resource", "Resource"), TOTAL("amount", "Cost")},
};

const struct section mine = {
	.name = "mine",
	.title = "The month by hub and resource",
	.empty = "Your user names used nothing in this month.",
	.sql = sql_mine,
	.column = {LINK("username", "User name", "person",
			   "person=person,username=username,hub=hub"),
		TEXT("hub", "Hub"), TEXT("department", "Paid by"), TEXT("resource", "Resource"),
		QUANTITY("used", "Used"), QUANTITY("billable", "Billable"),
		TOTAL("amount", "Cost")},
};

const struct section charges = {
	.name = "charges",
	.title = "Charges",
	.says = "The largest first; a charge is the usage of a day, a user's server and a resource. With the fees, "
		"if there are any, they are the cost.",
	.empty = "Nothing was charged of what is chosen.",
	.sql = sql_charges,
	.column = {LINK("line_id", "Charge", "line", "line=line_id"),
		LINK("day", "Day", "charges", "unit,person,username,hub,day=day"),
		LINK("username", "User name", "person", "person=person,username=username,hub=hub"),
		TEXT("resource", "Resource"), TEXT("class", "Class"),
		QUANTITY("billable", "Billable"), RATE("rate", "Rate"),
		TEXT("rate_unit", "Unit of the rate"), TOTAL("amount", "Cost"),
		DEPARTMENT("department"), LINK("group_code", "Group", "course", "group=group_code"),
		TEXT("why", "Why this department")},
};

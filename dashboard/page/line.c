/* From usage to money: the steps of one charge. */
#include "dashboard/page/columns.h"
#include "dashboard/page/sql/sql.h"
#include "dashboard/page/tables.h"

const struct section line_head = {
	.name = "line",
	.title = "The charge",
	.sql = sql_line_head,
	.kind = SECTION_FACTS,
	.column = {TEXT("line", "Number"), EXACT("amount", "Amount"), TEXT("resource", "Resource"),
		TEXT("username", "User name"), TEXT("hub", "Hub"), TEXT("server", "Server"),
		TEXT("class", "Class"), TEXT("tag", "Tag"), TEXT("day", "Day (UTC)"),
		TEXT("month", "Month of usage"), TEXT("posted", "Booked in"),
		TEXT("account", "Account"), STATE("state", "State", "level")},
};

const struct section line_usage = {
	.name = "line_usage",
	.title = "What was used",
	.says = "Quarters of an hour, as collectors measured them. Billable is the greater of used and reserved, taken per "
		"sample.",
	.sql = sql_line_usage,
	.column = {TEXT("slot", "Quarter of an hour from (UTC)"), TEXT("node", "Node"),
		TEXT("workload", "Workload"), DECIMAL("used", "Used"),
		DECIMAL("reserved", "Reserved"), DECIMAL("billable", "Billable"),
		TEXT("unit", "Unit")},
};

const struct section line_price = {
	.name = "line_price",
	.title = "The row of the price book",
	.sql = sql_line_price,
	.kind = SECTION_FACTS,
	.column = {TEXT("rate", "Rate"), TEXT("kind", "For"), TEXT("class", "Class"),
		TEXT("row", "Row"), TEXT("valid_from", "Holds from"), TEXT("valid_to", "Up to"),
		TEXT("source", "Source")},
};

const struct section line_amount = {
	.name = "line_amount",
	.title = "What that comes to",
	.sql = sql_line_amount,
	.kind = SECTION_FACTS,
	.column = {TEXT("billable", "Billable"), TEXT("unit", "Unit of the price"),
		TEXT("amount", "Amount")},
};

const struct section line_bill = {
	.name = "line_bill",
	.title = "The bill it is a part of",
	.sql = sql_line_bill,
	.column = {TEXT("what", "What"), TEXT("says", "Is")},
};

const struct section line_shares = {
	.name = "line_shares",
	.title = "Who pays",
	.says = "The first rule that fits decides; nobody is charged twice.",
	.sql = sql_line_shares,
	.column = {DEPARTMENT("department"), TEXT("person", "Person"),
		LINK("group_code", "Group", "course", "group=group_code"), TEXT("rule", "Rule"),
		TEXT("why", "Because"), EXACT("amount", "Amount")},
};

const struct section line_evidence = {
	.name = "line_evidence",
	.title = "What the rule stands on",
	.sql = sql_line_evidence,
	.column = {TEXT("what", "What"), TEXT("says", "Says"), TEXT("valid_from", "From"),
		TEXT("valid_to", "To"), TEXT("source", "Source")},
};

const struct section line_funding = {
	.name = "line_funding",
	.title = "Which money",
	.sql = sql_line_funding,
	.column = {LINK("fund", "Fund", "fund", "fund=fund"), TEXT("name", "Name"),
		TEXT("kind", "Kind"), TEXT("chart_string", "Chart string"), TEXT("plan", "Plan"),
		TEXT("place", "Place"), TEXT("rather_than", "Rather than"),
		EXACT("amount", "Amount")},
};

const struct section line_runs = {
	.name = "line_runs",
	.title = "When it was rated",
	.sql = sql_line_runs,
	.column = {TEXT("run", "Run"), TEXT("at", "At (UTC)"), TEXT("reason", "Reason"),
		TEXT("detail", "Of"), TEXT("by", "By")},
};

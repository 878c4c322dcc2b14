/* How far the figures can be trusted, and what a reader may see of them. */
#include "dashboard/page/columns.h"
#include "dashboard/page/sql/sql.h"
#include "dashboard/page/tables.h"

const struct section observed = {
	.name = "observed",
	.title = "How much of each day was observed",
	.says = "Of the time that the nodes of a hub should have been observed. Usage in the rest is missing.",
	.empty = "No node was expected in this month, or none that you may see.",
	.sql = sql_observed,
	.kind = SECTION_HEAT,
	.column = {TEXT("hub", "Hub"), TEXT("day", "Day"), COUNT("nodes", "Nodes"),
		DECIMAL("observed", "Observed, seconds"), DECIMAL("expected", "Expected, seconds"),
		PERCENT("percent", "Observed")},
};

const struct section laws = {
	.name = "laws",
	.title = "What must add up",
	.says = "Each sum of the month against the other that must be the same; broken is 0.",
	.sql = sql_laws,
	.is_on_request = true,
	.column = {TEXT("law", "Law"), COUNT("checked", "Checked"), COUNT("broken", "Broken")},
};

const struct section measured = {
	.name = "measured",
	.title = "What kernels counted",
	.says = "CPU of whole nodes, counted apart from what is attributed there to people and the system. "
		"Negative: more is attributed than was counted.",
	.empty = "No node says what its kernel counted.",
	.sql = sql_measured,
	.is_on_request = true,
	.column = {TEXT("hub", "Hub"), TEXT("node", "Node"),
		DECIMAL("measured_hours", "Counted, core-hours"),
		DECIMAL("people_hours", "People, core-hours"),
		DECIMAL("system_hours", "System, core-hours"),
		DECIMAL("discrepancy_hours", "Discrepancy, core-hours"),
		PERCENT("percent", "Discrepancy"), DECIMAL("steal_hours", "Stolen, core-hours"),
		TEXT("counter", "Counter")},
};

const struct section nodes = {
	.name = "nodes",
	.title = "Nodes",
	.sql = sql_nodes,
	.column = {TEXT("hub", "Hub"), TEXT("node", "Node"), PERCENT("percent", "Observed"),
		DECIMAL("expected_hours", "Expected, hours"),
		DECIMAL("missing_hours", "Missing, hours"),
		TEXT("silent_since", "Silent since (UTC)")},
};

const struct section suspense_ages = {
	.name = "suspense",
	.title = "Nobody's yet",
	.says = "Usage that no department pays for, by how long it has waited.",
	.empty = "All usage belongs to a department.",
	.sql = sql_suspense_ages,
	.column = {TEXT("reason", "Why"), TEXT("age", "Age"), COUNT("people", "People"),
		TEXT("oldest_day", "Since"), TOTAL("amount", "Cost")},
};

const struct section unknown_users = {
	.name = "unknown_users",
	.title = "User names that are nobody's",
	.says = "Import them with hubmeter import people, then rate.",
	.sql = sql_unknown_users,
	.column = {LINK("username", "User name", "charges", "username=username,hub=hub"),
		TEXT("hub", "Hub"), TEXT("resembles", "Resembles"), TEXT("since", "Since"),
		TOTAL("amount", "Cost")},
};

const struct section unpriced = {
	.name = "unpriced",
	.title = "Usage without a price",
	.sql = sql_unpriced,
	.column = {TEXT("hub", "Hub"), TEXT("class", "Class"), TEXT("resource", "Resource"),
		QUANTITY("billable", "Billable"), TEXT("since", "Since")},
};

const struct section pending = {
	.name = "pending",
	.title = "Days that wait to be rated",
	.empty = "None waits.",
	.sql = sql_pending,
	.column = {TEXT("hub", "Hub"), TEXT("day", "Day"), TEXT("why", "Why"),
		TEXT("tried_at", "Tried (UTC)")},
};

const struct section sight_rows = {
	.name = "sight",
	.title = "What you may see",
	.sql = sql_sight_rows,
	.column = {TEXT("identity", "You are"), TEXT("scope", "You see a"),
		TEXT("institution", "Of"), TEXT("code", "Code")},
};

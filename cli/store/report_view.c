/*
 * Reports that show a view as it is: a row of the table each. What differs is which columns there
 * are, and by which of them months, units and people are chosen.
 *
 * Every statement has the same parameters: $1 months, $2 the institution of each; $3 a unit and
 * what is below it, $4 a person, '' for all. The months by themselves choose the partitions.
 */
#include <stddef.h>
#include <string.h>

#include "cli/store/private.h"
#include "cli/store/store.h"

#define SHOWN(view, columns, chosen, order)                                                        \
	"SELECT " columns " FROM report." view " AS v WHERE " chosen " ORDER BY " order

#define MONTH "to_char(v.month, 'YYYY-MM') AS month"
#define UTC(column)                                                                                \
	"to_char(v." column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"') AS " column

/* @month is a column. */
#define OF_MONTHS_BY(month)                                                                        \
	"v." month " = ANY ($1::date[]) AND (v.institution, v." month ") IN"                       \
	" (SELECT * FROM unnest($2::text[], $1::date[]))"
#define OF_MONTHS OF_MONTHS_BY("month")
/* UTC days of hubs, which are nobody's. */
#define OF_DAYS                                                                                    \
	"v.day >= (SELECT min(m) FROM unnest($1::date[]) AS m)"                                    \
	" AND date_trunc('month', v.day::timestamp)::date = ANY ($1::date[])"                      \
	" AND $2::text[] IS NOT NULL"
/* Days and weeks that begin in the months; @day is a column. */
#define OF_DAYS_BY(day)                                                                            \
	"v." day " >= (SELECT min(m) FROM unnest($1::date[]) AS m)"                                \
	" AND v." day " < (SELECT max(m) + interval '1 month' FROM unnest($1::date[]) AS m)"       \
	" AND (v.institution, date_trunc('month', v." day "::timestamp)::date) IN"                 \
	" (SELECT * FROM unnest($2::text[], $1::date[]))"
#define AS_OF_NOW "v.institution = ANY ($2::text[]) AND $1::date[] IS NOT NULL"
#define OF_UNIT_BY(month)                                                                          \
	" AND ($3 = '' OR (v.institution, v." month ", v.department) IN"                           \
	" (SELECT b.institution, m.month, b.department"                                            \
	" FROM (SELECT DISTINCT unnest($1::date[]) AS month) AS m"                                 \
	" CROSS JOIN LATERAL report.units_below($3, m.month) AS b))"
#define OF_UNIT	   OF_UNIT_BY("month")
#define OF_PERSON  " AND $4 IN ('', coalesce(v.person, ''))"
#define ANY_UNIT   " AND $3 = ''"
#define ANY_PERSON " AND $4 = ''"

#define TAKES_INSTITUTION (REPORT_TAKES_MONTHS | REPORT_TAKES_INSTITUTION)
#define TAKES_UNIT	  (TAKES_INSTITUTION | REPORT_TAKES_UNIT)

/* Trailing zeros of quantities say nothing; amounts keep theirs and line up. */
static const struct report_view views[] = {
	{
		.name = "fees",
		.sql = SHOWN("fee_cost",
			"v.institution, " MONTH
			", v.department, v.fee, v.kind, v.users, v.amount, v.currency",
			OF_MONTHS OF_UNIT ANY_PERSON,
			"v.institution, v.month, v.department, v.fee, v.currency"),
		.money = "amount",
		.empty = "no fee was charged",
		.takes = TAKES_UNIT,
		.is_of_usage = true,
	},
	{
		.name = "coverage",
		.sql = SHOWN("coverage",
			"v.institution, " MONTH
			", v.hub, v.node, trim_scale(v.observed) AS observed,"
			" trim_scale(v.expected) AS expected, " UTC("silent_since"),
			OF_MONTHS ANY_UNIT ANY_PERSON, "v.institution, v.month, v.hub, v.node"),
		.seconds = "observed expected",
		.empty = "no node was observed",
		.takes = TAKES_INSTITUTION,
	},
	{
		.name = "unpriced",
		.sql = SHOWN("unpriced_usage",
			"v.institution, " MONTH ", v.hub, v.class, v.resource,"
			" trim_scale(v.billable) AS billable, v.unit, " UTC("first_slot") ", " UTC(
				"last_slot"),
			OF_MONTHS ANY_UNIT ANY_PERSON,
			"v.institution, v.month, v.hub, v.class, v.resource"),
		.quantities = "billable",
		.empty = "all usage that is rated has a price",
		.takes = TAKES_INSTITUTION,
	},
	{
		.name = "unknown-users",
		.sql = SHOWN("unknown_user",
			"v.institution, " MONTH
			", v.hub, v.username, v.resembles, v.amount, v.currency, " UTC(
				"first_slot") ", " UTC("last_slot"),
			OF_MONTHS ANY_UNIT ANY_PERSON,
			"v.institution, v.month, v.hub, v.username, v.currency"),
		.money = "amount",
		.empty = "every user name that is charged is somebody's",
		.takes = TAKES_INSTITUTION,
	},
	{
		.name = "pending",
		.sql = SHOWN("pending_rating",
			"v.institution, " MONTH ", v.hub, v.day, v.failure, " UTC("failed_at"),
			OF_MONTHS ANY_UNIT ANY_PERSON, "v.institution, v.month, v.hub, v.day"),
		.empty = "nothing waits for rating",
		.takes = TAKES_INSTITUTION,
	},
	{
		.name = "rating",
		.sql = SHOWN("rating_reconciliation",
			"v.hub, v.day, v.resource, trim_scale(v.metered) AS metered,"
			" trim_scale(v.charged) AS charged, trim_scale(v.difference) AS difference,"
			" v.unit, CASE WHEN v.is_pending THEN 'yes' ELSE 'no' END AS is_pending",
			OF_DAYS ANY_UNIT ANY_PERSON, "v.hub, v.day, v.resource"),
		.quantities = "metered charged difference",
		.empty = "nobody used anything",
		.takes = REPORT_TAKES_MONTHS,
	},
	{
		.name = "groups",
		.sql = SHOWN("group_cost",
			"v.institution, " MONTH ", v.group_code, v.kind, v.name, v.department,"
			" v.basis, v.people, v.amount, v.currency",
			OF_MONTHS OF_UNIT ANY_PERSON,
			"v.institution, v.month, v.group_code, v.department, v.basis, v.currency"),
		.money = "amount",
		.empty = "nothing was used for a group",
		.takes = TAKES_UNIT,
		.is_of_usage = true,
	},
	{
		.name = "courses",
		.sql = SHOWN("course_cost",
			"v.institution, v.course, v.name, v.first_day, v.last_day, v.students,"
			" v.amount, v.per_student, v.currency",
			OF_DAYS_BY("first_day") ANY_UNIT ANY_PERSON,
			"v.institution, v.course, v.first_day, v.currency"),
		.money = "amount per_student",
		.empty = "nothing was used for a course in the weeks",
		.takes = TAKES_INSTITUTION,
		.is_of_usage = true,
	},
	{
		.name = "idle",
		.sql = SHOWN("idle_cost",
			"v.institution, " MONTH ", v.department, v.resource,"
			" trim_scale(v.reserved) AS reserved, trim_scale(v.used) AS used,"
			" trim_scale(v.billable) AS billable, trim_scale(v.idle) AS idle, v.unit,"
			" v.amount, v.idle_amount, v.idle_percent, v.currency",
			OF_MONTHS OF_UNIT ANY_PERSON,
			"v.institution, v.month, v.department, v.resource, v.currency"),
		.money = "amount idle_amount",
		.quantities = "reserved used billable idle",
		.empty = "nobody used anything",
		.takes = TAKES_UNIT,
		.is_of_usage = true,
	},
	{
		.name = "market",
		.sql = SHOWN("market_cost",
			"v.institution, " MONTH ", v.department, v.resource,"
			" trim_scale(v.billable) AS billable, v.unit, v.amount, v.market_amount,"
			" v.saving, v.currency",
			OF_MONTHS OF_UNIT ANY_PERSON,
			"v.institution, v.month, v.department, v.resource, v.currency"),
		.money = "amount market_amount saving",
		.quantities = "billable",
		.empty = "nobody used anything",
		.takes = TAKES_UNIT,
		.is_of_usage = true,
	},
	{
		.name = "economics",
		.sql = SHOWN("unit_economics",
			"v.institution, " MONTH
			", v.department, v.active_people, v.active_students,"
			" v.courses, trim_scale(v.instructional_hours) AS instructional_hours,"
			" v.amount, v.per_person, v.per_student, v.per_course,"
			" v.per_instructional_hour, v.currency",
			OF_MONTHS OF_UNIT ANY_PERSON,
			"v.institution, v.month, v.department, v.currency"),
		.money = "amount per_person per_student per_course per_instructional_hour",
		.empty = "nobody used anything",
		.takes = TAKES_UNIT,
		.is_of_usage = true,
	},
	{
		.name = "adjustments",
		.sql = SHOWN("adjustment",
			"v.institution, to_char(v.period, 'YYYY-MM') AS period, " MONTH
			", v.department, v.basis, v.lines, v.amount, v.reason, v.currency",
			OF_MONTHS_BY("period") OF_UNIT_BY("period") ANY_PERSON,
			"v.institution, v.period, v.month, v.department, v.basis, v.reason,"
			" v.currency"),
		.money = "amount",
		.empty = "nothing was booked later than in its month",
		.takes = TAKES_UNIT,
	},
	{
		.name = "suspense-age",
		.sql = SHOWN("suspense_age",
			"v.institution, v.reason, v.age, v.people, v.amount, v.oldest_day,"
			" v.currency",
			AS_OF_NOW ANY_UNIT ANY_PERSON,
			"v.institution, v.reason, v.oldest_day DESC, v.age, v.currency"),
		.money = "amount",
		.empty = "nothing is in suspense",
		.takes = REPORT_TAKES_INSTITUTION,
	},
	{
		.name = "completeness",
		.sql = SHOWN("completeness",
			"v.institution, v.hub, v.day, v.source, v.nodes,"
			" trim_scale(v.observed) AS observed, trim_scale(v.expected) AS expected,"
			" v.percent",
			OF_DAYS_BY("day") ANY_UNIT ANY_PERSON,
			"v.institution, v.hub, v.day, v.source"),
		.seconds = "observed expected",
		.empty = "no node was observed",
		.takes = TAKES_INSTITUTION,
	},
	{
		.name = "reconciliation",
		.sql = SHOWN("cost_reconciliation",
			"v.institution, " MONTH ", v.bill, v.attributed, v.idle, v.shared,"
			" v.unattributed, v.difference, v.state, v.currency",
			OF_MONTHS ANY_UNIT ANY_PERSON, "v.institution, v.month, v.currency"),
		.money = "bill attributed idle shared unattributed difference",
		.empty = "no bill was imported",
		.takes = TAKES_INSTITUTION,
	},
	{
		.name = "active-users",
		.sql = SHOWN("active_user",
			"v.institution, " MONTH ", v.fee, v.hub, v.username, v.person, v.first_day",
			OF_MONTHS ANY_UNIT OF_PERSON,
			"v.institution, v.month, v.fee, v.hub, v.username"),
		.empty = "nobody was counted for a fee",
		.takes = TAKES_INSTITUTION | REPORT_TAKES_PERSON,
		.is_of_usage = true,
	},
	{
		.name = "department-months",
		.sql = SHOWN("department_month",
			"v.institution, " MONTH ", v.department, v.name, v.usage_amount,"
			" v.bill_amount, v.fee_amount, v.currency",
			OF_MONTHS OF_UNIT ANY_PERSON,
			"v.institution, v.month, v.department, v.currency"),
		.money = "usage_amount bill_amount fee_amount",
		.empty = "nothing was charged",
		.takes = TAKES_UNIT,
		.is_of_usage = true,
	},
	{
		.name = "tree",
		.sql = SHOWN("department_tree_cost",
			"v.institution, " MONTH ", v.tree, v.department, v.name, v.parent,"
			" v.usage_amount, v.below_usage_amount, v.bill_amount, v.below_bill_amount,"
			" v.fee_amount, v.below_fee_amount, v.currency",
			OF_MONTHS OF_UNIT ANY_PERSON,
			"v.institution, v.month, v.tree DESC, v.department, v.currency"),
		.money = "usage_amount below_usage_amount bill_amount below_bill_amount fee_amount"
			 " below_fee_amount",
		.empty = "nothing was charged",
		.takes = TAKES_UNIT,
		.is_of_usage = true,
	},
	{
		.name = "course-students",
		.sql = SHOWN("course_student",
			"v.institution, v.course, v.week, v.person, v.username,"
			" trim_scale(v.used_core_sec) AS used, 'core-seconds' AS unit, v.amount,"
			" v.currency",
			OF_DAYS_BY("week") ANY_UNIT OF_PERSON,
			"v.institution, v.course, v.week, v.person, v.username, v.currency"),
		.money = "amount",
		.quantities = "used",
		.empty = "nothing was used for a course in the weeks",
		.takes = TAKES_INSTITUTION | REPORT_TAKES_PERSON,
		.is_of_usage = true,
	},
	{
		.name = "sizing",
		.sql = SHOWN("sizing",
			"v.institution, " MONTH ", v.hub, v.class, v.resource,"
			" trim_scale(v.requested) AS requested,"
			" trim_scale(v.recommended) AS recommended, v.requested_unit, v.servers,"
			" trim_scale(v.server_hours) AS server_hours, v.used_percent, v.saving,"
			" v.currency",
			OF_MONTHS ANY_UNIT ANY_PERSON,
			"v.institution, v.month, v.hub, v.class, v.resource, v.requested"),
		.money = "saving",
		.empty = "no server requested anything",
		.takes = TAKES_INSTITUTION,
	},
	{
		.name = "forecast",
		.sql = SHOWN("fund_forecast",
			"v.institution, v.fund, v.name, v.kind, v.status, v.authorised, v.spent,"
			" v.held, v.available, v.daily_rate, v.forecast, v.forecast_low,"
			" v.forecast_high, v.run_out_day, v.first_day, v.last_day, v.currency",
			AS_OF_NOW ANY_UNIT ANY_PERSON, "v.institution, v.fund"),
		.money = "authorised spent held available daily_rate forecast forecast_low"
			 " forecast_high",
		.empty = "there is no fund",
		.takes = REPORT_TAKES_INSTITUTION,
	},
};

const struct report_view *report_view_find(const char *name)
{
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		if (strcmp(views[i].name, name) == 0)
			return &views[i];
	}
	return NULL;
}

int store_report_view(struct store *store, const struct report_view *view,
	const struct report_scope *scope, struct table *ret)
{
	const char *const params[] = {
		scope->months, scope->institutions, scope->unit, scope->person};

	return store_query_table(store, view->sql, 4, params, ret);
}

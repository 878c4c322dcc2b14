/* What it was for, and whether it was worth it. */
#include "dashboard/page/columns.h"
#include "dashboard/page/sql/sql.h"
#include "dashboard/page/tables.h"

const struct section groups = {
	.name = "groups",
	.title = "Courses, labs, projects and services",
	.says = "By the price book. Where so few people used something that they could be told, figures are left out.",
	.empty = "Nothing was used for a group in this month.",
	.sql = sql_groups,
	.column = {LINK("group_code", "Group", "course", "group=group_code"), TEXT("kind", "Kind"),
		TEXT("name", "Name"), DEPARTMENT("department"), COUNT("people", "People"),
		TOTAL("amount", "Cost")},
};

const struct section course_chart = {
	.name = "course_chart",
	.title = "Cost by week",
	.sql = sql_course_chart,
	.kind = SECTION_STACK,
	.column = {TEXT("month", "Week from"), TEXT("series", "What"), TOTAL("amount", "Cost")},
};

const struct section course_weeks = {
	.name = "course_weeks",
	.title = "Weeks",
	.empty = "It is no course, nothing was used for it, or you may not see it.",
	.sql = sql_course_weeks,
	.column = {TEXT("first_day", "From"), TEXT("last_day", "To"), COUNT("students", "Students"),
		TOTAL("amount", "Cost"), MONEY("per_student", "Per student")},
};

const struct section course_students = {
	.name = "course_students",
	.title = "Who used it in the month",
	.sql = sql_course_students,
	.column = {LINK("username", "User name", "charges",
			   "person=person,username=username,group"),
		QUANTITY("used", "CPU"), TOTAL("amount", "Cost")},
};

const struct section idle = {
	.name = "idle",
	.title = "Reserved and not used",
	.says = "Idle is billable less used, and its part of the cost.",
	.empty = "All that was reserved was used.",
	.sql = sql_idle,
	.column = {DEPARTMENT("department"),
		LINK("resource", "Resource", "charges", "unit=department,resource=resource"),
		QUANTITY("reserved", "Reserved"), QUANTITY("used", "Used"),
		QUANTITY("idle", "Idle"),
		{.name = "idle_percent", .title = "Idle", .kind = CELL_METER},
		TOTAL("amount", "Cost"), TOTAL("idle_amount", "Idle cost")},
};

const struct section sizing = {
	.name = "sizing",
	.title = "Sizes that would do",
	.says = "The smallest step that held the highest quarter of an hour of 95 % of the days, and what it would have saved at "
		"most.",
	.sql = sql_sizing,
	.is_on_request = true,
	.column = {TEXT("hub", "Hub"), TEXT("class", "Class"), TEXT("resource", "Resource"),
		COUNT("servers", "Servers"), DECIMAL("server_hours", "Server hours"),
		DECIMAL("requested", "Requested"), DECIMAL("recommended", "Would do"),
		TEXT("requested_unit", "Unit"), PERCENT("used_percent", "Used"),
		TOTAL("saving", "Saving")},
};

const struct section market = {
	.name = "market",
	.title = "Against the market",
	.says = "What the same usage would have cost at the market rates of the price book.",
	.sql = sql_market,
	.column = {TEXT("resource", "Resource"), TOTAL("amount", "Cost"),
		TOTAL("market_amount", "On the market"), TOTAL("saving", "Saved")},
};

const struct section economics = {
	.name = "economics",
	.title = "Per person, student, course and hour",
	.sql = sql_economics,
	.column = {DEPARTMENT("department"), COUNT("active_people", "Active people"),
		COUNT("active_students", "Active students"), COUNT("courses", "Courses"),
		DECIMAL("instructional_hours", "Instructional hours"), TOTAL("amount", "Cost"),
		MONEY("per_person", "Per person"), MONEY("per_student", "Per student"),
		MONEY("per_course", "Per course"), MONEY("per_instructional_hour", "Per hour")},
};

/* Every page, in the order of the navigation; those that are for nobody there are reached by links.
 */
#include "dashboard/page/page.h"

#include <string.h>

#include "dashboard/page/context.h"
#include "dashboard/page/sql/sql.h"
#include "dashboard/page/tables.h"

const struct page pages[] = {
	{
		.path = "",
		.title = "Overview",
		.is_for = SIGHT_ALL | SIGHT_UNIT,
		.section = {&overview_tiles, &overview_months, &overview_departments,
			&overview_resources, &overview_people},
	},
	{
		.path = "federation",
		.title = "Institutions",
		.is_for = SIGHT_ALL,
		.lead = "The month of each institution that you may see, and whether it adds up.",
		.is_for_several = true,
		.section = {&institution_months, &institution_costs},
	},
	{
		.path = "mine",
		.title = "My usage",
		.is_for = SIGHT_PERSON,
		.lead = "What your own user names used, and what it cost.",
		.section = {&mine_months, &mine},
	},
	{
		.path = "department",
		.title = "Department",
		.of = FILTER_UNIT,
		.section = {&overview_tiles, &department_burn, &department_below,
			&overview_resources, &department_groups, &overview_people,
			&department_tree},
	},
	{
		.path = "person",
		.title = "Person",
		.is_of_person = true,
		.section = {&person_months, &person_resources, &charges},
	},
	{
		.path = "charges",
		.title = "Charges",
		.is_for = SIGHT_ALL | SIGHT_UNIT | SIGHT_GROUP | SIGHT_PERSON,
		.lead = "Each charge of what is chosen: follow its number to why it is what it is.",
		.section = {&charges, &statement_fees},
	},
	{
		.path = "line",
		.title = "Charge",
		.lead = "Why it is what it is, step by step.",
		.of = FILTER_LINE,
		.subject = sql_line_subject,
		.is_chain = true,
		.section = {&line_head, &line_usage, &line_price, &line_amount, &line_bill,
			&line_shares, &line_evidence, &line_funding, &line_runs},
	},
	{
		.path = "budgets",
		.title = "Budgets",
		.is_for = SIGHT_ALL | SIGHT_UNIT,
		.lead = "What each department may spend in the fiscal year, and whether it lasts.",
		.section = {&budgets, &alerts},
	},
	{
		.path = "funds",
		.title = "Funds",
		.is_for = SIGHT_ALL | SIGHT_FUND,
		.lead = "Which money pays, what is left of it, and until when.",
		.section = {&funds},
	},
	{
		.path = "fund",
		.title = "Fund",
		.of = FILTER_FUND,
		.section = {&fund_facts, &fund_burn, &fund_statement, &fund_legs},
	},
	{
		.path = "groups",
		.title = "Courses and groups",
		.is_for = SIGHT_ALL | SIGHT_UNIT | SIGHT_GROUP,
		.lead = "What was used for courses, labs, projects and services.",
		.section = {&groups},
	},
	{
		.path = "course",
		.title = "Course",
		.of = FILTER_GROUP,
		.section = {&course_chart, &course_weeks, &course_students},
	},
	{
		.path = "idle",
		.title = "Idle and value",
		.is_for = SIGHT_ALL | SIGHT_UNIT,
		.lead = "What was reserved and not used, sizes that would do, and what it is worth.",
		.section = {&idle, &sizing, &market, &economics},
	},
	{
		.path = "bills",
		.title = "Bills",
		.is_for = SIGHT_ALL,
		.lead = "Where every cent of the bills went.",
		.section = {&bill_parts, &bill_months, &bills, &bill_unmatched, &bill_departments},
	},
	{
		.path = "bill-charges",
		.title = "Parts of bills and fees",
		.lead = "Each charge that is not by the price book: follow its number to why it is what it is.",
		.section = {&bill_charges},
	},
	{
		.path = "quality",
		.title = "Data quality",
		.is_for = SIGHT_ALL,
		.lead = "What is missing, waits, or belongs to nobody yet.",
		.section = {&observed, &laws, &measured, &nodes, &suspense_ages, &unknown_users,
			&unpriced, &pending},
	},
	{
		.path = "statement",
		.title = "Statement",
		.is_for = SIGHT_ALL | SIGHT_UNIT,
		.subject = sql_statement_subject,
		.is_statement = true,
		.section = {&statement_head, &statement_totals, &statement_usage, &statement_fees,
			&statement_bills, &statement_funds, &statement_adjustments},
	},
	{
		.path = "account",
		.title = "What you may see",
		.lead = "Who you are here, and what the keepers of hubmeter let you see.",
		.section = {&sight_rows},
	},
};

const size_t n_pages = sizeof(pages) / sizeof(pages[0]);

const struct page *page_find(const char *path)
{
	for (size_t i = 0; i < n_pages; i++) {
		if (strcmp(pages[i].path, path) == 0)
			return &pages[i];
	}
	return NULL;
}

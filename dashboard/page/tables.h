/*
 * The pages as data, a file for each subject. Used by pages.c.
 */
#ifndef DASHBOARD_PAGE_TABLES_H
#define DASHBOARD_PAGE_TABLES_H

#include "dashboard/page/section.h"

/* costs.c */
extern const struct section institution_months, institution_costs;
extern const struct section overview_tiles, overview_departments, overview_months,
	overview_resources, overview_people;
extern const struct section department_burn, department_below, department_tree, department_groups;
extern const struct section person_months, person_resources, mine, mine_months, charges;

/* line.c: why a charge is what it is */
extern const struct section line_head, line_usage, line_price, line_amount, line_bill, line_shares,
	line_evidence, line_funding, line_runs;

/* money.c */
extern const struct section budgets, alerts;
extern const struct section funds, fund_facts, fund_burn, fund_statement, fund_legs;
extern const struct section bill_parts, bill_months, bills, bill_unmatched, bill_departments,
	bill_charges;

/* value.c */
extern const struct section groups, course_chart, course_weeks, course_students;
extern const struct section idle, sizing, market, economics;

/* quality.c */
extern const struct section observed, nodes, laws, measured, suspense_ages, unknown_users, unpriced,
	pending;
extern const struct section sight_rows;

/* statement.c */
extern const struct section statement_head, statement_usage, statement_fees, statement_funds,
	statement_adjustments, statement_bills, statement_totals;

#endif

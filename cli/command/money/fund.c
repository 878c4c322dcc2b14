/* A fund is one of an institution's; who has only one need not name it. The figures are SQL's,
 * exact. */
#include "cli/command/money/fund.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/command/command.h"
#include "cli/command/report.h"
#include "cli/session.h"
#include "common/format/table.h"
#include "hubmeter/cleanup.h"

static const char act[] = "look up the fund";

/* What is asked for, from one snapshot. */
struct inquiry {
	const struct config *config;
	struct store *store;
	struct fund_filter filter;
};

typedef int answer_fn(const struct inquiry *inquiry);

/* Look up the institutions, the month and, unless all are asked for, the fund; then answer. */
static int inquire(const struct config *config, const char *fund, answer_fn *answer)
{
	hm_cleanup(session_closep) struct store *store = NULL;
	struct report_filter filter = {
		.institution = config->institution, .unit = "", .person = ""};
	struct report_scope scope;
	struct inquiry inquiry;
	int status;

	store = report_begin(config, act, &filter, &scope, &status);
	if (!store)
		return status;
	inquiry = (struct inquiry){config, store, {&scope, fund, *config->month}};
	if (*fund && store_fund_check(store, &inquiry.filter) < 0)
		status = command_failed(act, store_error(store));
	else
		status = answer(&inquiry);
	report_scope_release(&scope);
	return status;
}

/* One table, or why it is empty. */
static int print_table(const struct inquiry *inquiry, enum fund_table kind, const char *empty)
{
	struct table rows;
	int status;

	if (store_fund_table(inquiry->store, kind, &inquiry->filter, &rows) < 0)
		return command_failed(act, store_error(inquiry->store));
	status = report_print(inquiry->config, &rows);
	if (!rows.n_rows)
		(void)fprintf(stderr, "hubmeter: %s\n", empty);
	table_release(&rows);
	return status;
}

static int answer_list(const struct inquiry *inquiry)
{
	return print_table(inquiry, FUND_TABLE_BALANCES,
		"there is no fund: 'hubmeter import funds' makes them");
}

int fund_list_run(const struct config *config, char **arguments)
{
	(void)arguments;
	return inquire(config, "", answer_list);
}

struct section {
	const char *name;
	enum fund_table kind;
};

static const struct section sections[] = {
	{"fund", FUND_TABLE_BALANCES},
	{"amendments", FUND_TABLE_AMENDMENTS},
	{"plans", FUND_TABLE_PLANS},
	{"assignments", FUND_TABLE_ASSIGNMENTS},
};

/* People are spared what is empty. */
static int print_for_people(
	const struct config *config, const struct section *section, const struct table *rows)
{
	if (section->kind == FUND_TABLE_BALANCES)
		return report_print(config, rows);
	if (rows->n_rows) {
		(void)printf("\n%s:\n", section->name);
		(void)table_print(rows, TABLE_FORMAT_TEXT, stdout); /* main() asks ferror() */
	}
	return EXIT_SUCCESS;
}

static int print_section(
	const struct config *config, const struct section *section, const struct table *rows)
{
	bool is_first = section == sections;

	switch (config->table_format) {
	case TABLE_FORMAT_TEXT:
		return print_for_people(config, section, rows);
	case TABLE_FORMAT_CSV:
	case TABLE_FORMAT_RAW_CSV:
		(void)fputs(is_first ? "" : "\n", stdout);
		break;
	case TABLE_FORMAT_JSON:
		(void)printf("%c\"%s\":", is_first ? '{' : ',', section->name);
		break;
	}
	return report_print(config, rows);
}

static int answer_show(const struct inquiry *inquiry)
{
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]) && status == EXIT_SUCCESS;
		i++) {
		struct table rows;

		if (store_fund_table(inquiry->store, sections[i].kind, &inquiry->filter, &rows) < 0)
			return command_failed(act, store_error(inquiry->store));
		status = print_section(inquiry->config, &sections[i], &rows);
		table_release(&rows);
	}
	if (inquiry->config->table_format == TABLE_FORMAT_JSON)
		(void)puts("}");
	return status;
}

int fund_show_run(const struct config *config, char **arguments)
{
	return inquire(config, arguments[0], answer_show);
}

static int answer_statement(const struct inquiry *inquiry)
{
	return print_table(inquiry, FUND_TABLE_MOVEMENTS, "the fund had no movement until then");
}

int fund_statement_run(const struct config *config, char **arguments)
{
	return inquire(config, arguments[0], answer_statement);
}

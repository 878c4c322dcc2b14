/*
 * Figures to be watched, of one snapshot. What fails prints nothing: a file that is half there
 * would be taken for all there is.
 */
#include "cli/command/metrics.h"

#include <stdlib.h>

#include "cli/command/command.h"
#include "cli/format/exposition.h"
#include "cli/session.h"
#include "hubmeter/cleanup.h"

#define PRINTED_MAX_SIZE ((size_t)1 << 30)

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct metric metrics[] = {
	{"hubmeter_budget_amount", METRIC_GAUGE,
		"What a department and all below it may spend in this fiscal year."},
	{"hubmeter_budget_spent", METRIC_GAUGE, "What is spent of the budget of this fiscal year."},
	{"hubmeter_budget_forecast", METRIC_GAUGE,
		"What will be spent by the end of this fiscal year at the pace of 28 days."},
	{"hubmeter_fund_authorised", METRIC_GAUGE,
		"Award and amendments that count today, of funds with an amount."},
	{"hubmeter_fund_spent", METRIC_GAUGE, "What a fund paid, all in all."},
	{"hubmeter_fund_available", METRIC_GAUGE,
		"What is left of funds with an amount, less what is held."},
	{"hubmeter_bill_difference", METRIC_GAUGE,
		"Bills less what was distributed of them, without regard to sign."},
	{"hubmeter_undistributed_bills", METRIC_GAUGE,
		"Bills that are to be distributed, first or again."},
	{"hubmeter_unrated_hub_days", METRIC_GAUGE,
		"Days of hubs whose charges are behind their usage, by what became of them."},
};

static const enum metrics_kind kinds[] = {
	METRICS_KIND_BUDGETS, METRICS_KIND_FUNDS, METRICS_KIND_BILLS, METRICS_KIND_RATING};

static int read_all(struct store *store, const char *institution, struct table *tables)
{
	int r = store_begin_repeatable_read(store);

	for (size_t i = 0; i < N(kinds) && r >= 0; i++)
		r = store_metrics(store, kinds[i], institution, &tables[i]);
	return r;
}

static int put_all(struct page *page, const struct table *tables)
{
	int r = 0;

	for (size_t i = 0; i < N(kinds); i++)
		for (size_t k = 0; k < N(metrics) && r == 0; k++)
			r = exposition_put(page, &metrics[k], &tables[i]);
	return r;
}

int metrics_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = session_open(config);
	struct page page = {.text = BUFFER_INIT(PRINTED_MAX_SIZE)};
	struct table tables[N(kinds)] = {0};
	int status = EXIT_SUCCESS;

	(void)arguments;
	if (!store)
		return EXIT_FAILURE;
	if (read_all(store, config->institution, tables) < 0)
		status = command_failed("read metrics", store_error(store));
	else if (put_all(&page, tables) < 0)
		status = command_failed("print metrics", "out of memory");
	else
		page_print(&page, stdout); /* main() asks ferror() */
	page_release(&page);
	for (size_t i = 0; i < N(kinds); i++)
		table_release(&tables[i]);
	return status;
}

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

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct exposition_metric metrics[] = {
	{"hubmeter_budget_amount",
		"What a department and all below it may spend in this fiscal year."},
	{"hubmeter_budget_spent", "What is spent of the budget of this fiscal year."},
	{"hubmeter_budget_forecast",
		"What will be spent by the end of this fiscal year at the pace of 28 days."},
	{"hubmeter_fund_authorised",
		"Award and amendments that count today, of funds with an amount."},
	{"hubmeter_fund_spent", "What a fund paid, all in all."},
	{"hubmeter_fund_available", "What is left of funds with an amount, less what is held."},
	{"hubmeter_bill_difference",
		"Bills less what was distributed of them, without regard to sign."},
	{"hubmeter_undistributed_bills", "Bills that are to be distributed, first or again."},
	{"hubmeter_unrated_hub_days",
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

int metrics_run(const struct config *config, char **arguments)
{
	hm_cleanup(session_closep) struct store *store = session_open(config);
	struct table tables[N(kinds)] = {0};
	int status = EXIT_SUCCESS;

	(void)arguments;
	if (!store)
		return EXIT_FAILURE;
	if (read_all(store, config->institution, tables) < 0)
		status = command_failed("read metrics", store_error(store));
	for (size_t i = 0; i < N(kinds); i++) {
		for (size_t k = 0; k < N(metrics) && status == EXIT_SUCCESS; k++)
			exposition_print(
				&metrics[k], &tables[i], stdout); /* main() asks ferror() */
		table_release(&tables[i]);
	}
	return status;
}

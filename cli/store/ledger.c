/* Months that close, and what was posted. The rules, and whose login may do what, are SQL's. */
#include "cli/store/store.h"

#include <errno.h>

#include "cli/store/private.h"
#include "cli/store/sql/sql.h"

static const char *table_statement(enum ledger_table kind)
{
	switch (kind) {
	case LEDGER_TABLE_PERIODS:
		return sql_close_list;
	case LEDGER_TABLE_READINESS:
		return sql_close_check;
	case LEDGER_TABLE_VERIFICATION:
		return sql_close_verify;
	case LEDGER_TABLE_REVIEW:
		return sql_close_review;
	case LEDGER_TABLE_REVIEW_LINES:
		return sql_close_review_lines;
	case LEDGER_TABLE_JOURNALS:
		return sql_journal_list;
	case LEDGER_TABLE_BALANCE:
		break;
	}
	return sql_ledger_balance;
}

static int n_params(enum ledger_table kind)
{
	switch (kind) {
	case LEDGER_TABLE_PERIODS:
	case LEDGER_TABLE_VERIFICATION:
		return 1;
	case LEDGER_TABLE_REVIEW_LINES:
		return 3;
	case LEDGER_TABLE_READINESS:
	case LEDGER_TABLE_BALANCE:
	case LEDGER_TABLE_JOURNALS:
	case LEDGER_TABLE_REVIEW:
		break;
	}
	return 2;
}

int store_ledger_table(struct store *store, enum ledger_table kind,
	const struct ledger_month *month, struct table *ret)
{
	const char *const params[] = {month->institution, month->month, month->unit};

	return store_query_table(store, table_statement(kind), n_params(kind), params, ret);
}

static const char *step_statement(enum close_step step)
{
	switch (step) {
	case CLOSE_BEGIN:
		return sql_close_begin;
	case CLOSE_FINISH:
		return sql_close_finish;
	case CLOSE_REOPEN:
		break;
	}
	return sql_close_reopen;
}

int store_close_step(struct store *store, enum close_step step, const struct ledger_month *month,
	const char *reason, store_line_fn *line, void *context)
{
	const char *const params[] = {month->institution, month->month, reason};

	return store_query_lines(
		store, step_statement(step), step == CLOSE_REOPEN ? 3 : 2, params, line, context);
}

static const char *review_statement(enum review_act act)
{
	switch (act) {
	case REVIEW_QUESTION:
		return sql_close_question;
	case REVIEW_ANSWER:
		return sql_close_answer;
	case REVIEW_REPOINT:
		break;
	}
	return sql_close_repoint;
}

int store_review_act(struct store *store, enum review_act act,
	const struct review_arguments *arguments, store_line_fn *line, void *context)
{
	const char *const params[] = {arguments->subject, arguments->reason, arguments->plan};

	return store_query_lines(
		store, review_statement(act), act == REVIEW_REPOINT ? 3 : 2, params, line, context);
}

int store_close_waive(struct store *store, const struct ledger_month *month,
	const struct waiver *waiver, store_line_fn *line, void *context)
{
	const char *const params[] = {
		month->institution, month->month, waiver->item, waiver->subject, waiver->reason};

	return store_query_lines(store, sql_close_waive, 5, params, line, context);
}

int store_journal_load(struct store *store, const struct ledger_journal *journal,
	struct table *ret_batch, struct table *ret_lines)
{
	const char *const params[] = {journal->institution, journal->code};
	int r = store_query_table(store, sql_journal_batch, 2, params, ret_batch);

	if (r < 0)
		return r;
	if (!ret_batch->n_rows)
		r = store_fail(store, -ENOENT, "there is no journal \"%s\" of %s", journal->code,
			journal->institution);
	else
		r = store_query_table(store, sql_journal_lines, 2, params, ret_lines);
	if (r < 0)
		table_release(ret_batch);
	return r;
}

int store_journal_answer(struct store *store, const struct ledger_journal *journal,
	const char *answers, store_line_fn *line, void *context)
{
	const char *const params[] = {journal->institution, journal->code, answers};

	return store_query_lines(store, sql_journal_answer, 3, params, line, context);
}

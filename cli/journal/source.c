/* One table: most of them are members of what is there, the rest is computed. */
#include "cli/journal/source.h"

#include <assert.h>
#include <string.h>

enum computed {
	COMPUTED_SIGNED_AMOUNT,
	COMPUTED_DEBIT,
	COMPUTED_CREDIT,
	COMPUTED_TOTAL,
	COMPUTED_ORIGIN_DR_CR
};

#define OF_BATCH(name_, kind_, member_)                                                            \
	{                                                                                          \
		name_, JOURNAL_KIND_##kind_, JOURNAL_REACH_ALL, JOURNAL_FROM_BATCH,                \
			offsetof(struct journal_batch, member_)                                    \
	}
#define OF_LINE(name_, kind_, member_)                                                             \
	{                                                                                          \
		name_, JOURNAL_KIND_##kind_, JOURNAL_REACH_LINE, JOURNAL_FROM_LINE,                \
			offsetof(struct journal_line, member_)                                     \
	}
#define OF_SCOPE(name_, kind_, reach_, member_)                                                    \
	{                                                                                          \
		name_, JOURNAL_KIND_##kind_, JOURNAL_REACH_##reach_, JOURNAL_FROM_SCOPE,           \
			offsetof(struct journal_scope, member_)                                    \
	}
#define COMPUTED(name_, kind_, reach_, which_)                                                     \
	{                                                                                          \
		name_, JOURNAL_KIND_##kind_, JOURNAL_REACH_##reach_, JOURNAL_FROM_COMPUTED, which_ \
	}

static const struct journal_source sources[] = {
	OF_BATCH("batch_id", TEXT, id),
	OF_BATCH("serial", COUNT, serial),
	OF_BATCH("institution", TEXT, institution),
	OF_BATCH("currency", TEXT, currency),
	OF_BATCH("post_date", DATE, post_date),
	OF_BATCH("fiscal_year", TEXT, fiscal_year),
	OF_BATCH("fiscal_period", TEXT, fiscal_period),
	OF_BATCH("preparer", TEXT, preparer),
	OF_BATCH("approver", TEXT, approver),
	OF_BATCH("approved_at", INSTANT, approved_usec),
	OF_BATCH("closed_digest", TEXT, closed_digest),
	OF_BATCH("software_rev", TEXT, software_rev),
	OF_LINE("line_no", COUNT, line_no),
	OF_LINE("chart", TEXT, chart),
	OF_LINE("fund", TEXT, fund),
	OF_LINE("org", TEXT, org),
	OF_LINE("account", TEXT, account),
	OF_LINE("program", TEXT, program),
	OF_LINE("activity", TEXT, activity),
	OF_LINE("location", TEXT, location),
	OF_LINE("project", TEXT, project),
	OF_LINE("dr_cr", TEXT, dr_cr),
	OF_LINE("amount", CENTS, amount_cents),
	OF_LINE("description", TEXT, description),
	OF_LINE("usage_period", TEXT, usage_period),
	OF_LINE("cost_centre", TEXT, cost_centre),
	OF_LINE("kind", TEXT, kind),
	OF_LINE("reverses_line", TEXT, reverses_line),
	OF_LINE("reference", TEXT, reference),
	OF_SCOPE("document", COUNT, ALL, document),
	OF_SCOPE("sequence", COUNT, LINE, sequence),
	OF_SCOPE("lines", COUNT, TOTALS, totals.lines),
	OF_SCOPE("debits", CENTS, TOTALS, totals.debit_cents),
	OF_SCOPE("credits", CENTS, TOTALS, totals.credit_cents),
	COMPUTED("total", CENTS, TOTALS, COMPUTED_TOTAL),
	COMPUTED("signed_amount", CENTS, LINE, COMPUTED_SIGNED_AMOUNT),
	COMPUTED("debit", CENTS, LINE, COMPUTED_DEBIT),
	COMPUTED("credit", CENTS, LINE, COMPUTED_CREDIT),
	COMPUTED("origin_dr_cr", TEXT, LINE, COMPUTED_ORIGIN_DR_CR),
};

const struct journal_source *journal_source_find(const char *name)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (strcmp(sources[i].name, name) == 0)
			return &sources[i];
	}
	return NULL;
}

static const void *member(const struct journal_source *source, const struct journal_scope *scope)
{
	const char *base = source->from == JOURNAL_FROM_BATCH  ? (const char *)scope->batch
			   : source->from == JOURNAL_FROM_LINE ? (const char *)scope->line
							       : (const char *)scope;

	return base + source->offset;
}

static int64_t computed_cents(size_t which, const struct journal_scope *scope)
{
	const struct journal_line *line = scope->line;

	if (which == COMPUTED_TOTAL)
		return scope->totals.debit_cents + scope->totals.credit_cents;
	assert(line); /* no header or trailer has these: template_column.c */
	if (which == COMPUTED_SIGNED_AMOUNT)
		return journal_line_is_debit(line) ? line->amount_cents : -line->amount_cents;
	return journal_line_is_debit(line) == (which == COMPUTED_DEBIT) ? line->amount_cents : 0;
}

int64_t journal_source_cents(const struct journal_source *source, const struct journal_scope *scope)
{
	int64_t cents;

	if (source->from == JOURNAL_FROM_COMPUTED)
		return computed_cents(source->offset, scope);
	memcpy(&cents, member(source, scope), sizeof(cents));
	return cents;
}

const char *journal_source_text(
	const struct journal_source *source, const struct journal_scope *scope)
{
	const char *text;

	if (source->from == JOURNAL_FROM_COMPUTED) {
		const char *reverses = scope->line->reverses_line;
		const bool is_reversal = reverses && *reverses;

		return journal_line_is_debit(scope->line) != is_reversal ? "D" : "C";
	}
	memcpy(&text, member(source, scope), sizeof(text));
	return text ? text : "";
}

uint64_t journal_source_count(
	const struct journal_source *source, const struct journal_scope *scope)
{
	uint64_t count;

	memcpy(&count, member(source, scope), sizeof(count));
	return count;
}

int64_t journal_source_usec(const struct journal_source *source, const struct journal_scope *scope)
{
	int64_t usec;

	memcpy(&usec, member(source, scope), sizeof(usec));
	return usec;
}

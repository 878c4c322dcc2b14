/* The words of what is missing. */
#include "cli/format/report_missing.h"

#include <inttypes.h>

#include "common/format/safe_text.h"

static const char *plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

static void print_pending(const struct report_missing *m, FILE *out)
{
	int64_t waiting = m->pending_days - m->failed_days;

	if (waiting > 0)
		fprintf(out,
			"missing: %" PRId64 " hub-day%s wait%s for rating (run 'hubmeter rate')\n",
			waiting, plural(waiting), waiting == 1 ? "s" : "");
	if (m->failed_days)
		fprintf(out,
			"missing: %" PRId64
			" hub-day%s could not be rated (see 'hubmeter doctor')\n",
			m->failed_days, plural(m->failed_days));
}

static void print_quantity(const char *unit, const char *billable, FILE *out)
{
	const struct figure_unit *priced = figure_unit(unit);
	char text[FIGURE_SIZE];
	__int128 figure;

	if (!priced || figure_parse(billable, &figure) < 0) {
		fprintf(out, "%s %s", billable, unit);
		return;
	}
	figure_print_rounded(figure, priced->per_priced, 3, text);
	fprintf(out, "%s %s", text, priced->priced);
}

static void print_unpriced(const struct report_missing *m, FILE *out)
{
	if (!m->n_unpriced)
		return;
	fputs("missing: ", out);
	for (size_t i = 0; i < m->n_unpriced; i++) {
		if (i)
			fputs(i + 1 < m->n_unpriced ? ", " : " and ", out);
		print_quantity(m->unpriced[i].unit, m->unpriced[i].billable, out);
	}
	fputs(" without a price ('hubmeter import prices', then 'hubmeter rate')\n", out);
}

static bool is_observed(const struct report_missing *m)
{
	return !m->nodes || (m->permille >= 1000 && !m->silent);
}

static void print_coverage(const struct report_missing *m, FILE *out)
{
	if (is_observed(m))
		return;
	fprintf(out, "missing: coverage %" PRId64 ".%" PRId64 " %%: ", m->permille / 10,
		m->permille % 10);
	if (m->silent) {
		fprintf(out, "%" PRId64 " of %" PRId64 " node%s silent: ", m->silent, m->nodes,
			plural(m->nodes));
		safe_text_print(m->silent_names, out);
		fputs(m->silent > REPORT_MISSING_NAMES ? ", ...\n" : "\n", out);
	} else {
		fprintf(out, "%" PRId64 " node%s, none of them silent now\n", m->nodes,
			plural(m->nodes));
	}
}

bool report_is_missing(const struct report_missing *missing)
{
	return missing->pending_days || missing->n_unpriced || !is_observed(missing);
}

void report_missing_print(const struct report_missing *missing, FILE *out)
{
	print_pending(missing, out);
	print_unpriced(missing, out);
	print_coverage(missing, out);
}

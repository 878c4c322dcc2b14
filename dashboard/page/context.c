#include "dashboard/page/context.h"

#include <errno.h>
#include <string.h>

#include "dashboard/page/cell.h"
#include "dashboard/page/sql/sql.h"

#define CHOICES_MAX 1000

static enum sight sight_of(const char *scope)
{
	static const struct {
		const char *scope;
		enum sight sight;
	} known[] = {{"unit", SIGHT_UNIT}, {"group", SIGHT_GROUP}, {"fund", SIGHT_FUND},
		{"person", SIGHT_PERSON}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].scope, scope) == 0)
			return known[i].sight;
	}
	return SIGHT_ALL;
}

static unsigned sights_of(const struct table *rows)
{
	unsigned sees = 0;

	for (size_t i = 0; i < rows->n_rows; i++)
		sees |= sight_of(cell_value((struct cell_row){rows, i}, "scope"));
	return sees;
}

/* The newest month with charges, else the one it is now. */
static const char *newest_month(const struct table *months)
{
	for (size_t i = 0; i < months->n_rows; i++) {
		const char *has_charges = cell_value((struct cell_row){months, i}, "has_charges");

		if (has_charges && *has_charges == 't')
			return cell_value((struct cell_row){months, i}, "month");
	}
	return months->n_rows ? cell_value((struct cell_row){months, 0}, "month") : "1970-01";
}

static void choose(struct filter *filter, enum filter_name name, const char *value)
{
	if (!*filter->value[name] && value)
		filter->value[name] = value;
}

int context_load(
	struct store *store, const char *identity, struct filter *filter, struct context *ret)
{
	int r;

	*ret = (struct context){.identity = identity};
	r = store_ask(store, sql_sight, filter, CHOICES_MAX, &ret->sight);
	if (r == 0 && !ret->sight.n_rows)
		return -ENOENT;
	if (r == 0)
		r = store_ask(store, sql_institutions, filter, CHOICES_MAX, &ret->institutions);
	if (r < 0)
		return r;
	ret->sees = sights_of(&ret->sight);
	if (ret->institutions.n_rows)
		choose(filter, FILTER_INSTITUTION,
			cell_value((struct cell_row){&ret->institutions, 0}, "institution"));
	r = store_ask(store, sql_months, filter, CHOICES_MAX, &ret->months);
	if (r < 0)
		return r;
	choose(filter, FILTER_MONTH, newest_month(&ret->months));
	return store_ask(store, sql_units, filter, CHOICES_MAX, &ret->units);
}

void context_release(struct context *context)
{
	table_release(&context->sight);
	table_release(&context->institutions);
	table_release(&context->months);
	table_release(&context->units);
}

#include "dashboard/page/cell.h"

#include <stdio.h>
#include <string.h>

#include "common/format/figure.h"
#include "dashboard/chart/chart.h"

#define NANO 1000000000

static size_t find_column(const struct table *table, const char *name)
{
	size_t i = 0;

	while (i < table->n_columns && strcmp(table->columns[i].name, name) != 0)
		i++;
	return i;
}

bool cell_has(const struct table *rows, const char *name)
{
	return find_column(rows, name) < rows->n_columns;
}

const char *cell_value(struct cell_row row, const char *name)
{
	size_t column = find_column(row.rows, name);

	return column < row.rows->n_columns ? table_cell(row.rows, row.row, column) : NULL;
}

bool cell_is_number(enum cell_kind kind)
{
	return kind != CELL_TEXT && kind != CELL_STATE && kind != CELL_METER;
}

/* Commas between thousands of the digits before the point. */
static void group(const char *digits, char ret[CELL_SIZE])
{
	size_t sign = *digits == '-';
	size_t whole = strspn(digits + sign, "0123456789");
	size_t to = 0;

	for (size_t i = 0; digits[i] && to + 2 < CELL_SIZE; i++) {
		size_t left = i >= sign && i < sign + whole ? sign + whole - i : 0;

		if (left && i > sign && left % 3 == 0)
			ret[to++] = ',';
		ret[to++] = digits[i];
	}
	ret[to] = '\0';
}

static void number(const char *text, uint64_t divisor, unsigned decimals, char ret[CELL_SIZE])
{
	char digits[FIGURE_SIZE];
	__int128 figure;

	if (figure_parse(text, &figure) < 0) {
		(void)snprintf(ret, CELL_SIZE, "%s", text); /* cut to fit */
		return;
	}
	figure_print_rounded(figure, divisor, decimals, digits);
	group(digits, ret);
}

const char *cell_cut(const char *text, char ret[CELL_SIZE])
{
	const char *point = strchr(text, '.');
	size_t size = point ? (size_t)(point - text) + 10 : strlen(text);

	(void)snprintf(ret, CELL_SIZE, "%.*s", (int)size, text);
	return ret;
}

void cell_number(const char *text, unsigned decimals, char ret[CELL_SIZE])
{
	char exact[CELL_SIZE];

	number(cell_cut(text, exact), 1, decimals, ret);
}

void cell_exact(const char *text, char ret[CELL_SIZE])
{
	char digits[FIGURE_SIZE];
	__int128 figure;

	if (figure_parse(text, &figure) < 0) {
		(void)snprintf(ret, CELL_SIZE, "%s", text); /* cut to fit */
		return;
	}
	figure_print_exact(figure, 2, digits);
	group(digits, ret);
}

bool cell_is_money(enum cell_kind kind)
{
	return kind == CELL_MONEY || kind == CELL_EXACT;
}

/* "12.5" of "12.500". */
static void trim_zeros(char *text)
{
	size_t size = strlen(text);

	if (!strchr(text, '.'))
		return;
	while (text[size - 1] == '0')
		size--;
	text[size - (text[size - 1] == '.')] = '\0';
}

static void print_money(
	struct html *html, const struct column *column, struct cell_row row, const char *value)
{
	const char *currency = cell_value(row, "currency");
	char text[CELL_SIZE];

	if (column->kind == CELL_EXACT)
		cell_exact(value, text);
	else
		cell_number(value, 2, text);
	html_print(html, "<span title=\"%s %s\">%s</span>", value, currency ? currency : "", text);
}

static void print_quantity(
	struct html *html, const struct column *column, struct cell_row row, const char *value)
{
	const char *name = cell_value(row, column->of ? column->of : "unit");
	const struct figure_unit *unit = name ? figure_unit(name) : NULL;
	char text[CELL_SIZE];

	number(value, unit ? unit->per_priced : 1, 2, text);
	html_print(html, "<span title=\"%s %s\">%s</span> <span class=\"muted\">%s</span>", value,
		name ? name : "", text,
		unit   ? unit->priced
		: name ? name
		       : "");
}

static void print_decimal(struct html *html, const char *value)
{
	char text[CELL_SIZE];

	cell_number(value, 3, text);
	trim_zeros(text);
	html_print(html, "%s", text);
}

/* What somebody multiplies by must not be rounded. */
static void print_rate(struct html *html, const char *value)
{
	char digits[CELL_SIZE], text[CELL_SIZE];

	(void)snprintf(digits, sizeof(digits), "%s", value); /* 23 digits at most */
	trim_zeros(digits);
	group(digits, text);
	html_print(html, "%s", text);
}

/* "2026-09-30", "2026-09-30 14:15": not to be broken at a hyphen. */
static bool is_day(const char *text)
{
	return strspn(text, "0123456789") == 4 && text[4] == '-' &&
	       strspn(text + 5, "0123456789") == 2 && text[7] == '-';
}

static void print_text(struct html *html, const char *value)
{
	html_print(html, is_day(value) ? "<span class=\"day\">%s</span>" : "<bdi>%s</bdi>", value);
}

static void print_percent(struct html *html, const char *value)
{
	char text[CELL_SIZE];

	cell_number(value, 1, text);
	html_print(html, "%s %%", text);
}

static void print_meter(struct html *html, const char *value)
{
	char exact[CELL_SIZE], label[CELL_SIZE + 2];
	__int128 figure;

	if (figure_parse(cell_cut(value, exact), &figure) < 0)
		return;
	cell_number(value, 0, exact);
	(void)snprintf(label, sizeof(label), "%s %%", exact);
	chart_meter(html, figure, (__int128)100 * NANO, label);
	html_print(html, " <span class=\"n\">%s</span>", label);
}

static void print_state(
	struct html *html, const struct column *column, struct cell_row row, const char *value)
{
	const char *level = column->of ? cell_value(row, column->of) : NULL;

	html_print(html, "<span class=\"badge %s\">%s</span>", level ? level : "", value);
}

static void print_value(
	struct html *html, const struct column *column, struct cell_row row, const char *value)
{
	switch (column->kind) {
	case CELL_TEXT:
		print_text(html, value);
		break;
	case CELL_MONEY:
	case CELL_EXACT:
		print_money(html, column, row, value);
		break;
	case CELL_QUANTITY:
		print_quantity(html, column, row, value);
		break;
	case CELL_COUNT:
	case CELL_DECIMAL:
		print_decimal(html, value);
		break;
	case CELL_RATE:
		print_rate(html, value);
		break;
	case CELL_PERCENT:
		print_percent(html, value);
		break;
	case CELL_METER:
		print_meter(html, value);
		break;
	case CELL_STATE:
		print_state(html, column, row, value);
		break;
	}
}

/* One "filter=column" or "filter" of a column's carry. */
static void choose(struct filter *link, const char *word, size_t size, struct cell_row row,
	const struct filter *chosen)
{
	const char *equals = memchr(word, '=', size);
	size_t n_name = equals ? (size_t)(equals - word) : size;
	enum filter_name name = filter_find(word, n_name);
	char column[64];

	if (name == FILTER_COUNT)
		return;
	if (!equals) {
		link->value[name] = chosen->value[name];
		return;
	}
	(void)snprintf(column, sizeof(column), "%.*s", (int)(size - n_name - 1), equals + 1);
	link->value[name] = cell_value(row, column);
}

static struct filter link_filter(
	const struct column *column, struct cell_row row, const struct filter *chosen)
{
	struct filter link = {.value = {[FILTER_INSTITUTION] = chosen->value[FILTER_INSTITUTION],
				      [FILTER_MONTH] = chosen->value[FILTER_MONTH]}};

	for (const char *at = column->carry ? column->carry : ""; *at;) {
		size_t size = strcspn(at, ",");

		choose(&link, at, size, row, chosen);
		at += size + (at[size] == ',');
	}
	return link;
}

void cell_print(struct html *html, const struct column *column, struct cell_row row,
	const struct filter *filter)
{
	const char *value = cell_value(row, column->name);

	if (!value || !*value) {
		html_print(html, "<span class=\"muted\">–</span>");
		return;
	}
	if (column->link) {
		const struct filter link = link_filter(column, row, filter);

		html_print(html, "<a href=\"");
		filter_print_link(html, column->link, &link);
		html_print(html, "\">");
	}
	print_value(html, column, row, value);
	if (column->link)
		html_print(html, "</a>");
}

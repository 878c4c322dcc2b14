/* A head, what is drawn, and a table: every section looks alike. */
#include "dashboard/page/section.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/format/figure.h"
#include "dashboard/page/cell.h"
#include "dashboard/page/drawing.h"

struct printing {
	struct html *html;
	const struct section *section;
	const struct filter *filter;
	const struct table *rows;
	size_t n_shown;
};

static size_t n_columns(const struct section *section)
{
	size_t n = 0;

	while (n < SECTION_COLUMNS_MAX && section->column[n].name)
		n++;
	return n;
}

static void print_csv_link(const struct printing *p)
{
	html_print(p->html, "<a class=\"csv\" href=\"%s.csv", p->section->name);
	filter_print_arguments(p->html, p->filter);
	html_print(p->html, "\" download>CSV<span class=\"hidden\"> of %s</span></a>",
		p->section->title);
}

static void print_head(const struct printing *p)
{
	html_print(p->html, "<section class=\"card\" id=\"%s\"><header><h2>%s</h2>",
		p->section->name, p->section->title);
	if (p->rows->n_rows)
		print_csv_link(p);
	html_print(p->html, "</header>");
	if (p->section->says)
		html_print(p->html, "<p class=\"says\">%s</p>", p->section->says);
}

/* The currency that all rows have, else NULL: then nothing is added up. */
static const char *one_currency(const struct printing *p)
{
	const char *first = NULL;

	for (size_t i = 0; i < p->rows->n_rows; i++) {
		const char *currency = cell_value((struct cell_row){p->rows, i}, "currency");

		if (!currency || (first && strcmp(first, currency) != 0))
			return NULL;
		first = currency;
	}
	return first;
}

static void print_column_heads(const struct printing *p, const char *currency)
{
	html_print(p->html, "<thead><tr>");
	for (size_t i = 0; i < n_columns(p->section); i++) {
		const struct column *column = &p->section->column[i];

		html_print(p->html,
			cell_is_number(column->kind) ? "<th scope=\"col\" class=\"n\">%s"
						     : "<th scope=\"col\">%s",
			column->title);
		if (currency && cell_is_money(column->kind))
			html_print(p->html, " <span class=\"muted\">%s</span>", currency);
		html_print(p->html, "</th>");
	}
	html_print(p->html, "</tr></thead>");
}

static void print_row(const struct printing *p, size_t row, const char *currency)
{
	const struct cell_row at = {p->rows, row};

	html_print(p->html, "<tr>");
	for (size_t i = 0; i < n_columns(p->section); i++) {
		const struct column *column = &p->section->column[i];
		const char *value = cell_value(at, column->name);

		bool is_head = i == 0 && column->kind == CELL_TEXT;

		if (is_head)
			html_print(p->html, "<th scope=\"row\">");
		else if (cell_is_number(column->kind))
			html_print(
				p->html, "<td class=\"n\" data-value=\"%s\">", value ? value : "");
		else
			html_print(p->html,
				column->kind == CELL_METER ? "<td class=\"meter\">" : "<td>");
		cell_print(p->html, column, at, p->filter);
		if (!currency && value && cell_is_money(column->kind))
			html_print(p->html, " %s", cell_value(at, "currency"));
		html_print(p->html, is_head ? "</th>" : "</td>");
	}
	html_print(p->html, "</tr>");
}

/* The exact sum of a column; false: it has none. */
static bool add_up(const struct printing *p, const struct column *column, __int128 *ret)
{
	__int128 sum = 0;

	for (size_t i = 0; i < p->rows->n_rows; i++) {
		const char *value = cell_value((struct cell_row){p->rows, i}, column->name);
		__int128 figure = 0;

		if (value && (figure_parse(value, &figure) < 0 || figure_add(&sum, figure) < 0))
			return false;
	}
	*ret = sum;
	return column->has_sum;
}

static void print_sum(const struct printing *p, const struct column *column, const char *currency)
{
	char exact[FIGURE_SIZE], shown[CELL_SIZE];
	__int128 sum;

	if (!add_up(p, column, &sum)) {
		html_print(p->html, "<td></td>");
		return;
	}
	figure_print_exact(sum, 0, exact);
	if (column->kind == CELL_EXACT)
		cell_exact(exact, shown);
	else
		cell_number(exact, cell_is_money(column->kind) ? 2 : 0, shown);
	html_print(p->html, "<td class=\"n\" title=\"%s %s\">%s</td>", exact,
		cell_is_money(column->kind) ? currency : "", shown);
}

static void print_total(const struct printing *p, const char *currency)
{
	bool has_any = false;

	for (size_t i = 0; i < n_columns(p->section); i++)
		has_any = has_any || p->section->column[i].has_sum;
	if (!has_any || !currency || p->rows->n_rows < 2 || p->n_shown < p->rows->n_rows)
		return;
	html_print(p->html, "<tfoot><tr class=\"total\"><th scope=\"row\">Total</th>");
	for (size_t i = 1; i < n_columns(p->section); i++)
		print_sum(p, &p->section->column[i], currency);
	html_print(p->html, "</tr></tfoot>");
}

static void print_table(const struct printing *p)
{
	const char *currency = one_currency(p);

	html_print(p->html,
		"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table "
		"data-sort><caption class=\"hidden\">%s</caption>",
		p->section->title, p->section->title);
	print_column_heads(p, currency);
	html_print(p->html, "<tbody>");
	for (size_t i = 0; i < p->n_shown; i++)
		print_row(p, i, currency);
	html_print(p->html, "</tbody>");
	print_total(p, currency);
	html_print(p->html, "</table></div>");
	if (p->n_shown < p->rows->n_rows)
		html_print(p->html,
			"<p class=\"muted\">The first %zu rows, not added up. The CSV has all.</p>",
			p->n_shown);
}

static void print_facts(const struct printing *p)
{
	html_print(p->html, "<dl class=\"facts\">");
	for (size_t i = 0; i < n_columns(p->section); i++) {
		html_print(p->html, "<dt>%s</dt><dd>", p->section->column[i].title);
		cell_print(
			p->html, &p->section->column[i], (struct cell_row){p->rows, 0}, p->filter);
		if (cell_is_money(p->section->column[i].kind))
			html_print(p->html, " %s",
				cell_value((struct cell_row){p->rows, 0}, "currency"));
		html_print(p->html, "</dd>");
	}
	html_print(p->html, "</dl>");
}

static void print_drawn(const struct printing *p,
	void (*draw)(struct html *, const char *title, const struct table *))
{
	if (p->rows->n_rows <= SECTION_DRAWN_ROWS_MAX)
		draw(p->html, p->section->title, p->rows);
	else
		html_print(p->html, "<p class=\"empty\">This is too much to be drawn.</p>");
	html_print(p->html, "<details><summary>The figures as a table</summary>");
	print_table(p);
	html_print(p->html, "</details>");
}

static void print_body(const struct printing *p)
{
	switch (p->section->kind) {
	case SECTION_TABLE:
	case SECTION_TILES: /* not here: they have no head */
		print_table(p);
		break;
	case SECTION_FACTS:
		print_facts(p);
		break;
	case SECTION_STACK:
		print_drawn(p, drawing_stack);
		break;
	case SECTION_BURN:
		print_drawn(p, drawing_burn);
		break;
	case SECTION_HEAT:
		print_drawn(p, drawing_heat);
		break;
	}
}

/* What the colour says, for whoever does not see it. */
static const char *said_of(const char *level)
{
	if (level && strcmp(level, "bad") == 0)
		return " (not well)";
	return level && strcmp(level, "warn") == 0 ? " (to be watched)" : "";
}

static void print_tile(const struct printing *p, struct cell_row row)
{
	const char *kind = cell_value(row, "kind");
	const char *level = cell_value(row, "level");
	const char *page = cell_value(row, "page");
	const char *figure = cell_value(row, "figure");
	const char *currency = cell_value(row, "currency");
	char text[CELL_SIZE];
	bool is_money = strcmp(kind, "money") == 0;
	bool is_percent = strcmp(kind, "percent") == 0;

	(void)snprintf(text, sizeof(text), "%s", figure ? figure : "–");
	if (figure && (is_money || is_percent))
		cell_number(figure, is_money ? 2 : 1, text);
	html_print(p->html, "<a class=\"tile %s\" href=\"", level ? level : "");
	filter_print_link(p->html, page ? page : "", p->filter);
	html_print(p->html,
		"\"><span class=\"label\">%s</span> <strong class=\"figure\" title=\"%s\">%s%s%s</strong> "
		"<span class=\"note\">%s</span><span class=\"hidden\">%s</span></a>",
		cell_value(row, "label"), figure ? figure : "", text,
		is_percent	       ? " %"
		: is_money && currency ? " "
				       : "",
		is_money && currency ? currency : "",
		cell_value(row, "note") ? cell_value(row, "note") : "", said_of(level));
}

static void print_tiles(const struct printing *p)
{
	html_print(p->html, "<div class=\"tiles\" id=\"%s\">", p->section->name);
	for (size_t i = 0; i < p->n_shown; i++)
		print_tile(p, (struct cell_row){p->rows, i});
	html_print(p->html, "</div>");
}

/* A column that its question does not answer is a bug of ours. */
__attribute__((unused)) static bool has_columns(
	const struct section *section, const struct table *rows)
{
	for (size_t i = 0; i < n_columns(section); i++) {
		if (!cell_has(rows, section->column[i].name) ||
			(section->column[i].of && !cell_has(rows, section->column[i].of)) ||
			(cell_is_money(section->column[i].kind) && !cell_has(rows, "currency")))
			return false;
	}
	return true;
}

size_t section_rows_max(const struct section *section)
{
	switch (section->kind) {
	case SECTION_STACK:
	case SECTION_BURN:
	case SECTION_HEAT:
		return SECTION_DRAWN_ROWS_MAX;
	default:
		return SECTION_ROWS_MAX;
	}
}

void section_print(struct html *html, const struct section *section, const struct filter *filter,
	const struct table *rows)
{
	const struct printing printing = {html, section, filter, rows,
		rows->n_rows > SECTION_ROWS_MAX ? SECTION_ROWS_MAX : rows->n_rows};

	assert(has_columns(section, rows));
	if (!rows->n_rows && !section->empty)
		return;
	if (section->kind == SECTION_TILES && rows->n_rows) {
		print_tiles(&printing);
		return;
	}
	print_head(&printing);
	if (rows->n_rows)
		print_body(&printing);
	else
		html_print(html, "<p class=\"empty\">%s</p>", section->empty);
	html_print(html, "</section>");
}

void section_offer(struct html *html, const struct section *section, const struct filter *filter)
{
	const struct table none = {0};

	print_head(&(struct printing){html, section, filter, &none, 0});
	html_print(html, "<p><a class=\"button\" href=\"");
	filter_print_arguments(html, filter);
	html_argument(html, SECTION_SHOW, section->name);
	html_print(html,
		"#%s\" rel=\"nofollow\">Find out</a> <span class=\"muted\">It reads all that was "
		"measured: where that is much, it takes seconds.</span></p></section>",
		section->name);
}

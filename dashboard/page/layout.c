#include "dashboard/page/layout.h"

#include <stdio.h>
#include <string.h>

#include "dashboard/asset/asset.h"
#include "dashboard/page/cell.h"
#include "hubmeter/version.h"

static void print_title(struct html *html, const char *title, const char *of, const char *month)
{
	html_print(html,
		"<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		"<title>%s%s%s%s%s - hubmeter</title>",
		title, *of ? " " : "", of, *month ? ", " : "", month);
}

static void print_document(struct html *html, const char *title, const char *of, const char *month)
{
	print_title(html, title, of, month);
	html_print(html, "<link rel=\"stylesheet\" href=\"style.css\">"
			 "<link rel=\"icon\" href=\"favicon.svg\" type=\"image/svg+xml\">"
			 "<script src=\"script.js\" defer></script></head><body>");
}

/* What it is drawn with stands in it; it has no links, since what they lead to is not there. */
static void print_document_alone(
	struct html *html, const char *title, const char *of, const char *month)
{
	print_title(html, title, of, month);
	html_print(html, "<style>");
	html_append(html, asset_style_css, asset_style_css_size);
	html_print(html,
		"a { color: inherit; text-decoration: none; } .csv { display: none; }</style>"
		"</head><body>");
}

static void print_option(struct html *html, const char *value, const char *name, const char *chosen)
{
	html_print(html,
		strcmp(value, chosen) == 0 ? "<option value=\"%s\" selected>%s</option>"
					   : "<option value=\"%s\">%s</option>",
		value, name);
}

/* What is chosen is an option also where it is none of @rows; @all: what is called so when nothing
 * is (NULL: there is no such option). */
static void print_select(struct html *html, const char *label, enum filter_name name,
	const struct table *rows, const char *all, const struct filter *filter)
{
	const char *chosen = filter->value[name];
	bool is_known = all && !*chosen;

	html_print(html, "<label>%s <select name=\"%s\">", label, filter_names[name]);
	if (all)
		print_option(html, "", all, chosen);
	for (size_t i = 0; i < rows->n_rows; i++) {
		const struct cell_row row = {rows, i};
		const char *value = cell_value(row, filter_names[name]);

		is_known = is_known || strcmp(value, chosen) == 0;
		print_option(html, value, cell_value(row, "label"), chosen);
	}
	if (!is_known)
		print_option(html, chosen, chosen, chosen);
	html_print(html, "</select></label>");
}

/* What else the page is about stays as it is when the month is changed. */
static void print_kept(struct html *html, const struct filter *filter)
{
	for (int i = 0; i < FILTER_IN_URL_COUNT; i++) {
		if (i == FILTER_INSTITUTION || i == FILTER_MONTH || i == FILTER_UNIT ||
			!*filter->value[i])
			continue;
		html_print(html, "<input type=\"hidden\" name=\"%s\" value=\"%s\">",
			filter_names[i], filter->value[i]);
	}
}

static void print_picker(struct html *html, const struct page *page, const struct context *context,
	const struct filter *filter)
{
	html_print(html, "<form class=\"picker\" method=\"get\" action=\"%s\">",
		*page->path ? page->path : "./");
	print_select(html, "Institution", FILTER_INSTITUTION, &context->institutions, NULL, filter);
	print_select(html, "Month", FILTER_MONTH, &context->months, NULL, filter);
	if (context->units.n_rows)
		print_select(html, "Department", FILTER_UNIT, &context->units, "all", filter);
	print_kept(html, filter);
	html_print(html, "<button>Show</button></form>");
}

static void print_who(struct html *html, const char *identity)
{
	html_print(html,
		"<div class=\"who\"><a href=\"account\"><bdi>%s</bdi></a> "
		"<form method=\"post\" action=\"sign-out\"><button class=\"quiet\">Sign out</button>"
		"</form></div>",
		identity);
}

static bool is_in_nav(const struct page *page, const struct context *context)
{
	return (page->is_for & context->sees) != 0 &&
	       (context->institutions.n_rows > 1 || !page->is_for_several);
}

static void print_nav(struct html *html, const struct page *page, const struct context *context,
	const struct filter *filter)
{
	const struct filter kept = {
		.value = {[FILTER_INSTITUTION] = filter->value[FILTER_INSTITUTION],
			[FILTER_MONTH] = filter->value[FILTER_MONTH],
			[FILTER_UNIT] = filter->value[FILTER_UNIT]}};

	html_print(html, "<nav class=\"pages\" aria-label=\"Pages\">");
	for (size_t i = 0; i < n_pages; i++) {
		if (!is_in_nav(&pages[i], context))
			continue;
		html_print(html, "<a href=\"");
		filter_print_link(html, pages[i].path, &kept);
		html_print(html,
			&pages[i] == page ? "\" aria-current=\"page\">%s</a>" : "\">%s</a>",
			pages[i].title);
	}
	html_print(html, "</nav>");
}

/* "Department physics": what of many the page shows; "": there is but one. */
static const char *shown_of(const struct page *page, const struct filter *filter)
{
	if (page->is_of_person)
		return *filter->value[FILTER_PERSON] ? filter->value[FILTER_PERSON]
						     : filter->value[FILTER_USERNAME];
	if (page->is_statement)
		return filter->value[FILTER_UNIT];
	return page->of == FILTER_INSTITUTION ? "" : filter->value[page->of];
}

static void print_heading(struct html *html, const struct page *page, const struct filter *filter)
{
	const char *of = shown_of(page, filter);

	html_print(html, *of ? "<h1>%s <bdi>%s</bdi></h1>" : "<h1>%s</h1>", page->title, of);
	if (page->lead)
		html_print(html, "<p class=\"lead\">%s</p>", page->lead);
}

static void print_top(struct html *html, const struct page *page, const struct context *context,
	const struct filter *filter)
{
	html_print(html, "<a class=\"skip\" href=\"#main\">Skip to the figures</a>"
			 "<header class=\"top\"><a class=\"brand\" href=\"./\">hubmeter</a>");
	print_picker(html, page, context, filter);
	print_who(html, context->identity);
	html_print(html, "</header>");
	print_nav(html, page, context, filter);
}

void layout_begin(struct html *html, const struct page *page, const struct context *context,
	const struct filter *filter)
{
	const char *of = shown_of(page, filter), *month = filter->value[FILTER_MONTH];

	if (context->is_alone) {
		print_document_alone(html, page->title, of, month);
	} else {
		print_document(html, page->title, of, month);
		print_top(html, page, context, filter);
	}
	html_print(html, page->is_statement ? "<main id=\"main\" class=\"statement\">"
					    : "<main id=\"main\">");
	print_heading(html, page, filter);
	if (page->is_chain)
		html_print(html, "<ol class=\"chain\">");
}

void layout_end(struct html *html, const struct page *page)
{
	html_print(html, page->is_chain ? "</ol></main>" : "</main>");
	html_print(html,
		"<footer class=\"foot\"><p>hubmeter %s. Amounts are rounded to be read; their exact "
		"figures stand in each CSV.</p></footer></body></html>",
		HUBMETER_VERSION);
}

static void print_words(
	struct html *html, const char *title, const char *words, const char *identity)
{
	print_document(html, title, "", "");
	html_print(html, "<main class=\"card sign-in\" id=\"main\"><h1>%s</h1><p>%s</p>", title,
		words);
	if (identity)
		html_print(html, "<p class=\"muted\">Signed in as <bdi>%s</bdi>.</p>", identity);
	html_print(html, "<p><a href=\"./\">To the first page</a></p></main></body></html>");
}

void layout_say(struct response *response, unsigned status, const char *title, const char *words,
	const char *identity)
{
	struct html html = HTML_INIT(RESPONSE_LIMIT);

	response->status = status;
	response->type = "text/html; charset=utf-8";
	print_words(&html, title, words, identity);
	if (html_finish(&html, &response->body) < 0)
		response->status = 503; /* the server has words of its own */
}

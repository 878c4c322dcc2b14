/* One request is one transaction: all that a page shows is of one moment. */
#include "dashboard/page/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "dashboard/page/cell.h"
#include "dashboard/page/context.h"
#include "dashboard/page/layout.h"
#include "hubmeter/cleanup.h"

#define CSV	  ".csv"
#define CSV_LIMIT (32u << 20) /* bytes */

struct answering {
	struct store *store;
	const char *identity;
	bool is_alone;
	const struct page *page; /* NULL: there is none */
	const char *show;	 /* the section that is asked for */
	struct filter filter;
	struct table subject;
	struct response *response;
};

/* What is wrong, as its reader should hear it. */
struct words {
	unsigned status;
	const char *title, *words;
};

static const struct words nothing_here = {
	404, "There is no such page", "The address is not one of ours."};
static const struct words nothing_chosen = {404, "Nothing is chosen",
	"This page shows one thing of many; its address does not say which."};
static const struct words not_seen = {
	404, "Nothing to see", "There is no such charge, or none that you may see."};

static void say(const struct answering *a, const struct words *words)
{
	layout_say(a->response, words->status, words->title, words->words, a->identity);
}

static struct words words_for(int r)
{
	switch (r) {
	case -ENOENT:
		return (struct words){403, "You may not see anything yet",
			"You are signed in, but nobody has said what you may see. Ask whoever keeps "
			"hubmeter for a row in the file of readers (hubmeter import readers)."};
	case -EBADMSG:
		return (struct words){400, "That can't be shown",
			"A value in the address makes no sense, such as a day that does not exist."};
	case -EFBIG:
		return (struct words){413, "That is too much at once",
			"A table is handed out whole or not at all, and this one is too large. Choose "
			"less: a department, a person, a resource, a day. All of it is in hubmeter "
			"report."};
	case -E2BIG:
		return (struct words){504, "That takes too long",
			"The database gave up. Choose less: a month, a department, a person."};
	default:
		return (struct words){503, "The database does not answer",
			"Nothing is lost. Try again in a minute."};
	}
}

static void fail(const struct answering *a, int r)
{
	const struct words words = words_for(r);
	char quoted[LOG_QUOTED_SIZE];

	if (words.status >= 500)
		log_event(LOG_PRIORITY_WARNING, "page_failed", "page=/%s reason=%s", a->page->path,
			log_quote(quoted, store_error(a->store)));
	say(a, &words);
}

static int print_section(struct html *html, const struct answering *a, const struct page *page,
	const struct section *section)
{
	struct table rows;
	int r;

	if (section->is_on_request && !a->is_alone && strcmp(a->show, section->name) != 0) {
		section_offer(html, section, &a->filter);
		return 0;
	}
	r = store_ask(a->store, section->sql, &a->filter, section_rows_max(section) + 1, &rows);
	if (r < 0)
		return r;
	if (page->is_chain && (rows.n_rows || section->empty))
		html_print(html, "<li>");
	section_print(html, section, &a->filter, &rows);
	if (page->is_chain && (rows.n_rows || section->empty))
		html_print(html, "</li>");
	table_release(&rows);
	return 0;
}

static int print_page(struct html *html, const struct answering *a, const struct page *page,
	const struct context *context)
{
	int r = 0;

	layout_begin(html, page, context, &a->filter);
	for (size_t i = 0; i < PAGE_SECTIONS_MAX && page->section[i] && r == 0; i++)
		r = print_section(html, a, page, page->section[i]);
	layout_end(html, page);
	return r;
}

static void answer_page(
	const struct answering *a, const struct page *page, const struct context *context)
{
	struct html html = HTML_INIT(RESPONSE_LIMIT);
	int r = print_page(&html, a, page, context);

	if (r == 0) {
		r = html_finish(&html, &a->response->body);
		r = r == -E2BIG ? -EFBIG : r;
	}
	html_release(&html);
	if (r < 0) {
		fail(a, r);
		return;
	}
	a->response->status = 200;
	a->response->type = "text/html; charset=utf-8";
}

/* The rows as a spreadsheet takes them, exact. */
static int print_csv(const struct table *rows, struct buffer *ret)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out;
	int r;

	/* Whoever adds up a part of the rows takes it for the whole. */
	if (rows->n_rows > SECTION_CSV_ROWS_MAX)
		return -EFBIG;
	out = open_memstream(&text, &size);
	r = out ? table_print(rows, TABLE_FORMAT_CSV, out) : -ENOMEM;
	if (out && fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	ret->limit = CSV_LIMIT;
	if (r == 0)
		r = buffer_append(ret, text, size);
	free(text);
	return r == -E2BIG ? -EFBIG : r;
}

static void answer_csv(const struct answering *a, const struct section *section)
{
	struct table rows;
	int r = store_ask(a->store, section->sql, &a->filter, SECTION_CSV_ROWS_MAX + 1, &rows);

	if (r == 0) {
		r = print_csv(&rows, &a->response->body);
		table_release(&rows);
	}
	if (r < 0) {
		buffer_clear(&a->response->body);
		fail(a, r);
		return;
	}
	a->response->status = 200;
	a->response->type = "text/csv; charset=utf-8; header=present";
	if (asprintf(&a->response->file_name, "hubmeter-%s-%s-%s.csv", section->name,
		    a->filter.value[FILTER_INSTITUTION], a->filter.value[FILTER_MONTH]) < 0)
		a->response->file_name = NULL; /* the browser names it */
}

static bool asks_of_subject(const struct section *section)
{
	return strstr(section->sql, ":'subject'") != NULL;
}

/* What the rest of the page is asked of, if there is no @section. -ESRCH: there is nothing. */
static int find_subject(struct answering *a, const struct page *page, const struct section *section)
{
	int r;

	if (!page->subject || (section && !asks_of_subject(section)))
		return 0;
	r = store_ask(a->store, page->subject, &a->filter, 1, &a->subject);
	if (r < 0)
		return r;
	if (!a->subject.n_rows || !table_cell(&a->subject, 0, 0))
		return -ESRCH;
	a->filter.value[FILTER_SUBJECT] = table_cell(&a->subject, 0, 0);
	return 0;
}

/* Whoever finds nothing on the first page begins at the first that has something for them. */
static const struct page *first_page(const struct page *page, const struct context *context)
{
	if (*page->path)
		return page;
	for (size_t i = 0; i < n_pages; i++) {
		if (pages[i].is_for & context->sees)
			return &pages[i];
	}
	return page;
}

static void answer_in_transaction(
	struct answering *a, const struct page *page, const struct section *section)
{
	struct context context;
	int r = context_load(a->store, a->identity, &a->filter, &context);

	context.is_alone = a->is_alone;
	if (r == 0)
		r = find_subject(a, page, section);
	if (r == -ESRCH)
		say(a, &not_seen);
	else if (r < 0)
		fail(a, r);
	else if (section)
		answer_csv(a, section);
	else
		answer_page(a, first_page(page, &context), &context);
	table_release(&a->subject);
	context_release(&context);
}

static const struct section *find_section(const struct page *page, const char *name, size_t size)
{
	for (size_t i = 0; i < PAGE_SECTIONS_MAX && page->section[i]; i++) {
		if (strlen(page->section[i]->name) == size &&
			memcmp(page->section[i]->name, name, size) == 0)
			return page->section[i];
	}
	return NULL;
}

/* PAGE, or SECTION.csv; of a page *ret_section is NULL. NULL: there is none. */
static const struct page *resolve(const char *path, const struct section **ret_section)
{
	size_t size = strlen(path);

	*ret_section = NULL;
	if (size < strlen(CSV) || strcmp(path + size - strlen(CSV), CSV) != 0)
		return page_find(path);
	for (size_t i = 0; i < n_pages; i++) {
		*ret_section = find_section(&pages[i], path, size - strlen(CSV));
		if (*ret_section)
			return &pages[i];
	}
	return NULL;
}

void page_answer(struct store *store, const char *identity, bool is_alone,
	const struct request *request, struct response *response)
{
	struct answering a = {.store = store,
		.identity = identity,
		.is_alone = is_alone,
		.show = request_argument(request, SECTION_SHOW, ""),
		.response = response};
	const struct section *section;
	const struct page *page = resolve(request->path, &section);
	const char *wrong;
	int r;

	a.page = page;
	if (!page) {
		say(&a, &nothing_here);
		return;
	}
	if (!filter_read(request, &a.filter, &wrong)) {
		fail(&a, -EBADMSG);
		return;
	}
	if (page->of != FILTER_INSTITUTION && !*a.filter.value[page->of]) {
		say(&a, &nothing_chosen);
		return;
	}
	r = store_begin(store, identity);
	if (r < 0) {
		fail(&a, r);
		return;
	}
	answer_in_transaction(&a, page, section);
	store_end(store);
}

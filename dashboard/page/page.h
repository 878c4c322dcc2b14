/*
 * Pages: what each is made of, and how one is answered.
 */
#ifndef DASHBOARD_PAGE_PAGE_H
#define DASHBOARD_PAGE_PAGE_H

#include <stdbool.h>

#include "dashboard/page/section.h"
#include "dashboard/server/request.h"
#include "dashboard/store/store.h"

#define PAGE_SECTIONS_MAX 10

struct page {
	const char *path;    /* behind the prefix; "": the first */
	const char *title;   /* of the page and of its link */
	const char *lead;    /* what it answers; NULL */
	unsigned is_for;     /* enum sight of those it is shown to in the navigation */
	bool is_for_several; /* in the navigation of whoever sees several institutions */
	enum filter_name of; /* must be chosen; FILTER_INSTITUTION: nothing must */
	bool is_of_person;   /* or of a user name that is nobody's */
	const char *subject; /* its one value is what the others ask of (FILTER_SUBJECT); NULL */
	bool is_chain;	     /* its sections are steps, one following from another */
	bool is_statement;   /* for paper */
	const struct section *section[PAGE_SECTIONS_MAX];
};

extern const struct page pages[];
extern const size_t n_pages;

/* The page at @path; NULL. */
const struct page *page_find(const char *path);

/*
 * Answer @identity's request for a page or for SECTION.csv. @is_alone: as a document by itself, to
 * be kept or sent.
 */
void page_answer(struct store *store, const char *identity, bool is_alone,
	const struct request *request, struct response *response);

#endif

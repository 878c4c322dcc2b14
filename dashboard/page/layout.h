/*
 * What stands around the sections of every page. Pure.
 */
#ifndef DASHBOARD_PAGE_LAYOUT_H
#define DASHBOARD_PAGE_LAYOUT_H

#include "dashboard/html/html.h"
#include "dashboard/page/context.h"
#include "dashboard/page/page.h"
#include "dashboard/server/request.h"

void layout_begin(struct html *html, const struct page *page, const struct context *context,
	const struct filter *filter);
void layout_end(struct html *html, const struct page *page);

/* A page of a few words for @identity, who asked (NULL: nobody known). */
void layout_say(struct response *response, unsigned status, const char *title, const char *words,
	const char *identity);

#endif

/*
 * Pages for requests that never reach whoever answers: too large, too many, not understood. Pure.
 */
#ifndef DASHBOARD_SERVER_ERROR_PAGE_H
#define DASHBOARD_SERVER_ERROR_PAGE_H

#include "dashboard/server/request.h"

/* A small document with a link to @prefix; without a body when memory is out. */
void error_page_make(unsigned status, const char *prefix, struct response *ret);

/* To @prefix, from it without its last slash. */
void error_page_redirect(const char *prefix, struct response *ret);

#endif

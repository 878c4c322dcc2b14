/*
 * As much of a browser as the whole flows need: it keeps cookies and follows where it is sent.
 */
#ifndef TESTS_UNIT_DASHBOARD_SIGN_IN_BROWSER_H
#define TESTS_UNIT_DASHBOARD_SIGN_IN_BROWSER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/server/request.h"

#define BROWSER_COOKIES 16

struct browser {
	char cookie[BROWSER_COOKIES][2048]; /* name=value */
	char all[BROWSER_COOKIES * 2048];
};

static inline void browser_put(struct browser *browser, const char *pair, size_t size)
{
	size_t n_name = strcspn(pair, "=") + 1;
	char *free_slot = NULL;

	for (int i = 0; i < BROWSER_COOKIES; i++) {
		char *cookie = browser->cookie[i];

		if (strncmp(cookie, pair, n_name) == 0) {
			free_slot = cookie;
			break;
		}
		if (!*cookie && !free_slot)
			free_slot = cookie;
	}
	if (free_slot)
		(void)snprintf(free_slot, 2048, "%.*s", (int)size, pair);
}

/* Take the cookies of an answer; one of Max-Age=0 goes. */
static inline void browser_take(struct browser *browser, const struct response *response)
{
	for (int i = 0; i < RESPONSE_COOKIES_MAX; i++) {
		const char *line = response->cookie[i];

		if (!line)
			continue;
		browser_put(browser, line, strcspn(line, ";"));
		for (int k = 0; k < BROWSER_COOKIES && strstr(line, "Max-Age=0;"); k++) {
			if (strncmp(browser->cookie[k], line, strcspn(line, "=") + 1) == 0)
				browser->cookie[k][0] = '\0';
		}
	}
}

static inline const char *browser_cookies(struct browser *browser)
{
	size_t n = 0;

	browser->all[0] = '\0';
	for (int i = 0; i < BROWSER_COOKIES; i++) {
		if (browser->cookie[i][0])
			n += (size_t)snprintf(browser->all + n, sizeof(browser->all) - n, "%s%s",
				n ? "; " : "", browser->cookie[i]);
	}
	return browser->all;
}

static inline size_t browser_count(const struct browser *browser)
{
	size_t count = 0;

	for (int i = 0; i < BROWSER_COOKIES; i++)
		count += browser->cookie[i][0] != '\0';
	return count;
}

/* Whether the page says @text. */
static inline bool response_says(const struct response *response, const char *text)
{
	return response->body.data &&
	       memmem(response->body.data, response->body.size, text, strlen(text)) != NULL;
}

static inline bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* What @name is in the query of @url, which needs no decoding; "": nothing. */
static inline void query_value(const char *url, const char *name, char *ret, size_t size)
{
	size_t length = strlen(name);

	*ret = '\0';
	for (const char *at = strchr(url, '?'); at; at = strchr(at, '&')) {
		at++;
		if (strncmp(at, name, length) == 0 && at[length] == '=')
			(void)snprintf(ret, size, "%.*s", (int)strcspn(at + length + 1, "&"),
				at + length + 1);
	}
}

#endif

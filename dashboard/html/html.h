/*
 * Markup, written so that nobody's text can become markup. Pure.
 *
 *	html_print(html, "<td><bdi>%s</bdi></td>", username);
 *
 * Invariants
 *  - The format is markup, written by us: a literal. Every %s is text from elsewhere,
 *NUL-terminated UTF-8, and is escaped for elements and for quoted attributes alike. A %s never
 *stands in an attribute without quotes.
 *  - Characters that move the cursor, turn the direction of reading or are not seen are shown as
 *escapes (common/format/safe_text.h), so that two names which differ look different.
 *  - The first failure (-ENOMEM, -E2BIG past the limit) is kept in `error`, and nothing is written
 *from then on.
 *
 * Life cycle: HTML_INIT(limit) -> html_print()* -> html_finish() or html_release().
 */
#ifndef DASHBOARD_HTML_HTML_H
#define DASHBOARD_HTML_HTML_H

#include "common/buffer.h"

struct html {
	struct buffer body;
	int error; /* 0, or the first failure */
};

#define HTML_INIT(limit_)                                                                          \
	{                                                                                          \
		.body = BUFFER_INIT(limit_)                                                        \
	}

/* Understands %s (escaped), %d, %u, %zu, %lld and %%; others are a bug. */
void html_print(struct html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Markup of ours that is too long for a format, as it is. */
void html_append(struct html *html, const void *markup, size_t size);

/* @name=@value for a query string, percent-encoded; & between two. */
void html_argument(struct html *html, const char *name, const char *value);

/* 0 with the bytes in *ret, which the caller releases, or the failure; @html is empty then. */
int html_finish(struct html *html, struct buffer *ret);
void html_release(struct html *html);

#endif

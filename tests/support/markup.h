/* Markup as tests look at it: is it well formed, what is in it. */
#ifndef TESTS_SUPPORT_MARKUP_H
#define TESTS_SUPPORT_MARKUP_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/html/html.h"

#define MARKUP_DEPTH_MAX 32

/* the ends of what figures can be */
#define MARKUP_MOST  ((__int128)(~(unsigned __int128)0 >> 1))
#define MARKUP_LEAST (-MARKUP_MOST - 1)

/* What @html holds as a string; the caller frees. */
static inline char *markup_of(struct html *html)
{
	struct buffer body;
	int r = html_finish(html, &body);
	char *text;

	assert(r == 0);
	(void)r;
	text = body.size ? strndup((const char *)body.data, body.size) : strdup("");
	assert(text);
	buffer_release(&body);
	return text;
}

static inline size_t markup_count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

/* Every element is closed in its turn, every attribute is quoted and no ampersand stands alone. */
static inline bool markup_is_well_formed(const char *text)
{
	const char *open[MARKUP_DEPTH_MAX];
	size_t depth = 0;

	while (*text) {
		size_t size = strcspn(text, "<&");

		if (memchr(text, '>', size))
			return false;
		text += size;
		if (*text == '&') {
			size = strcspn(text, "; <");
			if (text[size] != ';')
				return false;
			text += size;
		} else if (strncmp(text, "</", 2) == 0) {
			size = strcspn(text + 2, ">");
			if (!depth || strncmp(open[--depth], text + 2, size) != 0)
				return false;
			text += 2 + size + 1;
		} else if (*text == '<') {
			bool is_quoted = false;

			if (depth == MARKUP_DEPTH_MAX)
				return false;
			open[depth++] = text + 1;
			for (; *text && (is_quoted || *text != '>'); text++) {
				if (*text == '=' && !is_quoted && text[1] != '"')
					return false;
				is_quoted ^= *text == '"';
			}
			if (*text != '>')
				return false;
			depth -= text[-1] == '/';
			text++;
		}
	}
	return depth == 0;
}

/* The value of @name in the element at @element, in hundredths; INT64_MIN: it has none. Fails on
 * numbers that are not written with two decimals. */
static inline int64_t markup_hundredths(const char *element, const char *name)
{
	size_t size = strcspn(element, ">");
	int64_t value;
	char *end;

	for (const char *at = element; (at = strstr(at, name)) && at < element + size; at++) {
		if (at[-1] != ' ' || strncmp(at + strlen(name), "=\"", 2) != 0)
			continue;
		at += strlen(name) + 2;
		value = strtoll(at, &end, 10) * 100;
		assert(*end == '.');
		return value + (*at == '-' ? -1 : 1) * strtoll(end + 1, &end, 10);
	}
	return INT64_MIN;
}

#endif

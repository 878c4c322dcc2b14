/* One writer for all markup: whether a text is escaped is not left to those who write pages. */
#include "dashboard/html/html.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/format/safe_text.h"
#include "common/percent.h"

void html_append(struct html *html, const void *markup, size_t size)
{
	if (!html->error)
		html->error = buffer_append(&html->body, markup, size);
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void append_escaped(struct html *html, const char *text, size_t size)
{
	size_t begin = 0;

	for (size_t at = 0; at < size; at++) {
		const char *replaced = entity(text[at]);

		if (!replaced)
			continue;
		html_append(html, text + begin, at - begin);
		html_append(html, replaced, strlen(replaced));
		begin = at + 1;
	}
	html_append(html, text + begin, size - begin);
}

static void append_text(struct html *html, const char *text)
{
	size_t size = strlen(text);
	size_t length;

	for (size_t at = 0; at < size; at += length) {
		char shown[SAFE_TEXT_ESCAPE_SIZE];
		size_t safe;

		length = safe_text_part(text + at, size - at, &safe, shown);
		append_escaped(html, text + at, safe);
		html_append(html, shown, strlen(shown)); /* letters, digits and \ */
	}
}

/* Print what the conversion at @at (behind its %) asks for; returns its length. */
static size_t convert(struct html *html, const char *at, va_list *values)
{
	static const char *const known[] = {"s", "d", "u", "zu", "lld", "%"};
	char text[32] = "";
	size_t i = 0;

	while (i < sizeof(known) / sizeof(known[0]) && strncmp(at, known[i], strlen(known[i])) != 0)
		i++;
	assert(i < sizeof(known) / sizeof(known[0]));
	switch (i) {
	case 0:
		append_text(html, va_arg(*values, const char *));
		break;
	case 1:
		(void)snprintf(text, sizeof(text), "%d", va_arg(*values, int));
		break;
	case 2:
		(void)snprintf(text, sizeof(text), "%u", va_arg(*values, unsigned));
		break;
	case 3:
		(void)snprintf(text, sizeof(text), "%zu", va_arg(*values, size_t));
		break;
	case 4:
		(void)snprintf(text, sizeof(text), "%lld", va_arg(*values, long long));
		break;
	default:
		text[0] = '%';
		break;
	}
	html_append(html, text, strlen(text));
	return strlen(known[i]);
}

void html_print(struct html *html, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	while (*format && !html->error) {
		size_t literal = strcspn(format, "%");

		html_append(html, format, literal);
		format += literal;
		if (*format)
			format += 1 + convert(html, format + 1, &values);
	}
	va_end(values);
}

static void append_encoded(struct html *html, const char *text)
{
	if (!html->error)
		html->error = percent_encode(&html->body, text, "");
}

void html_argument(struct html *html, const char *name, const char *value)
{
	if (html->body.size && html->body.data[html->body.size - 1] != '?')
		html_print(html, "&amp;");
	append_encoded(html, name);
	html_append(html, "=", 1);
	append_encoded(html, value);
}

int html_finish(struct html *html, struct buffer *ret)
{
	int r = html->error;

	if (r < 0) {
		html_release(html);
		return r;
	}
	*ret = html->body;
	*html = (struct html){.body = BUFFER_INIT(ret->limit)};
	return 0;
}

void html_release(struct html *html)
{
	buffer_release(&html->body);
}

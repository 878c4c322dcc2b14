/* \N is null, backslash and control characters are escaped. */
#include "cli/format/copy_text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *escape(char c)
{
	switch (c) {
	case '\\':
		return "\\\\";
	case '\t':
		return "\\t";
	case '\n':
		return "\\n";
	default:
		return "\\r";
	}
}

static int append_escaped(struct buffer *copy, const char *text)
{
	int r = 0;

	while (*text && r == 0) {
		size_t plain = strcspn(text, "\\\t\n\r");

		r = buffer_append(copy, text, plain);
		text += plain;
		if (*text && r == 0)
			r = buffer_append(copy, escape(*text++), 2);
	}
	return r;
}

int copy_text_field(struct buffer *copy, const char *text)
{
	int r = *text ? append_escaped(copy, text) : buffer_append(copy, "\\N", 2);

	return r < 0 ? r : buffer_append(copy, "\t", 1);
}

int copy_text_number(struct buffer *copy, unsigned number)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u\t", number);
	return buffer_append(copy, text, strlen(text));
}

void copy_text_end(struct buffer *copy)
{
	assert(copy->size && copy->data[copy->size - 1] == '\t');
	copy->data[copy->size - 1] = '\n';
}

/* Whole numbers and text only: printf() writes these alike in every locale. */
#include "cli/demo/listing.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define LINE_SIZE 1024

void listing_line(struct listing *listing, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (listing->failure)
		return;
	if (size < 0 || (size_t)size >= sizeof(line)) {
		listing->failure = -E2BIG;
		return;
	}
	line[size] = '\n';
	listing->failure = buffer_append(&listing->text, line, (size_t)size + 1);
}

int listing_end(const struct listing *listing)
{
	return listing->failure;
}

void listing_release(struct listing *listing)
{
	buffer_release(&listing->text);
}

int listing_give(struct listing *listing, const struct listing_sink *sink, const char *name)
{
	int r = listing_end(listing);

	if (r == 0)
		r = sink->take(sink->context, name, listing->text.data, listing->text.size);
	listing_release(listing);
	return r;
}

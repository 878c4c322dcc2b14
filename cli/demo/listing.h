/*
 * A file of text in memory, line by line.
 *
 * Invariant: after a failure the listing takes nothing more and says so at its end, so that whoever
 * writes a hundred lines asks once.
 *
 * Life cycle: LISTING_INIT -> listing_line()* -> listing_end() -> listing_release().
 */
#ifndef CLI_DEMO_LISTING_H
#define CLI_DEMO_LISTING_H

#include "common/buffer.h"

#define LISTING_SIZE_MAX (256u << 20)

struct listing {
	struct buffer text;
	int failure; /* negative errno; 0: none */
};

#define LISTING_INIT                                                                               \
	{                                                                                          \
		.text = BUFFER_INIT(LISTING_SIZE_MAX)                                              \
	}

/* Add a line of at most 1,000 bytes; the newline is added here. */
void listing_line(struct listing *listing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* 0, -ENOMEM, or -E2BIG. */
int listing_end(const struct listing *listing);

void listing_release(struct listing *listing);

/* Takes what was written: borrows all of it. 0 or negative errno. */
struct listing_sink {
	int (*take)(void *context, const char *name, const void *data, size_t size);
	void *context;
};

/* Give the listing to @sink as the file @name, and release it. */
int listing_give(struct listing *listing, const struct listing_sink *sink, const char *name);

#endif

/*
 * From a command's output to intervals of usage: CSV with a header, or one JSON object a line.
 * The names of columns and what stands in them are common/usage_interval.h's. Pure; the only user
 * of libcsv and yajl here.
 *
 * Invariants
 *  - All of it is understood, or it is refused with the first thing that is wrong.
 *  - Numbers of JSON are taken as they are written, never by way of floating point.
 */
#ifndef COLLECTOR_SOURCE_COMMAND_TEXT_H
#define COLLECTOR_SOURCE_COMMAND_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "common/interval_set.h"

enum text_format { TEXT_FORMAT_CSV, TEXT_FORMAT_JSONL };

#define TEXT_ERROR_SIZE 400

struct text_rules {
	const char *hub;  /* no other is accepted */
	int64_t now_usec; /* UTC: usage has ended by then */
};

/*
 * Add everything in @data to the new @set. -EBADMSG: @error says what is wrong in which line;
 * -ENOMEM.
 */
int text_parse(enum text_format format, const char *data, size_t size,
	const struct text_rules *rules, struct interval_set *set, char error[TEXT_ERROR_SIZE]);

/* "csv" or "jsonl". -EINVAL. */
int text_format_find(const char *name, enum text_format *ret);

#endif

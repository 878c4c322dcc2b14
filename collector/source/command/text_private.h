/* What the two formats share with text.c. */
#ifndef COLLECTOR_SOURCE_COMMAND_TEXT_PRIVATE_H
#define COLLECTOR_SOURCE_COMMAND_TEXT_PRIVATE_H

#include "collector/source/command/text.h"

struct text_sink {
	const struct text_rules *rules;
	struct interval_set *set;
	char *error;
};

/* One record with a text for each column, "" where there is none. */
int text_take_record(
	struct text_sink *sink, uint32_t line, const char *const fields[USAGE_COLUMN_COUNT]);

/* Say what is wrong in @line. Returns -EBADMSG. */
int __attribute__((format(printf, 3, 4)))
text_refuse(struct text_sink *sink, uint32_t line, const char *format, ...);

int text_parse_csv(const char *data, size_t size, struct text_sink *sink);
int text_parse_json(const char *data, size_t size, struct text_sink *sink);

#endif

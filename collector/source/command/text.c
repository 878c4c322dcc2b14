/* What one record may say; how records are written is text_csv.c's and text_json.c's. */
#include "collector/source/command/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "collector/source/command/text_private.h"
#include "common/utf8.h"
#include "proto/validate.h"

int text_refuse(struct text_sink *sink, uint32_t line, const char *format, ...)
{
	int n = snprintf(sink->error, TEXT_ERROR_SIZE, "line %" PRIu32 ": ", line);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(
		sink->error + n, TEXT_ERROR_SIZE - (size_t)n, format, args); /* cut is fine */
	va_end(args);
	return -EBADMSG;
}

static int check_record(
	struct text_sink *sink, uint32_t line, const struct usage_interval *interval)
{
	if (strcmp(interval->hub, sink->rules->hub) != 0)
		return text_refuse(sink, line,
			"hub \"%s\": this collector sends for hub \"%s\" only", interval->hub,
			sink->rules->hub);
	if (interval->end_usec > sink->rules->now_usec)
		return text_refuse(sink, line,
			"end: in the future, so the usage is not over: report it later");
	if (sink->rules->now_usec - interval->start_usec > HM_IMPORTED_MAX_AGE_USEC)
		return text_refuse(sink, line, "start: more than ten years ago");
	return 0;
}

int text_take_record(
	struct text_sink *sink, uint32_t line, const char *const fields[USAGE_COLUMN_COUNT])
{
	struct usage_interval interval = {0};
	struct interval_conflict conflict;
	char reason[USAGE_REASON_SIZE];
	enum usage_column column;
	int r;

	for (size_t i = 0; i < USAGE_COLUMN_COUNT; i++)
		if (usage_interval_set(&interval, (enum usage_column)i, fields[i], reason) < 0)
			return text_refuse(sink, line, "%s \"%.100s\": %s", usage_columns[i].name,
				fields[i], reason);
	if (usage_interval_check(&interval, &column, reason) < 0)
		return text_refuse(sink, line, "%s: %s", usage_columns[column].name, reason);
	r = check_record(sink, line, &interval);
	if (r == 0)
		r = interval_set_add(sink->set, &interval, line, &conflict);
	if (r == -EEXIST)
		return text_refuse(sink, line,
			"%s: not that of line %" PRIu32
			": a workload keeps its user, server and tag",
			usage_columns[conflict.column].name, conflict.line);
	if (r == -EOVERFLOW)
		return text_refuse(sink, line, "%s: the sum is too large to be stored",
			usage_columns[conflict.column].name);
	if (r == -ENOSPC)
		return text_refuse(sink, line, "more than %u intervals", INTERVAL_SET_MAX);
	return r;
}

int text_parse(enum text_format format, const char *data, size_t size,
	const struct text_rules *rules, struct interval_set *set, char error[TEXT_ERROR_SIZE])
{
	struct text_sink sink = {.rules = rules, .set = set};
	size_t valid = utf8_valid_size(data, size);
	const char *nul = valid > 0 ? memchr(data, '\0', valid) : NULL;
	uint32_t line = 1;

	sink.error = error;
	if (nul)
		valid = (size_t)(nul - data);
	if (valid < size) {
		for (size_t i = 0; i < valid; i++)
			line += data[i] == '\n';
		return text_refuse(&sink, line, "not UTF-8 text");
	}
	return format == TEXT_FORMAT_CSV ? text_parse_csv(data, size, &sink)
					 : text_parse_json(data, size, &sink);
}

int text_format_find(const char *name, enum text_format *ret)
{
	if (strcmp(name, "csv") == 0)
		*ret = TEXT_FORMAT_CSV;
	else if (strcmp(name, "jsonl") == 0)
		*ret = TEXT_FORMAT_JSONL;
	else
		return -EINVAL;
	return 0;
}

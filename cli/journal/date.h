/*
 * Days and times as a ledger wants them. Pure.
 *
 *	YYYY-MM-DD  2026-10-02      DD-MON-YY  02-OCT-26      YYYYMMDDhhmmss  20261002140509
 */
#ifndef CLI_JOURNAL_DATE_H
#define CLI_JOURNAL_DATE_H

#include <stdbool.h>

#include "common/buffer.h"

/* Can days, or with @has_time instants, be written by @format? NULL, or why not. */
const char *date_format_fault(const char *format, bool has_time);

/* Append what begins as RFC 3339 has it, as far as @format, which is sound, asks. As
 * buffer_append(). */
int date_put(struct buffer *out, const char *format, const char *instant);

#endif

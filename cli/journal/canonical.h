/*
 * The journal's own file, of which every feed is a part: CSV after RFC 4180 in UTF-8 without a byte
 * order mark, lines end with LF, the first one names the columns. And the manifest beside it. Pure.
 *
 * A field is quoted where it has a comma, a quote or a blank, and nowhere else. docs/journal.md
 * explains the columns.
 */
#ifndef CLI_JOURNAL_CANONICAL_H
#define CLI_JOURNAL_CANONICAL_H

#include "cli/journal/journal.h"
#include "common/buffer.h"
#include "common/sha256.h"

/* As buffer_append(). */
int canonical_put_header(struct buffer *out);
int canonical_put_line(struct buffer *out, const struct journal_line *line);

/* What stands in the file that has @digest: a line of names, a line of values. */
int manifest_put(struct buffer *out, const struct journal_batch *batch,
	const struct journal_totals *totals, const uint8_t digest[SHA256_SIZE]);

/* In hexadecimal, lower case. */
const char *journal_digest_print(const uint8_t digest[SHA256_SIZE], char ret[JOURNAL_DIGEST_SIZE]);

#endif

/*
 * A table of a roster: which kind it is, and its rows for the database. Pure.
 *
 * Columns that the kind does not name are passed over: whatever stands there, passwords among it,
 * goes nowhere, nor into an error.
 */
#ifndef CLI_ROSTER_SHEET_H
#define CLI_ROSTER_SHEET_H

#include <stddef.h>
#include <stdint.h>

#include "cli/format/input_errors.h"
#include "cli/roster/files.h"
#include "cli/store/store.h"
#include "common/buffer.h"

struct sheet {
	const struct roster_file *file;
	const struct roster_kind *kind; /* NULL: none that is known */
	struct input_errors errors;
	uint64_t rows;
	struct buffer copy; /* in COPY's text format: file, line, then the columns of the kind */
};

/* Find the kind by the header. 0, or negative after an error was put. Borrows all. */
int sheet_open(
	struct sheet *sheet, const struct roster_file *file, const struct roster_kinds *kinds);

/* Fill copy. 0, or negative; -EBADMSG after errors were put. */
int sheet_read(struct sheet *sheet);

void sheet_release(struct sheet *sheet);

#endif

/*
 * A batch into files that a ledger takes in.
 *
 *	DIRECTORY/HUB2026090001.csv		 the canonical file
 *	DIRECTORY/HUB2026090001.manifest	 its counts, sums and digest, written last
 *	DIRECTORY/HUB2026090001.kfs.data	 a feed
 *	DIRECTORY/HUB2026090001.kfs.manifest
 *	DIRECTORY/HUB2026090001.kfs.done	 empty, if the template wants one: the very last
 *
 * Invariants
 *  - Whoever sees the manifest sees the whole file: each is on disk before the next appears.
 *  - A failure leaves no file of ours behind. Only when the machine fails between two of them, the
 *    first is left: the next export goes on from there.
 *  - Doing it again changes nothing; a file that differs is never replaced.
 */
#ifndef CLI_JOURNAL_EXPORT_H
#define CLI_JOURNAL_EXPORT_H

#include <limits.h>
#include <stdbool.h>

#include "cli/journal/journal.h"
#include "cli/journal/template.h"

/* Where the lines come from, in the order of their numbers. */
struct journal_lines {
	/*
	 * 1: *@ret is the next line, valid until the next call; 0: there are no more; negative: it
	 * failed, which ends the export with that.
	 */
	int (*next)(void *context, const struct journal_line **ret);
	void *context;
};

struct journal_exported {
	char path[PATH_MAX]; /* of the file */
	bool was_there;	     /* all of it, byte for byte */
	struct journal_totals totals;
	char sha256[JOURNAL_DIGEST_SIZE];
};

/*
 * Write the files of @batch into @directory; @template is NULL for the canonical file. 0; -EBADMSG:
 * the batch is not sound, or does not fit the template; -EEXIST: there is another file of that
 * name; else negative errno. @error says why in any case.
 */
int journal_export(const struct journal_batch *batch, const struct journal_lines *lines,
	const struct journal_template *template, const char *directory,
	struct journal_exported *ret, char error[JOURNAL_ERROR_SIZE]);

#endif

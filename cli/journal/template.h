/*
 * What the feed of a ledger system looks like, as a text file tells it. Pure.
 *
 *	layout fixed
 *	record detail 187
 *	column fiscal_year	1-4	fiscal_year
 *	column description	57-96	description	truncate required
 *
 * docs/journal.md has the language, deploy/journal/ the templates that are shipped.
 *
 * Invariants of a template that was parsed
 *  - It has columns for lines (detail), perhaps for a header and a trailer.
 *  - Columns of a fixed record stand in ascending places, do not overlap and end within it.
 *  - Sums stand in headers and trailers only, what a line says in details only.
 *
 * Life cycle: journal_template_parse() or _read() -> use -> journal_template_free().
 */
#ifndef CLI_JOURNAL_TEMPLATE_H
#define CLI_JOURNAL_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/format/input_errors.h"

#define JOURNAL_TEMPLATE_SIZE_MAX (1u << 20)
#define JOURNAL_TEMPLATE_SUFFIX	  ".template"
#define JOURNAL_NAME_MAX	  64	  /* bytes of the name of a template or column */
#define JOURNAL_RECORD_SIZE_MAX	  100000u /* characters */
#define JOURNAL_COLUMNS_MAX	  512
#define JOURNAL_PARTS_MAX	  8
#define JOURNAL_DOCUMENT_MAX	  1000000u /* lines, where a template limits them */

enum journal_record {
	JOURNAL_RECORD_HEADER,
	JOURNAL_RECORD_DETAIL,
	JOURNAL_RECORD_TRAILER,
	JOURNAL_RECORD_COUNT
};

extern const char *const journal_record_names[JOURNAL_RECORD_COUNT];

enum journal_layout { JOURNAL_LAYOUT_NONE, JOURNAL_LAYOUT_FIXED, JOURNAL_LAYOUT_DELIMITED };
enum journal_quote { JOURNAL_QUOTE_MINIMAL, JOURNAL_QUOTE_ALWAYS, JOURNAL_QUOTE_NEVER };
enum journal_charset { JOURNAL_CHARSET_UTF8, JOURNAL_CHARSET_ASCII, JOURNAL_CHARSET_LATIN };
enum journal_align { JOURNAL_ALIGN_BY_KIND, JOURNAL_ALIGN_LEFT, JOURNAL_ALIGN_RIGHT };
enum journal_decimals { JOURNAL_DECIMALS_POINT, JOURNAL_DECIMALS_COMMA, JOURNAL_DECIMALS_IMPLIED };
enum journal_sign { JOURNAL_SIGN_MINUS, JOURNAL_SIGN_PLUS, JOURNAL_SIGN_TRAILING };

struct journal_source; /* source.h */

/* A text, or what a source says. */
struct journal_part {
	const struct journal_source *source; /* NULL: the text */
	const char *text;
	unsigned digits; /* of a count, zeros in front; 0: as many as it has */
};

struct journal_pair {
	const char *from; /* "*": whatever is not named */
	const char *to;
};

struct journal_column {
	const char *name;
	unsigned line;	/* of the template */
	unsigned first; /* of a fixed record, counted from 1 */
	unsigned width; /* or the greatest length */
	struct journal_part part[JOURNAL_PARTS_MAX];
	size_t n_parts;
	struct journal_pair *pair;
	size_t n_pairs;
	bool is_required;
	bool is_truncated;
	enum journal_align align;
	char pad;
	const char *date; /* NULL: as it is */
	enum journal_decimals decimals;
	enum journal_sign sign;
};

struct journal_columns {
	unsigned width; /* of a fixed record */
	struct journal_column *column;
	size_t count;
};

struct journal_template {
	char name[JOURNAL_NAME_MAX + 1];
	enum journal_layout layout;
	char separator;
	enum journal_quote quote;
	enum journal_charset charset;
	bool has_names; /* the first line names the columns of details */
	bool ends_in_crlf;
	const char *extension; /* of the file */
	const char *marker;    /* extension of an empty file, written last; NULL: none */
	unsigned document_max; /* details of a document; 0: all of them are one */
	bool is_cut_anywhere;  /* a document need not balance */
	struct journal_columns record[JOURNAL_RECORD_COUNT];
	char *text; /* what names and texts point into */
};

/*
 * @name is what files and messages call it. The caller frees *@ret. -EBADMSG: @errors has said what
 * is wrong, line by line; -ENOMEM.
 */
int journal_template_parse(const char *name, const char *data, size_t size,
	struct input_errors *errors, struct journal_template **ret);

/*
 * From the file @name, if it has a slash, else from @name.template in @directory. As above, or what
 * file_read() gives. @errors->path is set; it stays valid as long as @path.
 */
int journal_template_read(const char *directory, const char *name, char path[], size_t path_size,
	struct input_errors *errors, struct journal_template **ret);

void journal_template_free(struct journal_template *template);

static inline void journal_template_freep(struct journal_template **template)
{
	journal_template_free(*template);
}

#endif

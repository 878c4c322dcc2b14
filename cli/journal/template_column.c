/*
 * One line of a template that describes a column:
 *
 *	column amount	97-117	amount	right decimals point
 *	       |	|	|	what else there is to say, in any order, map last
 *	       |	|	parts, joined by +
 *	       |	from and to in a fixed record, else the greatest length
 *	       its name in errors, and above a delimited feed
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/journal/date.h"
#include "cli/journal/private.h"
#include "cli/journal/source.h"

#define DIGITS_MAX 20u

struct take {
	struct template_parse *p;
	struct journal_column *column;
	size_t at; /* the word that is next */
};

static void complain(const struct take *t, const char *value, const char *reason)
{
	template_complain(t->p, t->column->name, value, reason);
}

static const struct word *next(struct take *t)
{
	return t->at < t->p->n_words ? &t->p->word[t->at++] : NULL;
}

/* Is the next word @text, without quotes? */
static bool is_next(const struct take *t, const char *text)
{
	const struct word *word = &t->p->word[t->at];

	return t->at < t->p->n_words && !word->is_quoted && strcmp(word->text, text) == 0;
}

static bool is_fixed(const struct take *t)
{
	return t->p->template->layout == JOURNAL_LAYOUT_FIXED;
}

/* FIRST-LAST */
static bool take_range(struct take *t, char *text)
{
	const struct journal_columns *record = t->p->record;
	const struct journal_column *before =
		record->count ? &record->column[record->count - 1] : NULL;
	char *dash = strchr(text, '-');
	unsigned last;

	if (dash)
		*dash = '\0';
	if (!dash || !template_number(text, JOURNAL_RECORD_SIZE_MAX, &t->column->first) ||
		!template_number(dash + 1, JOURNAL_RECORD_SIZE_MAX, &last) ||
		last < t->column->first) {
		if (dash)
			*dash = '-';
		complain(t, text, "is not a place as 57-96, counted from 1");
		return false;
	}
	*dash = '-';
	if (before && t->column->first < before->first + before->width) {
		complain(t, text, "begins before the end of the column above");
		return false;
	}
	if (last > record->width) {
		complain(t, text, "ends behind the end of the record");
		return false;
	}
	t->column->width = last - t->column->first + 1;
	return true;
}

static bool take_place(struct take *t)
{
	const struct word *word = next(t);

	if (!word) {
		complain(t, NULL, "has no place");
		return false;
	}
	if (is_fixed(t))
		return take_range(t, word->text);
	if (!template_number(word->text, JOURNAL_RECORD_SIZE_MAX, &t->column->width)) {
		complain(t, word->text, "is not a greatest length from 1 to 100000");
		return false;
	}
	return true;
}

/* May @source stand in this kind of record? */
static bool check_reach(const struct take *t, const struct journal_source *source)
{
	const bool is_detail = t->p->record == &t->p->template->record[JOURNAL_RECORD_DETAIL];

	if (source->reach == JOURNAL_REACH_LINE && !is_detail)
		complain(t, source->name, "belongs to a line: only a detail has it");
	else if (source->reach == JOURNAL_REACH_TOTALS && is_detail)
		complain(t, source->name, "is of a whole document: no detail has it");
	else
		return true;
	return false;
}

/* SOURCE or COUNT:DIGITS */
static bool take_source(const struct take *t, char *text, struct journal_part *part)
{
	char *colon = strchr(text, ':');

	if (colon)
		*colon++ = '\0';
	part->source = journal_source_find(text);
	if (!part->source) {
		complain(t, text, "is no source: text stands in quotes");
		return false;
	}
	if (colon && part->source->kind != JOURNAL_KIND_COUNT) {
		complain(t, text, "is no count: only counts have a number of digits");
		return false;
	}
	if (colon && !template_number(colon, DIGITS_MAX, &part->digits)) {
		complain(t, colon, "is not a number of digits from 1 to 20");
		return false;
	}
	return check_reach(t, part->source);
}

static bool take_part(struct take *t)
{
	const struct word *word = next(t);
	struct journal_part part = {.text = ""};

	if (!word) {
		complain(t, NULL, "has no value: a source, or text in quotes");
		return false;
	}
	if (t->column->n_parts == JOURNAL_PARTS_MAX) {
		complain(t, NULL, "has more than 8 parts");
		return false;
	}
	if (word->is_quoted)
		part.text = word->text;
	else if (!take_source(t, word->text, &part))
		return false;
	t->column->part[t->column->n_parts++] = part;
	return true;
}

static bool take_parts(struct take *t)
{
	do {
		if (!take_part(t))
			return false;
	} while (is_next(t, "+") && next(t));
	return true;
}

static bool has_kind(const struct journal_column *column, unsigned kinds)
{
	for (size_t i = 0; i < column->n_parts; i++) {
		const struct journal_source *source = column->part[i].source;

		if (source && (kinds & 1u << source->kind))
			return true;
	}
	return false;
}

#define TEXTS  (1u << JOURNAL_KIND_TEXT)
#define COUNTS (1u << JOURNAL_KIND_COUNT)
#define CENTS  (1u << JOURNAL_KIND_CENTS)
#define DATES  (1u << JOURNAL_KIND_DATE | 1u << JOURNAL_KIND_INSTANT)

static bool take_required(struct take *t)
{
	t->column->is_required = true;
	return true;
}

static bool take_truncate(struct take *t)
{
	if (has_kind(t->column, COUNTS | CENTS | DATES)) {
		complain(t, "truncate", "is for text: of a number or date nothing is cut off");
		return false;
	}
	t->column->is_truncated = true;
	return true;
}

static bool take_align(struct take *t, enum journal_align align)
{
	if (!is_fixed(t)) {
		complain(t, align == JOURNAL_ALIGN_LEFT ? "left" : "right", "is for fixed feeds");
		return false;
	}
	t->column->align = align;
	return true;
}

static bool take_left(struct take *t)
{
	return take_align(t, JOURNAL_ALIGN_LEFT);
}

static bool take_right(struct take *t)
{
	return take_align(t, JOURNAL_ALIGN_RIGHT);
}

static bool take_pad(struct take *t)
{
	const struct word *word = next(t);

	if (!is_fixed(t)) {
		complain(t, "pad", "is for fixed feeds");
		return false;
	}
	if (!word || strlen(word->text) != 1 || (unsigned char)*word->text >= 0x7f) {
		complain(t, word ? word->text : "pad", "expected one ASCII character, like \"0\"");
		return false;
	}
	t->column->pad = *word->text;
	return true;
}

static bool take_date(struct take *t)
{
	const struct word *word = next(t);
	const char *fault;

	if (!has_kind(t->column, DATES)) {
		complain(t, "date", "is for post_date and approved_at");
		return false;
	}
	fault = word ? date_format_fault(word->text, !has_kind(t->column, 1u << JOURNAL_KIND_DATE))
		     : "is missing";
	if (fault) {
		complain(t, word ? word->text : "date", fault);
		return false;
	}
	t->column->date = word->text;
	return true;
}

/* The number of the next word among @names, if the column has an amount; -1 after a complaint. */
static int take_choice(struct take *t, const char *option, const char *const *names, size_t count,
	const char *expected)
{
	const struct word *word = next(t);
	int i = word ? template_choose(word->text, names, count) : -1;

	if (!has_kind(t->column, CENTS)) {
		complain(t, option, "is for amounts");
		return -1;
	}
	if (i < 0)
		complain(t, word ? word->text : option, expected);
	return i;
}

static bool take_decimals(struct take *t)
{
	static const char *const names[] = {
		[JOURNAL_DECIMALS_POINT] = "point",
		[JOURNAL_DECIMALS_COMMA] = "comma",
		[JOURNAL_DECIMALS_IMPLIED] = "implied",
	};
	int i = take_choice(t, "decimals", names, sizeof(names) / sizeof(names[0]),
		"is not point, comma or implied");

	if (i >= 0)
		t->column->decimals = (enum journal_decimals)i;
	return i >= 0;
}

static bool take_sign(struct take *t)
{
	static const char *const names[] = {
		[JOURNAL_SIGN_MINUS] = "minus",
		[JOURNAL_SIGN_PLUS] = "plus",
		[JOURNAL_SIGN_TRAILING] = "trailing",
	};
	int i = take_choice(t, "sign", names, sizeof(names) / sizeof(names[0]),
		"is not minus, plus or trailing");

	if (i >= 0)
		t->column->sign = (enum journal_sign)i;
	return i >= 0;
}

/* FROM=TO ... to the end of the line */
static bool take_map(struct take *t)
{
	const size_t count = t->p->n_words - t->at;
	struct journal_pair *pair;

	if (count == 0) {
		complain(t, "map", "expected pairs as D=EX");
		return false;
	}
	pair = calloc(count, sizeof(*pair));
	if (!pair) {
		t->p->r = -ENOMEM;
		return false;
	}
	t->column->pair = pair;
	for (const struct word *word = next(t); word; word = next(t)) {
		if (!word->equals) {
			complain(t, word->text, "is not a pair as D=EX");
			return false;
		}
		*word->equals = '\0';
		pair[t->column->n_pairs++] = (struct journal_pair){word->text, word->equals + 1};
	}
	return true;
}

static bool take_option(struct take *t)
{
	static const struct {
		const char *name;
		bool (*take)(struct take *t);
	} options[] = {
		{"required", take_required},
		{"truncate", take_truncate},
		{"left", take_left},
		{"right", take_right},
		{"pad", take_pad},
		{"date", take_date},
		{"decimals", take_decimals},
		{"sign", take_sign},
		{"map", take_map},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!is_next(t, options[i].name))
			continue;
		t->at++;
		return options[i].take(t);
	}
	complain(t, t->p->word[t->at].text,
		"is not +, required, truncate, left, right, pad, date, decimals, sign or map");
	return false;
}

static bool take_name(struct take *t)
{
	const struct word *word = next(t);
	const struct journal_columns *record = t->p->record;

	if (!word || !template_is_name(word->text)) {
		template_complain(t->p, NULL, word ? word->text : "column",
			"is no name of a column: at most 64 letters, digits, _ and -");
		return false;
	}
	t->column->name = word->text;
	for (size_t i = 0; i < record->count; i++) {
		if (strcmp(record->column[i].name, word->text) == 0) {
			complain(t, NULL, "stands here twice");
			return false;
		}
	}
	return true;
}

static int add_column(struct template_parse *p, const struct journal_column *column)
{
	struct journal_columns *record = p->record;
	struct journal_column *grown;

	if (record->count == JOURNAL_COLUMNS_MAX) {
		template_complain(p, column->name, NULL, "is one column too many");
		return -EBADMSG;
	}
	grown = reallocarray(record->column, record->count + 1, sizeof(*grown));
	if (!grown) {
		p->r = -ENOMEM;
		return p->r;
	}
	record->column = grown;
	record->column[record->count++] = *column;
	return 0;
}

void template_column_take(struct template_parse *p)
{
	struct journal_column column = {.line = p->line, .pad = ' '};
	struct take t = {.p = p, .column = &column, .at = 1};
	bool is_good = take_name(&t) && take_place(&t) && take_parts(&t);

	while (is_good && t.at < p->n_words)
		is_good = take_option(&t);
	if (!is_good || add_column(p, &column) < 0)
		free(column.pair);
}

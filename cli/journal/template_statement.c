/* A line of a template is a statement; those that describe columns are in template_column.c. */
#include <stdlib.h>
#include <string.h>

#include "cli/journal/private.h"

void template_complain(
	const struct template_parse *p, const char *column, const char *value, const char *reason)
{
	input_errors_put(p->errors, p->line, column, value, reason);
}

bool template_is_name(const char *text)
{
	size_t size = strspn(text, "0123456789_-"
				   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return size > 0 && size <= JOURNAL_NAME_MAX && !text[size];
}

int template_choose(const char *text, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, names[i]) == 0)
			return (int)i;
	}
	return -1;
}

bool template_number(const char *text, unsigned max, unsigned *ret)
{
	unsigned long value;
	char *end;

	if (*text < '0' || *text > '9' || strlen(text) > 9)
		return false;
	value = strtoul(text, &end, 10);
	if (*end || value == 0 || value > max)
		return false;
	*ret = (unsigned)value;
	return true;
}

/* The word behind the first; NULL after a complaint. */
static const char *argument(const struct template_parse *p, size_t count)
{
	if (p->n_words == count + 1)
		return p->word[1].text;
	template_complain(p, NULL, p->word[0].text,
		p->n_words < count + 1 ? "something is missing behind it"
				       : "there is too much behind it");
	return NULL;
}

static bool has_records(const struct template_parse *p)
{
	for (size_t i = 0; i < JOURNAL_RECORD_COUNT; i++) {
		if (p->has_record[i])
			return true;
	}
	return false;
}

static bool take_separator(struct template_parse *p, const char *text)
{
	static const char *const names[] = {"comma", "semicolon", "tab", "pipe"};
	static const char characters[] = ",;\t|";
	int i = template_choose(text, names, sizeof(names) / sizeof(names[0]));

	if (i < 0) {
		template_complain(p, NULL, text, "is not comma, semicolon, tab or pipe");
		return false;
	}
	p->template->separator = characters[i];
	return true;
}

static void take_quote(struct template_parse *p, const char *text)
{
	static const char *const names[] = {
		[JOURNAL_QUOTE_MINIMAL] = "minimal",
		[JOURNAL_QUOTE_ALWAYS] = "always",
		[JOURNAL_QUOTE_NEVER] = "never",
	};
	int i = template_choose(text, names, sizeof(names) / sizeof(names[0]));

	if (i < 0)
		template_complain(p, NULL, text, "is not minimal, always or never");
	else
		p->template->quote = (enum journal_quote)i;
}

/* layout fixed | layout delimited SEPARATOR [quote minimal|always|never] */
static void take_layout(struct template_parse *p)
{
	const struct word *word = p->word;

	if (p->template->layout != JOURNAL_LAYOUT_NONE) {
		template_complain(p, NULL, "layout", "stands here twice");
	} else if (p->n_words == 2 && strcmp(word[1].text, "fixed") == 0) {
		p->template->layout = JOURNAL_LAYOUT_FIXED;
	} else if ((p->n_words == 3 || p->n_words == 5) && strcmp(word[1].text, "delimited") == 0) {
		p->template->layout = JOURNAL_LAYOUT_DELIMITED;
		if (!take_separator(p, word[2].text) || p->n_words == 3)
			return;
		if (strcmp(word[3].text, "quote") == 0)
			take_quote(p, word[4].text);
		else
			template_complain(p, NULL, word[3].text, "expected quote");
	} else {
		template_complain(p, NULL, "layout",
			"expected layout fixed, or layout delimited comma, perhaps with quote "
			"minimal, always or never");
	}
}

static void take_file_part(struct template_parse *p, const char **ret)
{
	const char *text = argument(p, 1);

	if (!text)
		return;
	if (!template_is_name(text))
		template_complain(
			p, NULL, text, "is not the end of a name: letters, digits, _ and -");
	else if (strcmp(text, "manifest") == 0)
		template_complain(p, NULL, text, "is the end of the manifest's name");
	else
		*ret = text;
}

static void take_extension(struct template_parse *p)
{
	take_file_part(p, &p->template->extension);
}

static void take_marker(struct template_parse *p)
{
	take_file_part(p, &p->template->marker);
}

static void take_characters(struct template_parse *p)
{
	static const char *const names[] = {
		[JOURNAL_CHARSET_UTF8] = "utf-8",
		[JOURNAL_CHARSET_ASCII] = "ascii",
		[JOURNAL_CHARSET_LATIN] = "transliterated",
	};
	const char *text = argument(p, 1);
	int i = text ? template_choose(text, names, sizeof(names) / sizeof(names[0])) : 0;

	if (i < 0)
		template_complain(p, NULL, text, "is not utf-8, ascii or transliterated");
	else if (text)
		p->template->charset = (enum journal_charset)i;
}

static void take_line_end(struct template_parse *p)
{
	static const char *const names[] = {"lf", "crlf"};
	const char *text = argument(p, 1);
	int i = text ? template_choose(text, names, sizeof(names) / sizeof(names[0])) : 0;

	if (i < 0)
		template_complain(p, NULL, text, "is not lf or crlf");
	else if (text)
		p->template->ends_in_crlf = i == 1;
}

static void take_names(struct template_parse *p)
{
	if (p->n_words != 1)
		template_complain(p, NULL, "names", "nothing stands behind it");
	else
		p->template->has_names = true;
}

/* documents MAX balanced|anywhere */
static void take_documents(struct template_parse *p)
{
	static const char *const names[] = {"balanced", "anywhere"};
	const char *max = argument(p, 2);
	int i;

	if (!max)
		return;
	i = template_choose(p->word[2].text, names, sizeof(names) / sizeof(names[0]));
	if (!template_number(max, JOURNAL_DOCUMENT_MAX, &p->template->document_max))
		template_complain(p, NULL, max, "is not a number from 1 to 1000000");
	else if (i < 0)
		template_complain(p, NULL, p->word[2].text, "is not balanced or anywhere");
	else
		p->template->is_cut_anywhere = i == 1;
}

/* record header|detail|trailer [WIDTH] */
static void take_record(struct template_parse *p)
{
	const bool is_fixed = p->template->layout == JOURNAL_LAYOUT_FIXED;
	const char *name = argument(p, is_fixed ? 2 : 1);
	int i = name ? template_choose(name, journal_record_names, JOURNAL_RECORD_COUNT) : -1;

	p->record = NULL;
	if (!name)
		return;
	if (i < 0) {
		template_complain(p, NULL, name, "is not header, detail or trailer");
		return;
	}
	if (p->template->layout == JOURNAL_LAYOUT_NONE) {
		template_complain(p, NULL, name, "a layout must be said before");
		return;
	}
	if (p->has_record[i]) {
		template_complain(p, NULL, name, "stands here twice");
		return;
	}
	p->has_record[i] = true;
	if (is_fixed && !template_number(p->word[2].text, JOURNAL_RECORD_SIZE_MAX,
				&p->template->record[i].width)) {
		template_complain(p, NULL, p->word[2].text, "is not a width from 1 to 100000");
		return;
	}
	p->record = &p->template->record[i];
}

static void take_column(struct template_parse *p)
{
	if (p->record)
		template_column_take(p);
	else if (!p->errors->count)
		template_complain(p, NULL, "column", "there is no record that it could be in");
}

void template_statement_take(struct template_parse *p)
{
	static const struct {
		const char *name;
		void (*take)(struct template_parse *p);
		bool is_above; /* the records */
	} statements[] = {
		{"column", take_column, false},
		{"record", take_record, false},
		{"layout", take_layout, true},
		{"extension", take_extension, true},
		{"marker", take_marker, true},
		{"characters", take_characters, true},
		{"line-end", take_line_end, true},
		{"documents", take_documents, true},
		{"names", take_names, true},
	};

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (p->word[0].is_quoted || strcmp(p->word[0].text, statements[i].name) != 0)
			continue;
		if (statements[i].is_above && has_records(p))
			template_complain(p, NULL, p->word[0].text, "belongs above the records");
		else
			statements[i].take(p);
		return;
	}
	template_complain(p, NULL, p->word[0].text,
		"is no statement: layout, extension, marker, characters, line-end, documents, "
		"names, record, column");
}

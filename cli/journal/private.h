/* What the files that parse a template share. */
#ifndef CLI_JOURNAL_PRIVATE_H
#define CLI_JOURNAL_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/journal/template.h"
#include "cli/journal/words.h"

struct template_parse {
	struct journal_template *template;
	struct input_errors *errors;
	unsigned line;
	struct word word[WORDS_MAX];
	size_t n_words;
	struct journal_columns *record; /* that columns go into; NULL: none */
	bool has_record[JOURNAL_RECORD_COUNT];
	int r; /* -ENOMEM */
};

/* An error of the line that is parsed; @column and @value may be NULL. */
void template_complain(
	const struct template_parse *p, const char *column, const char *value, const char *reason);

/* 1 to 64 letters, digits, _ and -. */
bool template_is_name(const char *text);

/* Which of @names @text is; -1: none. */
int template_choose(const char *text, const char *const *names, size_t count);

/* A whole number from 1 to @max, without a sign. */
bool template_number(const char *text, unsigned max, unsigned *ret);

/* The statement in p->word, of at least one word. */
void template_statement_take(struct template_parse *p);

/* The statement "column" in p->word goes into p->record. */
void template_column_take(struct template_parse *p);

#endif

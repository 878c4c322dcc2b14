/*
 * A line of a template, split into words at blanks and tabs. Pure.
 *
 *	column note 35 "a ""b"" #1" + org map "no org"=none # for us
 *	|------||--||--||----------||||--||--||-----------|  7 and a comment
 *
 * A quote in a word begins text that goes on, blanks included, to the next one; two of them there
 * are one. A # outside of quotes, where a word would begin, ends the line.
 */
#ifndef CLI_JOURNAL_WORDS_H
#define CLI_JOURNAL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS_MAX 256

struct word {
	char *text;
	char *equals;	/* the first = outside of quotes; NULL: none */
	bool is_quoted; /* begins with a quote: text, never a name */
};

/*
 * Split the NUL-terminated @line in place into at most WORDS_MAX words, which point into it. 0, or
 * -EBADMSG with a static *@ret_reason.
 */
int words_split(char *line, struct word *words, size_t *ret_count, const char **ret_reason);

#endif

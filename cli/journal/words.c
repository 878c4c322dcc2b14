/* In place: what is unquoted is never longer than it was. */
#include "cli/journal/words.h"

#include <errno.h>

struct scan {
	const char *from;
	char *to;
	bool in_quotes;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One character of a word, or one change between what is quoted and what is not. */
static void take(struct scan *s, struct word *word)
{
	const char c = *s->from++;

	if (c == '"' && s->in_quotes && *s->from == '"')
		*s->to++ = *s->from++;
	else if (c == '"')
		s->in_quotes = !s->in_quotes;
	else {
		if (c == '=' && !s->in_quotes && !word->equals)
			word->equals = s->to;
		*s->to++ = c;
	}
}

static int take_word(struct scan *s, struct word *word, const char **ret_reason)
{
	*word = (struct word){.text = s->to, .is_quoted = *s->from == '"'};
	s->in_quotes = false;
	while (*s->from && (s->in_quotes || !is_blank(*s->from)))
		take(s, word);
	if (s->in_quotes) {
		*ret_reason = "a quote is opened but never closed";
		return -EBADMSG;
	}
	return 0;
}

int words_split(char *line, struct word *words, size_t *ret_count, const char **ret_reason)
{
	struct scan s = {.from = line};
	size_t count = 0;

	s.to = line;
	for (;;) {
		int r;

		while (is_blank(*s.from))
			s.from++;
		if (!*s.from || *s.from == '#')
			break;
		if (count == WORDS_MAX) {
			*ret_reason = "too many words";
			return -EBADMSG;
		}
		r = take_word(&s, &words[count], ret_reason);
		if (r < 0)
			return r;
		count++;
		if (*s.from)
			s.from++; /* the blank, whose place the NUL may take */
		*s.to++ = '\0';
	}
	*ret_count = count;
	return 0;
}

/* Both RFC 3339 and a format say by place what a character means. */
#include "cli/journal/date.h"

#include <string.h>

#include "cli/journal/text.h"

/* Where in "2026-10-02T14:05:09Z" what a word of a format means begins; as many characters as the
 * word has. */
static const struct {
	const char *word;
	size_t at;
	bool is_time;
} date_words[] = {
	{"YYYY", 0, false},
	{"YY", 2, false},
	{"MM", 5, false},
	{"DD", 8, false},
	{"hh", 11, true},
	{"mm", 14, true},
	{"ss", 17, true},
};

#define DATE_WORDS (sizeof(date_words) / sizeof(date_words[0]))
#define MONTH_WORD "MON"

/* Number of the word that @format begins with; DATE_WORDS: none. */
static size_t date_word(const char *format)
{
	size_t i = 0;

	while (i < DATE_WORDS &&
		strncmp(format, date_words[i].word, strlen(date_words[i].word)) != 0)
		i++;
	return i;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const char *date_format_fault(const char *format, bool has_time)
{
	if (!*format)
		return "is empty";
	while (*format) {
		const size_t i = date_word(format);

		if (i < DATE_WORDS) {
			if (date_words[i].is_time && !has_time)
				return "this day has no time: hh, mm and ss are for approved_at";
			format += strlen(date_words[i].word);
		} else if (strncmp(format, MONTH_WORD, strlen(MONTH_WORD)) == 0) {
			format += strlen(MONTH_WORD);
		} else if (is_letter(*format++)) {
			return "is not made of YYYY, YY, MM, MON, DD, hh, mm, ss and signs";
		}
	}
	return NULL;
}

static const char *month_name(const char *instant)
{
	static const char *const names[] = {
		"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
	const unsigned month = (unsigned)(instant[5] - '0') * 10 + (unsigned)(instant[6] - '0');

	return names[(month - 1) % 12];
}

int date_put(struct buffer *out, const char *format, const char *instant)
{
	int r = 0;

	while (*format && r == 0) {
		const size_t i = date_word(format);

		if (i < DATE_WORDS) {
			const size_t size = strlen(date_words[i].word);

			r = buffer_append(out, instant + date_words[i].at, size);
			format += size;
		} else if (strncmp(format, MONTH_WORD, strlen(MONTH_WORD)) == 0) {
			r = text_put(out, month_name(instant));
			format += strlen(MONTH_WORD);
		} else {
			r = buffer_append(out, format++, 1);
		}
	}
	return r;
}

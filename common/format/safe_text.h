/*
 * Text that somebody else chose (a user name, a hub) on a terminal and in a spreadsheet. Pure.
 *
 * A name may hold control characters that move the cursor or set the title of the terminal, marks
 * that make it read from right to left, or characters nobody sees. They are shown as escapes, so
 * that two names which differ look different:
 *
 *	"ada\x1b[2J"  ->  ada\u001b[2J        "a<U+202E>b"  ->  a\u202eb        "a\nb"  ->  a\nb
 *
 * Letters of every script stay as they are, joiners between them (U+200C, U+200D) included.
 */
#ifndef COMMON_FORMAT_SAFE_TEXT_H
#define COMMON_FORMAT_SAFE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Columns that safe_text_print() takes; by LC_CTYPE, as utf8_width(). */
size_t safe_text_width(const char *text);

#define SAFE_TEXT_ESCAPE_SIZE 16

/*
 * The next part of the @size bytes at @text: *ret_safe bytes to be shown as they are, then
 * @ret_escape ("" at the end). Returns how many bytes of @text both stand for.
 */
size_t safe_text_part(
	const char *text, size_t size, size_t *ret_safe, char ret_escape[SAFE_TEXT_ESCAPE_SIZE]);

/* Print the NUL-terminated @text. main() asks ferror(). */
void safe_text_print(const char *text, FILE *out);

/* In place: every run of blanks and line breaks becomes one blank, none at the end. For messages.
 */
void safe_text_one_line(char *text);

/* Whether a spreadsheet would take @text for a formula: it begins with = + - @ tab or return. */
bool safe_text_is_formula(const char *text);

#endif

/* Which characters are shown as escapes, and how. */
#include "common/format/safe_text.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "common/utf8.h"

struct range {
	uint32_t first;
	uint32_t last;
};

/* What moves the cursor, turns the direction of reading, or is not seen at all. */
static const struct range unsafe[] = {
	{0x0000, 0x001f},   /* C0 controls */
	{0x007f, 0x009f},   /* delete and C1 controls; 9b begins an escape sequence */
	{0x00ad, 0x00ad},   /* soft hyphen */
	{0x061c, 0x061c},   /* Arabic letter mark */
	{0x200b, 0x200b},   /* zero width space */
	{0x200e, 0x200f},   /* left-to-right, right-to-left mark */
	{0x2028, 0x202e},   /* line and paragraph separator, embeddings and overrides */
	{0x2060, 0x206f},   /* word joiner, isolates, deprecated controls */
	{0xfeff, 0xfeff},   /* byte order mark */
	{0xfff9, 0xfffb},   /* annotations */
	{0xe0000, 0xe007f}, /* tags */
};

static bool is_unsafe(uint32_t code)
{
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++) {
		if (code >= unsafe[i].first && code <= unsafe[i].last)
			return true;
	}
	return false;
}

static void escape(uint32_t code, char ret[SAFE_TEXT_ESCAPE_SIZE])
{
	if (code == '\n' || code == '\r' || code == '\t')
		(void)snprintf(ret, SAFE_TEXT_ESCAPE_SIZE, "\\%c",
			code == '\n'   ? 'n'
			: code == '\r' ? 'r'
				       : 't');
	else
		(void)snprintf(
			ret, SAFE_TEXT_ESCAPE_SIZE, code > 0xffff ? "\\U%08x" : "\\u%04x", code);
}

/* Length in bytes of what is safe at the start of @text. */
static size_t safe_size(const char *text, size_t size)
{
	size_t at = 0;

	while (at < size) {
		uint32_t code;
		size_t length = utf8_decode(text + at, size - at, &code);

		if (!length || is_unsafe(code))
			break;
		at += length;
	}
	return at;
}

/* The escape for what stands at @text and is not safe. Returns its length in bytes, 0: the end. */
static size_t next_escape(const char *text, size_t size, char ret[SAFE_TEXT_ESCAPE_SIZE])
{
	uint32_t code;
	size_t length = utf8_decode(text, size, &code);

	ret[0] = '\0';
	if (length)
		escape(code, ret);
	else if (size)
		(void)snprintf(ret, SAFE_TEXT_ESCAPE_SIZE, "\\x%02x", (unsigned char)*text);
	return length ? length : size ? 1 : 0;
}

size_t safe_text_part(
	const char *text, size_t size, size_t *ret_safe, char ret_escape[SAFE_TEXT_ESCAPE_SIZE])
{
	size_t safe = safe_size(text, size);

	*ret_safe = safe;
	return safe + next_escape(text + safe, size - safe, ret_escape);
}

size_t safe_text_width(const char *text)
{
	size_t size = strlen(text);
	size_t width = utf8_width(text);
	size_t length;

	for (size_t at = 0; at < size; at += length) {
		char shown[SAFE_TEXT_ESCAPE_SIZE];
		char hidden[8] = "";
		size_t safe;

		length = safe_text_part(text + at, size - at, &safe, shown);
		memcpy(hidden, text + at + safe, length - safe);
		width += strlen(shown) - utf8_width(hidden);
	}
	return width;
}

void safe_text_print(const char *text, FILE *out)
{
	size_t size = strlen(text);
	size_t length;

	for (size_t at = 0; at < size; at += length) {
		char shown[SAFE_TEXT_ESCAPE_SIZE];
		size_t safe;

		length = safe_text_part(text + at, size - at, &safe, shown);
		(void)fwrite(text + at, 1, safe, out);
		(void)fputs(shown, out);
	}
}

void safe_text_one_line(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		bool is_blank = isspace((unsigned char)*from);

		if (!is_blank)
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	if (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
}

bool safe_text_is_formula(const char *text)
{
	uint32_t code;

	if (!utf8_decode(text, strlen(text), &code))
		return false;
	switch (code) {
	case '=':
	case '+':
	case '-':
	case '@':
	case '\t':
	case '\r':
	case 0xff1d: /* the same, as wide as a Chinese character */
	case 0xff0b:
	case 0xff0d:
	case 0xff20:
		return true;
	default:
		return false;
	}
}

/* Decoded here and not by mbrtowc(3), because text is UTF-8 whatever the user's locale says. */
#include "common/utf8.h"

#include <locale.h>
#include <string.h>
#include <wchar.h>

/*
 *	lead      size  smallest code point
 *	0xxxxxxx  1     0
 *	110xxxxx  2     0x80
 *	1110xxxx  3     0x800
 *	11110xxx  4     0x10000
 */
static size_t lead_size(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead < 0xe0)
		return 2;
	if (lead >= 0xe0 && lead < 0xf0)
		return 3;
	if (lead >= 0xf0 && lead < 0xf5)
		return 4;
	return 0;
}

size_t utf8_decode(const char *text, size_t size, uint32_t *ret)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	size_t length = size ? lead_size(bytes[0]) : 0;
	uint32_t code;

	if (!length || length > size)
		return 0;
	code = length == 1 ? bytes[0] : bytes[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;

	*ret = code;
	return length;
}

/* Bytes of ASCII at the front, eight at a time: nearly all text is nothing else. */
static size_t ascii_size(const char *text, size_t size)
{
	size_t at = 0;
	uint64_t word;

	for (; size - at >= sizeof(word); at += sizeof(word)) {
		memcpy(&word, text + at, sizeof(word));
		if (word & 0x8080808080808080u)
			break;
	}
	while (at < size && !(text[at] & 0x80))
		at++;
	return at;
}

size_t utf8_valid_size(const char *text, size_t size)
{
	size_t at = 0;

	for (;;) {
		uint32_t code;
		size_t length;

		at += ascii_size(text + at, size - at);
		length = utf8_decode(text + at, size - at, &code);
		if (!length)
			return at;
		at += length;
	}
}

/* Made once, never freed: the widths of characters do not depend on who runs the program. */
static locale_t utf8_locale(void)
{
	static locale_t locale;

	if (!locale)
		locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	return locale;
}

size_t utf8_width(const char *text)
{
	locale_t locale = utf8_locale();
	locale_t users = locale ? uselocale(locale) : (locale_t)0;
	size_t size = strlen(text);
	size_t width = 0;

	for (size_t at = 0; at < size;) {
		uint32_t code = 0;
		size_t length = utf8_decode(text + at, size - at, &code);
		int columns = length ? wcwidth((wchar_t)code) : 1;

		width += columns < 0 ? 1 : (size_t)columns;
		at += length ? length : 1;
	}
	if (locale)
		(void)uselocale(users);
	return width;
}

/* A table, not iconv(3): what that makes of a letter depends on the C library and the locale. */
#include "cli/journal/latin.h"

#include <stddef.h>

#define FIRST 0xc0u
#define LAST  0x17fu

static const char *const letters[LAST - FIRST + 1] = {"A", "A", "A", "A", "A", "A", "AE", "C", "E",
	"E", "E", "E", "I", "I", "I", "I", "D", "N", "O", "O", "O", "O", "O", "x", "O", "U", "U",
	"U", "U", "Y", "TH", "ss", "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i",
	"i", "i", "i", "d", "n", "o", "o", "o", "o", "o", NULL, "o", "u", "u", "u", "u", "y", "th",
	"y", "A", "a", "A", "a", "A", "a", "C", "c", "C", "c", "C", "c", "C", "c", "D", "d", "D",
	"d", "E", "e", "E", "e", "E", "e", "E", "e", "E", "e", "G", "g", "G", "g", "G", "g", "G",
	"g", "H", "h", "H", "h", "I", "i", "I", "i", "I", "i", "I", "i", "I", "i", "IJ", "ij", "J",
	"j", "K", "k", "k", "L", "l", "L", "l", "L", "l", "L", "l", "L", "l", "N", "n", "N", "n",
	"N", "n", "'n", "N", "n", "O", "o", "O", "o", "O", "o", "OE", "oe", "R", "r", "R", "r", "R",
	"r", "S", "s", "S", "s", "S", "s", "S", "s", "T", "t", "T", "t", "T", "t", "U", "u", "U",
	"u", "U", "u", "U", "u", "U", "u", "U", "u", "W", "w", "Y", "y", "Y", "Z", "z", "Z", "z",
	"Z", "z", "s"};

static const char *punctuation(uint32_t code)
{
	static const struct {
		uint32_t first;
		uint32_t last;
		const char *ascii;
	} ranges[] = {
		{0xa0, 0xa0, " "},     /* no-break space */
		{0xb4, 0xb4, "'"},     /* acute accent by itself */
		{0x2000, 0x200a, " "}, /* blanks of every width */
		{0x2010, 0x2015, "-"}, {0x2018, 0x201a, "'"}, {0x201c, 0x201e, "\""},
		{0x2026, 0x2026, "..."}, {0x202f, 0x202f, " "}, {0x2212, 0x2212, "-"}, /* minus */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return ranges[i].ascii;
	}
	return NULL;
}

const char *latin_ascii(uint32_t code)
{
	if (code >= FIRST && code <= LAST)
		return letters[code - FIRST];
	return punctuation(code);
}

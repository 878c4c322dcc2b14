/* UTF-8 as Unicode's table 3-7 has it; NUL is refused because the database cannot store it. */
#include "proto/text.h"

/* Bytes of the sequence that starts at @text, 0 when it is ill-formed. */
static size_t sequence_size(const unsigned char *text, size_t size)
{
	unsigned char lead = text[0], low = 0x80, high = 0xbf;
	size_t n, i;

	if (lead >= 0xc2 && lead <= 0xdf)
		n = 2;
	else if (lead >= 0xe0 && lead <= 0xef)
		n = 3;
	else if (lead >= 0xf0 && lead <= 0xf4)
		n = 4;
	else
		return 0;
	if (n > size)
		return 0;

	if (lead == 0xe0)
		low = 0xa0; /* else overlong */
	else if (lead == 0xed)
		high = 0x9f; /* else a surrogate */
	else if (lead == 0xf0)
		low = 0x90; /* else overlong */
	else if (lead == 0xf4)
		high = 0x8f; /* else above U+10FFFF */
	if (text[1] < low || text[1] > high)
		return 0;
	for (i = 2; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

bool hm_text_is_valid(const unsigned char *text, size_t size)
{
	size_t i = 0, n;

	while (i < size) {
		if (text[i] == 0)
			return false;
		n = text[i] < 0x80 ? 1 : sequence_size(text + i, size - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

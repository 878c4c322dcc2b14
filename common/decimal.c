/* One pass over the digits: nothing is scaled back, so nothing is rounded. */
#include "common/decimal.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* *value = *value * 10 + @digit, as long as it stays within INT64_MAX. */
static bool push_digit(uint64_t *value, unsigned digit)
{
	return !__builtin_mul_overflow(*value, 10u, value) &&
	       !__builtin_add_overflow(*value, digit, value) && *value <= INT64_MAX;
}

int decimal_parse(const char *text, unsigned places, uint64_t *ret_value)
{
	unsigned decimals = 0;
	uint64_t value = 0;
	bool fits = true, is_exact = true;

	assert(places <= DECIMAL_PLACES_MAX);
	if (!is_digit(*text))
		return -EINVAL;
	for (; is_digit(*text); text++)
		fits = fits && push_digit(&value, (unsigned)(*text - '0'));
	if (*text == '.') {
		for (text++; is_digit(*text); text++, decimals++) {
			if (decimals < places)
				fits = fits && push_digit(&value, (unsigned)(*text - '0'));
			else
				is_exact = is_exact && *text == '0';
		}
		if (decimals == 0)
			return -EINVAL;
	}
	if (*text || decimals > DECIMAL_PLACES_MAX)
		return -EINVAL;
	for (; decimals < places; decimals++)
		fits = fits && push_digit(&value, 0);
	if (!is_exact)
		return -EDOM;
	if (!fits)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

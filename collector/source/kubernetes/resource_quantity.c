/* mantissa * 2^bits * 10^exponent, in 128 bits. */
#include "collector/source/kubernetes/resource_quantity.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define MANTISSA_MAX 10000000000000000000u /* 10^19: beyond, digits only say that there is more */
#define EXPONENT_MAX 1000

typedef unsigned __int128 uint128;

struct parsed {
	uint128 mantissa; /* below 10^20 */
	bool has_more;	  /* digits other than 0 behind those of the mantissa */
	int exponent;
	unsigned int bits;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void add_digit(struct parsed *parsed, char digit, bool is_fraction)
{
	if (parsed->mantissa >= MANTISSA_MAX) {
		parsed->has_more |= digit != '0';
		parsed->exponent += !is_fraction;
		return;
	}
	parsed->mantissa = parsed->mantissa * 10 + (unsigned int)(digit - '0');
	parsed->exponent -= is_fraction;
}

/* Returns how many bytes of @text it took; 0: no number. */
static size_t parse_number(const char *text, size_t size, struct parsed *parsed)
{
	bool is_fraction = false;
	size_t at, n_digits = 0;

	for (at = 0; at < size && (is_digit(text[at]) || (text[at] == '.' && !is_fraction)); at++) {
		if (text[at] == '.') {
			is_fraction = true;
			continue;
		}
		add_digit(parsed, text[at], is_fraction);
		n_digits++;
	}
	return n_digits > 0 ? at : 0;
}

static bool parse_exponent(const char *text, size_t size, struct parsed *parsed)
{
	bool is_negative = size > 0 && text[0] == '-';
	size_t at = size > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
	int exponent = 0;

	if (at == size)
		return false;
	for (; at < size; at++) {
		if (!is_digit(text[at]))
			return false;
		if (exponent < EXPONENT_MAX)
			exponent = exponent * 10 + (text[at] - '0');
	}
	parsed->exponent += is_negative ? -exponent : exponent;
	return true;
}

static bool parse_suffix(const char *text, size_t size, struct parsed *parsed)
{
	static const char decimal[] = "num kMGTPE", binary[] = "KMGTPE";
	const char *at;

	if (size == 0)
		return true;
	if (size == 1 && *text != ' ' && (at = strchr(decimal, *text)) && *at) {
		parsed->exponent += 3 * (int)(at - decimal) - 9;
		return true;
	}
	if (size == 2 && text[1] == 'i' && (at = strchr(binary, *text)) && *at) {
		parsed->bits = 10 * (unsigned int)(at - binary + 1);
		return true;
	}
	return (*text == 'e' || *text == 'E') && parse_exponent(text + 1, size - 1, parsed);
}

/* value * factor^times; false: it does not fit, and neither would what it is divided by help. */
static bool multiply(uint128 *value, unsigned int factor, unsigned int times)
{
	for (; times > 0; times--)
		if (__builtin_mul_overflow(*value, (uint128)factor, value))
			return false;
	return true;
}

static uint64_t evaluate(const struct parsed *parsed, uint64_t unit)
{
	uint128 value = parsed->mantissa * unit, divisor = 1, quotient;

	if (value == 0)
		return parsed->has_more;
	if (!multiply(&value, 2, parsed->bits))
		return UINT64_MAX;
	if (parsed->exponent > 0 && !multiply(&value, 10, (unsigned int)parsed->exponent))
		return UINT64_MAX;
	if (parsed->exponent < 0 && !multiply(&divisor, 10, (unsigned int)-parsed->exponent))
		return 1; /* a trace of it */
	quotient = value / divisor;
	quotient += value % divisor != 0 || parsed->has_more;
	return quotient < UINT64_MAX ? (uint64_t)quotient : UINT64_MAX;
}

int resource_quantity_parse(const char *text, size_t size, uint64_t unit, uint64_t *ret)
{
	struct parsed parsed = {0};
	bool is_negative = size > 0 && *text == '-';
	size_t at = size > 0 && (*text == '-' || *text == '+') ? 1 : 0;
	size_t taken = parse_number(text + at, size - at, &parsed);

	if (taken == 0)
		return -EBADMSG;
	at += taken;
	if (!parse_suffix(text + at, size - at, &parsed))
		return -EBADMSG;
	if (is_negative && (parsed.mantissa > 0 || parsed.has_more))
		return -EBADMSG;
	*ret = evaluate(&parsed, unit);
	return 0;
}

/* Decimal arithmetic on integers; the units are those of price.resource. */
#include "common/format/figure.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define FRACTION_DIGITS	   9
#define INTEGER_DIGITS_MAX 24
#define DECIMALS_MAX	   18
#define SIGNIFICANT_DIGITS 10 /* smallest number of two digits */

/* Digits at *@text into *@figure, at most @max; the rest may only be zeros. */
static int take_digits(
	const char **text, unsigned int max, unsigned int *ret_count, __int128 *figure)
{
	unsigned int count = 0;

	for (; isdigit((unsigned char)**text); (*text)++) {
		if (count < max)
			*figure = *figure * 10 + (**text - '0');
		else if (**text != '0')
			return -ERANGE;
		count += count < max;
	}
	*ret_count = count;
	return 0;
}

int figure_parse(const char *text, __int128 *ret)
{
	bool is_negative = *text == '-';
	unsigned int n_integer = 0, n_fraction = 0;
	__int128 figure = 0;
	const char *digits;

	text += is_negative;
	for (digits = text; *text == '0' && isdigit((unsigned char)text[1]); text++)
		;
	if (!isdigit((unsigned char)*digits))
		return -EINVAL;
	if (strspn(text, "0123456789") > INTEGER_DIGITS_MAX)
		return -ERANGE;
	(void)take_digits(&text, INTEGER_DIGITS_MAX, &n_integer, &figure); /* they fit, see above */
	if (*text == '.') {
		text++;
		if (take_digits(&text, FRACTION_DIGITS, &n_fraction, &figure) < 0)
			return -EINVAL;
	}
	if (*text)
		return -EINVAL;
	for (; n_fraction < FRACTION_DIGITS; n_fraction++)
		figure *= 10;

	*ret = is_negative ? -figure : figure;
	return 0;
}

int figure_add(__int128 *sum, __int128 figure)
{
	__int128 result;

	if (__builtin_add_overflow(*sum, figure, &result))
		return -ERANGE;
	*sum = result;
	return 0;
}

/* @digits with the point before the last @decimals of them. */
static void print_digits(
	bool is_negative, unsigned __int128 digits, unsigned int decimals, char ret[FIGURE_SIZE])
{
	char reversed[FIGURE_SIZE];
	size_t size = 0;

	for (unsigned int i = 0; digits || i <= decimals; i++) {
		if (i == decimals && i)
			reversed[size++] = '.';
		reversed[size++] = (char)('0' + (char)(digits % 10));
		digits /= 10;
	}
	if (is_negative)
		reversed[size++] = '-';
	for (size_t i = 0; i < size; i++)
		ret[i] = reversed[size - 1 - i];
	ret[size] = '\0';
}

static unsigned __int128 magnitude(__int128 figure)
{
	return figure < 0 ? -(unsigned __int128)figure : (unsigned __int128)figure;
}

void figure_print_exact(__int128 figure, unsigned int decimals, char ret[FIGURE_SIZE])
{
	unsigned __int128 digits = magnitude(figure);
	unsigned int shown = FRACTION_DIGITS;

	for (; shown > decimals && digits % 10 == 0; shown--)
		digits /= 10;
	print_digits(figure < 0, digits, shown, ret);
}

static unsigned __int128 power_of_10(unsigned int exponent)
{
	unsigned __int128 power = 1;

	while (exponent--)
		power *= 10;
	return power;
}

/*
 * @nano / @divisor in units of 10^-@decimals. The whole part is split off first: what is left is
 * below the divisor, and so small enough for any number of decimals.
 */
static unsigned __int128 scaled(unsigned __int128 nano, uint64_t divisor, unsigned int decimals)
{
	unsigned __int128 unit = power_of_10(FRACTION_DIGITS) * divisor;
	unsigned __int128 scale = power_of_10(decimals);
	unsigned __int128 rest = nano % unit;

	/* 2 * rest * scale: unit is below 2^62 for our divisors, scale at most 10^18 */
	return nano / unit * scale + (2 * rest * scale + unit) / (2 * unit);
}

void figure_print_rounded(
	__int128 figure, uint64_t divisor, unsigned int decimals, char ret[FIGURE_SIZE])
{
	unsigned __int128 nano = magnitude(figure);
	unsigned __int128 digits = scaled(nano, divisor, decimals);
	unsigned int shown = decimals;

	if (nano && !digits) {
		while (digits < SIGNIFICANT_DIGITS && shown < DECIMALS_MAX)
			digits = scaled(nano, divisor, ++shown);
		for (; shown > decimals && digits % 10 == 0; shown--)
			digits /= 10;
	}
	print_digits(figure < 0 && digits, digits, shown, ret);
}

const struct figure_unit *figure_unit(const char *exact)
{
	static const struct figure_unit units[] = {
		{"core-seconds", "core-hours", 3600},
		{"MiB-seconds", "GiB-hours", 3686400},
		{"GPU-seconds", "GPU-hours", 3600},
		{"bytes", "GiB", 1073741824},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].exact, exact) == 0)
			return &units[i];
	}
	return NULL;
}

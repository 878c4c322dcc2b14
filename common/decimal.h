/*
 * Decimal numbers as text, counted in whole units of their last decimal: no floating point. Pure.
 *
 *	decimal_parse("1.25", 3, &msec)  ->  msec == 1250
 */
#ifndef COMMON_DECIMAL_H
#define COMMON_DECIMAL_H

#include <stdint.h>

#define DECIMAL_PLACES_MAX 6u

/*
 * Digits, then maybe a point and 1 to 6 digits more; no sign, exponent, blank or separator.
 * *ret_value is the number times 10^@places, @places <= 6, at most INT64_MAX.
 *
 * -EINVAL: not such a number; -EDOM: it has decimals other than 0 behind the @places that count;
 * -ERANGE: too large.
 */
int decimal_parse(const char *text, unsigned places, uint64_t *ret_value);

#endif

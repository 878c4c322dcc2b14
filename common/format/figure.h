/*
 * Figures of reports as people read them: exact decimals in, rounded decimals out. Pure.
 *
 * A figure is a count of nano-units (9 fraction digits) in an __int128: sums of amounts and of
 * quantities are exact, and what is shown is rounded once, from the exact figure.
 *
 *	figure_parse("18000.5", &cpu);                          core-seconds
 *	figure_print_rounded(cpu, 3600, 3, text);               "5.000" core-hours
 *	figure_print_rounded(nano, 1, 2, text);                 "12.35"; "0.000018", never "0.00"
 */
#ifndef COMMON_FORMAT_FIGURE_H
#define COMMON_FORMAT_FIGURE_H

#include <stdint.h>

#define FIGURE_SIZE 64

/*
 * -EINVAL: @text is not a decimal number of at most 9 fraction digits (zeros behind them are fine);
 * -ERANGE: it has more than 24 digits before the point.
 */
int figure_parse(const char *text, __int128 *ret);

/* -ERANGE: the sum does not fit. */
int figure_add(__int128 *sum, __int128 figure);

/* With at least @decimals (up to 9) fraction digits and as many more as are not 0. */
void figure_print_exact(__int128 figure, unsigned int decimals, char ret[FIGURE_SIZE]);

/*
 * @figure / @divisor with @decimals (up to 9) fraction digits, half away from zero. What would be
 * shown as 0 but is not gets more digits, up to two that are not 0.
 */
void figure_print_rounded(
	__int128 figure, uint64_t divisor, unsigned int decimals, char ret[FIGURE_SIZE]);

/* A quantity's unit and the unit prices are for. */
struct figure_unit {
	const char *exact;   /* core-seconds */
	const char *priced;  /* core-hours */
	uint64_t per_priced; /* 3600 */
};

/* The unit called @exact, or NULL. */
const struct figure_unit *figure_unit(const char *exact);

#endif

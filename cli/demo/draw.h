/*
 * Seeded draws (splitmix64): the same seed gives the same numbers on every machine. Pure.
 *
 * What is drawn for one thing does not depend on what was drawn for another: each has a source of
 * its own, named by what it is for and two numbers.
 *
 *	struct draw draw = draw_for(seed, DRAW_PERSON, institution, number);
 *
 *	unit = draw_below(&draw, n_units);
 */
#ifndef CLI_DEMO_DRAW_H
#define CLI_DEMO_DRAW_H

#include <stdbool.h>
#include <stdint.h>

/* Never renumber: that is part of what a seed means. */
enum draw_purpose {
	DRAW_NAME = 1,
	DRAW_PERSON = 2,
	DRAW_AWARD = 3,
	DRAW_BILL = 4,
	DRAW_SESSION = 5,
	DRAW_STORAGE = 6
};

struct draw {
	uint64_t state;
};

struct draw draw_for(uint64_t seed, enum draw_purpose purpose, uint64_t a, uint64_t b);

uint64_t draw_next(struct draw *draw);

/* 0 .. @bound - 1; @bound is not 0, and far below 2^64, so that no number is preferred. */
uint64_t draw_below(struct draw *draw, uint64_t bound);

/* @low .. @high, both included. */
uint64_t draw_between(struct draw *draw, uint64_t low, uint64_t high);

/* True so many times in a million. */
bool draw_chance(struct draw *draw, unsigned ppm);

#endif

/*
 * Who and what there is in the demonstration: three institutions, their departments, labs, courses
 * and people. Pure, and nothing is stored: everything follows from the seed when it is asked for.
 *
 * Numbers of departments, people, labs and courses begin at 1 in each institution, so that 0 says
 * "none". Names of institutions and hubs begin with "demo-", by which the database knows that it is
 * a demonstration (sql/org/is_demonstration.sql).
 */
#ifndef CLI_DEMO_WORLD_H
#define CLI_DEMO_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#define DEMO_INSTITUTIONS   3u
#define DEMO_REORGANISED_ON "2025-07-01"

enum demo_institution_number { DEMO_NORTH, DEMO_SOUTH, DEMO_WEST };

struct demo_institution {
	const char *code; /* of its hub as well */
	const char *name;
	const char *time_zone;
	unsigned fiscal_year_start;
	char letter;	     /* that its codes begin with */
	unsigned first_slot; /* of UTC, at which people come */
};

struct demo_scale {
	const char *name;
	unsigned n_units[DEMO_INSTITUTIONS];
	unsigned n_people[DEMO_INSTITUTIONS];
	unsigned n_labs[DEMO_INSTITUTIONS];
	unsigned n_courses[DEMO_INSTITUTIONS];
	unsigned n_racks;      /* machines of their own, beside one in a cloud */
	unsigned n_colleges;   /* the departments that others belong to */
	bool is_every_day;     /* usage, and lines of bills; or only on three days a month */
	unsigned active_ppm;   /* of the people on such a day */
	unsigned award_cents;  /* of the smallest award */
	unsigned bill_cents;   /* of the smallest line of a bill */
	unsigned budget_units; /* of a department, by the year */
};

struct demo_world {
	uint64_t seed;
	const struct demo_scale *scale;
};

struct demo_person {
	unsigned unit;
	unsigned next_unit;   /* from the reorganisation on; 0: the same */
	unsigned lab, course; /* 0: none */
	bool is_fall;	      /* the course is in fall, not in spring */
	bool drops;	      /* it, in the middle of the term */
	bool is_visiting;     /* the first institution's hub as well */
};

extern const struct demo_institution demo_institutions[DEMO_INSTITUTIONS];

/* NULL: there is no such scale. */
const struct demo_scale *demo_scale_find(const char *name);

struct demo_person demo_person(
	const struct demo_world *world, unsigned institution, unsigned number);

/* "Ada Lovelace", borrowed parts. */
void demo_person_name(const struct demo_world *world, unsigned institution, unsigned number,
	const char **ret_first, const char **ret_last);

/* The department that pays for a lab or course. */
unsigned demo_lab_unit(const struct demo_world *world, unsigned institution, unsigned lab);

/* The college that a department belongs to, before and after the reorganisation; 0: none. */
unsigned demo_college(
	const struct demo_world *world, unsigned institution, unsigned unit, bool is_reorganised);

/* Are people there on @day of the year? */
bool demo_is_busy(const struct demo_world *world, unsigned day);

/* First and last day of a term, and the day on which those who drop are gone. */
struct demo_term {
	const char *first, *drop, *end; /* the last exclusive, as in files */
	unsigned first_day, end_day;
};
const struct demo_term *demo_term(bool is_fall);

#endif

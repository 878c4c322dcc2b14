/* Sizes and odds: what makes the year look like one. */
#include "cli/demo/world.h"

#include <stddef.h>
#include <string.h>

#include "cli/demo/calendar.h"
#include "cli/demo/draw.h"

#define LAB_PPM	     300000u
#define COURSE_PPM   400000u
#define FALL_PPM     500000u
#define DROP_PPM     200000u
#define VISITING_PPM 100000u
#define MOVES_PPM    300000u

const struct demo_institution demo_institutions[DEMO_INSTITUTIONS] = {
	{"demo-north", "Northfield University", "America/New_York", 7, 'n', 52},
	{"demo-south", "Southfield College", "America/New_York", 1, 's', 52},
	{"demo-west", "Westfield Institute", "America/Los_Angeles", 1, 'w', 64},
};

static const struct demo_scale scales[] = {
	{
		.name = "full",
		.n_units = {16, 14, 10},
		.n_people = {800, 700, 500},
		.n_labs = {6, 5, 4},
		.n_courses = {8, 6, 4},
		.n_racks = 3,
		.n_colleges = 3,
		.is_every_day = true,
		.active_ppm = 300000,
		.award_cents = 20000,
		.bill_cents = 1500,
		.budget_units = 5000,
	},
	{
		.name = "small",
		.n_units = {3, 3, 2},
		.n_people = {24, 20, 16},
		.n_labs = {2, 1, 1},
		.n_courses = {2, 1, 1},
		.n_racks = 1,
		.n_colleges = 2,
		.active_ppm = 600000,
		.award_cents = 800,
		.bill_cents = 250,
		.budget_units = 100,
	},
};

static const struct demo_term terms[] = {
	{"2025-01-13", "2025-03-03", "2025-05-17", 12, 136},
	{"2025-08-25", "2025-10-13", "2025-12-20", 236, 353},
};

static const char *const first_names[] = {"Ada", "Alan", "Barbara", "Claude", "Dorothy", "Edsger",
	"Emmy", "Frances", "Grace", "Hedy", "Ida", "John", "Katherine", "Leslie", "Margaret",
	"Niklaus", "Radia", "Sofja", "Tim", "Zoë"};
static const char *const last_names[] = {"Byron", "Chen", "Diaz", "Eriksson", "Fischer", "Garcia",
	"Hopper", "Ivanova", "Jones", "Kowalski", "Lindqvist", "Moreau", "Nakamura", "Okafor",
	"Patel", "Quinn", "Rossi", "Singh", "Tanaka", "Ueda", "Vargas", "Weber", "Yilmaz"};

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

const struct demo_scale *demo_scale_find(const char *name)
{
	for (size_t i = 0; i < LENGTH_OF(scales); i++) {
		if (strcmp(scales[i].name, name) == 0)
			return &scales[i];
	}
	return NULL;
}

const struct demo_term *demo_term(bool is_fall)
{
	return &terms[is_fall];
}

/* The first people lead the labs; as many after them have money of their own, and are in none. */
struct demo_person demo_person(
	const struct demo_world *world, unsigned institution, unsigned number)
{
	const struct demo_scale *scale = world->scale;
	const unsigned n_labs = scale->n_labs[institution], n_units = scale->n_units[institution];
	struct draw draw = draw_for(world->seed, DRAW_PERSON, institution, number);
	struct demo_person person = {.unit = 1 + (unsigned)draw_below(&draw, n_units)};
	const bool moves = draw_chance(&draw, MOVES_PPM);

	if (draw_chance(&draw, LAB_PPM) && number > 2 * n_labs)
		person.lab = 1 + (unsigned)draw_below(&draw, n_labs);
	if (number <= n_labs)
		person.lab = number;
	if (draw_chance(&draw, COURSE_PPM))
		person.course = 1 + (unsigned)draw_below(&draw, scale->n_courses[institution]);
	person.is_fall = draw_chance(&draw, FALL_PPM);
	person.drops = person.course && draw_chance(&draw, DROP_PPM);
	person.is_visiting = draw_chance(&draw, VISITING_PPM) || number == 2 * n_labs + 1;
	person.is_visiting = person.is_visiting && institution == DEMO_WEST;
	if (moves && person.unit == n_units)
		person.next_unit = 1;
	return person;
}

void demo_person_name(const struct demo_world *world, unsigned institution, unsigned number,
	const char **ret_first, const char **ret_last)
{
	struct draw draw = draw_for(world->seed, DRAW_NAME, institution, number);

	*ret_first = first_names[draw_below(&draw, LENGTH_OF(first_names))];
	*ret_last = last_names[draw_below(&draw, LENGTH_OF(last_names))];
}

unsigned demo_lab_unit(const struct demo_world *world, unsigned institution, unsigned lab)
{
	return 1 + lab % world->scale->n_units[institution];
}

unsigned demo_college(
	const struct demo_world *world, unsigned institution, unsigned unit, bool is_reorganised)
{
	const unsigned n_units = world->scale->n_units[institution];
	unsigned college = 1 + unit % world->scale->n_colleges;

	if (unit <= world->scale->n_colleges || n_units <= world->scale->n_colleges)
		return 0;
	if (is_reorganised && unit == n_units)
		college = 1 + college % world->scale->n_colleges;
	return college;
}

bool demo_is_busy(const struct demo_world *world, unsigned day)
{
	const unsigned of_month = calendar_day_of_month(day);
	const bool is_last = day + 1 == DEMO_DAYS || calendar_month(day + 1) != calendar_month(day);

	return world->scale->is_every_day || of_month == 1 || of_month == 15 || is_last;
}

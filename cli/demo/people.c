/*
 * The reorganisation is known from the start: the last department of each institution goes to
 * another college, and some of its people to another department.
 */
#include "cli/demo/people.h"

#define EVERYBODY(i, n)                                                                            \
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++)                                           \
		for (unsigned n = 1; n <= world->scale->n_people[i]; n++)

static void put_unit(const struct demo_world *world, struct listing *listing, unsigned institution,
	unsigned unit)
{
	const struct demo_institution *i = &demo_institutions[institution];
	const unsigned before = demo_college(world, institution, unit, false);
	const unsigned after = demo_college(world, institution, unit, true);

	if (!before) {
		listing_line(listing, "%s,,,%c%02u,,College %c%02u,,,,", i->code, i->letter, unit,
			i->letter, unit);
	} else if (before == after) {
		listing_line(listing, "%s,,,%c%02u,%c%02u,Department %c%02u,,,,", i->code,
			i->letter, unit, i->letter, before, i->letter, unit);
	} else {
		listing_line(listing, "%s,,,%c%02u,%c%02u,Department %c%02u,,,%s,", i->code,
			i->letter, unit, i->letter, before, i->letter, unit, DEMO_REORGANISED_ON);
		listing_line(listing, "%s,,,%c%02u,%c%02u,Department %c%02u,,%s,,", i->code,
			i->letter, unit, i->letter, after, i->letter, unit, DEMO_REORGANISED_ON);
	}
}

void people_put_org(const struct demo_world *world, struct listing *listing)
{
	listing_line(listing,
		"institution,time_zone,currency,unit,parent,name,hub,valid_from,valid_to,"
		"fiscal_year_start");
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++) {
		const struct demo_institution *one = &demo_institutions[i];

		listing_line(listing, "%s,%s,USD,,,%s,,,,%u", one->code, one->time_zone, one->name,
			one->fiscal_year_start);
		for (unsigned unit = 1; unit <= world->scale->n_units[i]; unit++)
			put_unit(world, listing, i, unit);
		listing_line(listing, "%s,,,,,,%s,,,", one->code, one->code);
	}
}

void people_put_people(const struct demo_world *world, struct listing *listing)
{
	listing_line(listing, "person,name,hub,username");
	EVERYBODY(i, n)
	{
		const struct demo_institution *one = &demo_institutions[i];
		const char *first, *last;

		demo_person_name(world, i, n, &first, &last);
		listing_line(listing, "%c%04u,%s %s,%s,%c%04u", one->letter, n, first, last,
			one->code, one->letter, n);
		if (demo_person(world, i, n).is_visiting)
			listing_line(listing, "%c%04u,%s %s,%s,%c%04u", one->letter, n, first, last,
				demo_institutions[DEMO_NORTH].code, one->letter, n);
	}
}

void people_put_memberships(const struct demo_world *world, struct listing *listing)
{
	listing_line(listing, "person,institution,unit,valid_from,valid_to,home");
	EVERYBODY(i, n)
	{
		const struct demo_person person = demo_person(world, i, n);
		const struct demo_institution *one = &demo_institutions[i];

		listing_line(listing, "%c%04u,%s,%c%02u,2024-01-01,%s,yes", one->letter, n,
			one->code, one->letter, person.unit,
			person.next_unit ? DEMO_REORGANISED_ON : "");
		if (person.next_unit)
			listing_line(listing, "%c%04u,%s,%c%02u,%s,,yes", one->letter, n, one->code,
				one->letter, person.next_unit, DEMO_REORGANISED_ON);
	}
}

void people_put_groups(const struct demo_world *world, struct listing *listing)
{
	static const char *const policies[DEMO_INSTITUTIONS] = {"weights", "equal", "home"};

	listing_line(listing, "institution,group,kind,name,unit,hub,policy,valid_from,valid_to");
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++) {
		const struct demo_institution *one = &demo_institutions[i];

		for (unsigned lab = 1; lab <= world->scale->n_labs[i]; lab++)
			listing_line(listing, "%s,%c-lab%u,lab,Lab %u,%c%02u,,,2024-01-01,",
				one->code, one->letter, lab, lab, one->letter,
				demo_lab_unit(world, i, lab));
		for (unsigned course = 1; course <= world->scale->n_courses[i]; course++)
			listing_line(listing,
				"%s,%c-course%u,course,Course %u,%c%02u,,,2024-01-01,", one->code,
				one->letter, course, course, one->letter,
				demo_lab_unit(world, i, course));
		listing_line(listing, "%s,,,,,,%s,2024-01-01,", one->code, policies[i]);
	}
}

void people_put_members(const struct demo_world *world, struct listing *listing)
{
	listing_line(listing, "person,institution,group,role,weight,default,valid_from,valid_to");
	EVERYBODY(i, n)
	{
		const struct demo_person person = demo_person(world, i, n);
		const struct demo_institution *one = &demo_institutions[i];
		const struct demo_term *term = demo_term(person.is_fall);
		const char *end = person.drops ? term->drop : term->end;

		if (person.lab)
			listing_line(listing, "%c%04u,%s,%c-lab%u,%s,%u,%s,2024-01-01,",
				one->letter, n, one->code, one->letter, person.lab,
				n <= world->scale->n_labs[i] ? "pi" : "member", 1 + n % 3,
				n % 2 ? "yes" : "no");
		if (person.course)
			listing_line(listing, "%c%04u,%s,%c-course%u,student,1,no,%s,%s",
				one->letter, n, one->code, one->letter, person.course, term->first,
				end);
	}
}

void people_put_domains(const struct demo_world *world, struct listing *listing)
{
	(void)world;
	listing_line(listing, "domain,institution,unit,valid_from,valid_to");
	listing_line(listing, "west.demo.example,demo-west,w01,2024-01-01,");
}

void people_put_settlements(const struct demo_world *world, struct listing *listing)
{
	(void)world;
	listing_line(listing, "hub,username,tag,institution,unit,reason,valid_from,valid_to");
	listing_line(
		listing, "demo-north,,(idle),demo-north,n01,machines that nobody used,2024-01-01,");
	listing_line(
		listing, "demo-south,,(idle),demo-south,s01,machines that nobody used,2024-01-01,");
	listing_line(listing, "demo-south,monitor,,demo-south,s01,watches the hub,2024-01-01,");
}

void people_put_service_accounts(const struct demo_world *world, struct listing *listing)
{
	(void)world;
	listing_line(listing, "hub,username");
	listing_line(listing, "demo-south,monitor");
}

/*
 * A session is on one machine, which was observed all the time: where a machine was not, there is
 * none. The visitors, from the west, work in the evening of the east, when their months differ.
 */
#include "cli/demo/session.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/demo/draw.h"
#include "common/instant.h"

#define TAG_SIZE      32
#define NAME_SIZE     48
#define VISITING_SLOT 96u
#define LATE_PPM      40000u
#define LATEST_PPM    200000u /* of the late ones: three months */
#define CLOUD_PPM     250000u
#define GPU_PPM	      50000u
#define TAG_PPM	      400000u
#define HOURS_SLOTS   40u /* in which people come */
#define LAST_SLOTS    12u /* a session lasts */
#define LATE_DAY      15u /* of the month: a session of each part is late then, for certain */

struct session {
	unsigned institution; /* whose hub */
	unsigned day;
	unsigned first_slot;   /* of the year */
	unsigned from_seconds; /* within it */
	unsigned seconds;
	unsigned node; /* 0: in the cloud */
	unsigned late; /* months; 0: on time */
	unsigned part;
	bool has_gpu;
	uint64_t cpu_usec;
	unsigned cores;
	unsigned memory_mib, memory_reserved_mib;
	uint64_t sent_bytes;
	char workload[NAME_SIZE];
	char username[NAME_SIZE];
	char tag[TAG_SIZE];
};

/* Machines that were not observed: a power failure, and a node that was made anew. */
static const struct gap {
	unsigned institution, node, first_slot, end_slot;
} gaps[] = {
	{DEMO_NORTH, 1, 59 * DEMO_SLOTS_IN_A_DAY + 60, 59 * DEMO_SLOTS_IN_A_DAY + 76},
	{DEMO_SOUTH, 0, 226 * DEMO_SLOTS_IN_A_DAY + 70, 226 * DEMO_SLOTS_IN_A_DAY + 74},
};

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *node_name(unsigned node, char buffer[NAME_SIZE])
{
	if (node)
		(void)snprintf(buffer, NAME_SIZE, "rack-%u", node);
	else
		(void)snprintf(buffer, NAME_SIZE, "cloud-1");
	return buffer;
}

static void put_node(struct listing *listing, unsigned institution, unsigned node,
	unsigned first_slot, unsigned end_slot)
{
	char name[NAME_SIZE], first[INSTANT_SIZE], end[INSTANT_SIZE];

	listing_line(listing, "%s,%s,%s,%s,%s,%s", demo_institutions[institution].code,
		node_name(node, name), node ? "" : "cloud",
		instant_format(calendar_usec(first_slot, 0), first),
		instant_format(calendar_usec(end_slot, 0), end),
		node ? "64,524288,4" : "32,131072,0");
}

void session_put_nodes(const struct demo_world *world, struct listing *listing)
{
	listing_line(listing, "hub,node,class,start,end,cores,memory_mib,gpus");
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++) {
		for (unsigned node = 0; node <= world->scale->n_racks; node++) {
			unsigned since = DEMO_FIRST_SLOT;

			for (unsigned k = 0; k < LENGTH_OF(gaps); k++) {
				if (gaps[k].institution != i || gaps[k].node != node)
					continue;
				put_node(listing, i, node, since, gaps[k].first_slot);
				since = gaps[k].end_slot;
			}
			/* Up to the end of the year in the westernmost calendar. */
			put_node(listing, i, node, since,
				DEMO_DAYS * DEMO_SLOTS_IN_A_DAY + DEMO_FIRST_SLOT);
		}
	}
}

static bool is_observed(const struct session *session)
{
	for (unsigned k = 0; k < LENGTH_OF(gaps); k++) {
		if (gaps[k].institution == session->institution && gaps[k].node == session->node &&
			session->first_slot < gaps[k].end_slot &&
			session->first_slot + LAST_SLOTS >= gaps[k].first_slot)
			return false;
	}
	return true;
}

static void put(struct listing *listing, const struct session *s)
{
	char name[NAME_SIZE], first[INSTANT_SIZE], end[INSTANT_SIZE];

	listing_line(listing,
		"%s,%s,%s,pod,%s,,%s,%s,%s,%s,%" PRIu64 ".%06" PRIu64 ",%u,%u,%u,%u,,%" PRIu64,
		demo_institutions[s->institution].code, node_name(s->node, name), s->workload,
		s->username, s->tag, s->node ? "" : "cloud",
		instant_format(calendar_usec(s->first_slot, s->from_seconds), first),
		instant_format(calendar_usec(s->first_slot, s->from_seconds + s->seconds), end),
		s->cpu_usec / 1000000, s->cpu_usec % 1000000, s->cores * s->seconds,
		s->memory_mib * s->seconds, s->memory_reserved_mib * s->seconds,
		s->has_gpu ? s->seconds : 0, s->sent_bytes);
}

static void put_header(struct listing *listing)
{
	listing_line(listing, "hub,node,workload,kind,username,server,tag,class,start,end,"
			      "cpu_core_seconds,cpu_reserved_core_seconds,memory_mib_seconds,"
			      "memory_reserved_mib_seconds,gpu_seconds,storage_mib_seconds,net_tx_"
			      "bytes");
}

/* Late usage of the last months is on time: nothing is closed after the year. */
static struct listing *listing_of(struct session_listings *listings, const struct session *session)
{
	const unsigned month = calendar_month(session->day);
	const unsigned closed = month + session->late - 1;

	if (!session->late || closed >= DEMO_MONTHS)
		return &listings->on_time[month - 1];
	return &listings->late[closed - 1][session->part];
}

static void draw_session(const struct demo_world *world, struct draw *draw, struct session *s)
{
	s->first_slot += (unsigned)draw_below(draw, HOURS_SLOTS);
	s->from_seconds = (unsigned)draw_below(draw, 900);
	s->seconds = (unsigned)draw_between(draw, 900, (LAST_SLOTS - 1) * 900);
	s->node = draw_chance(draw, CLOUD_PPM)
			  ? 0
			  : 1 + (unsigned)draw_below(draw, world->scale->n_racks);
	s->cores = (unsigned)draw_between(draw, 1, 2);
	s->cpu_usec = (uint64_t)s->seconds * draw_below(draw, 2200000);
	s->memory_mib = (unsigned)draw_between(draw, 256, 6144);
	s->memory_reserved_mib = 1024 * (unsigned)draw_between(draw, 1, 4);
	s->has_gpu = draw_chance(draw, GPU_PPM) && s->node;
	s->sent_bytes = draw_below(draw, 1000000000);
	s->late = draw_chance(draw, LATE_PPM) ? draw_chance(draw, LATEST_PPM) ? 3 : 1 : 0;
	s->part = (unsigned)draw_below(draw, DEMO_LATE_PARTS);
}

/* The course in its term, also after a drop, when the hub still offers it; or the lab. */
static void draw_tag(
	struct draw *draw, const struct demo_person *person, char letter, struct session *s)
{
	const struct demo_term *term = demo_term(person->is_fall);
	const bool is_term = s->day >= term->first_day && s->day < term->end_day;

	if (!draw_chance(draw, TAG_PPM))
		return;
	if (person->course && is_term)
		(void)snprintf(s->tag, TAG_SIZE, "%c-course%u", letter, person->course);
	else if (person->lab)
		(void)snprintf(s->tag, TAG_SIZE, "%c-lab%u", letter, person->lab);
}

static void put_person(const struct demo_world *world, struct session_listings *listings,
	unsigned institution, unsigned number, unsigned day)
{
	const struct demo_institution *home = &demo_institutions[institution];
	const struct demo_person person = demo_person(world, institution, number);
	struct draw draw =
		draw_for(world->seed, DRAW_SESSION, institution, (uint64_t)day * 1000000 + number);
	struct session s = {.institution = institution,
		.day = day,
		.first_slot = day * DEMO_SLOTS_IN_A_DAY + home->first_slot};
	const bool is_certain = institution == DEMO_NORTH && number <= DEMO_LATE_PARTS &&
				calendar_day_of_month(day) == LATE_DAY;

	if (!draw_chance(&draw, world->scale->active_ppm) && !is_certain)
		return;
	if (person.is_visiting && draw_chance(&draw, 500000)) {
		if (day + 1 == DEMO_DAYS)
			return;
		s.institution = DEMO_NORTH;
		s.first_slot = day * DEMO_SLOTS_IN_A_DAY + VISITING_SLOT;
	}
	draw_session(world, &draw, &s);
	if (s.institution == institution)
		draw_tag(&draw, &person, home->letter, &s);
	if (is_certain) {
		s.late = 1;
		s.part = number - 1;
	}
	(void)snprintf(s.workload, NAME_SIZE, "%c%04u-%03u", home->letter, number, day);
	(void)snprintf(s.username, NAME_SIZE, "%c%04u", home->letter, number);
	if (is_observed(&s))
		put(listing_of(listings, &s), &s);
}

/* Names that are nobody's: a guest by e-mail, a service, and one that nothing is known of. */
static void put_strangers(
	const struct demo_world *world, struct session_listings *listings, unsigned day)
{
	static const struct {
		unsigned institution;
		const char *username;
	} strangers[] = {
		{DEMO_SOUTH, "guest@west.demo.example"},
		{DEMO_SOUTH, "monitor"},
		{DEMO_NORTH, "visitor"},
	};

	for (unsigned k = 0; k < LENGTH_OF(strangers); k++) {
		struct draw draw = draw_for(world->seed, DRAW_SESSION, DEMO_INSTITUTIONS + k, day);
		struct session s = {.institution = strangers[k].institution,
			.day = day,
			.first_slot = day * DEMO_SLOTS_IN_A_DAY +
				      demo_institutions[strangers[k].institution].first_slot};

		if (!draw_chance(&draw, world->scale->active_ppm))
			continue;
		draw_session(world, &draw, &s);
		(void)snprintf(s.workload, NAME_SIZE, "stranger%u-%03u", k, day);
		(void)snprintf(s.username, NAME_SIZE, "%s", strangers[k].username);
		if (is_observed(&s))
			put(listing_of(listings, &s), &s);
	}
}

/* The first lab of each institution keeps its data on the first machine. */
static void put_storage(
	const struct demo_world *world, struct session_listings *listings, unsigned day)
{
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++) {
		const struct demo_institution *one = &demo_institutions[i];
		const unsigned first_slot = day * DEMO_SLOTS_IN_A_DAY + one->first_slot;
		struct draw draw = draw_for(world->seed, DRAW_STORAGE, i, day);
		char first[INSTANT_SIZE], end[INSTANT_SIZE];

		listing_line(&listings->on_time[calendar_month(day) - 1],
			"%s,cloud-1,home-%c0001,storage,%c0001,,%c-lab1,cloud,%s,%s,,,,,,%" PRIu64
			",",
			one->code, one->letter, one->letter, one->letter,
			instant_format(calendar_usec(first_slot, 0), first),
			instant_format(calendar_usec(first_slot + 24, 0), end),
			draw_between(&draw, 1000, 4000) * 24 * 900);
	}
}

void session_put_all(const struct demo_world *world, struct session_listings *listings)
{
	for (unsigned month = 0; month < DEMO_MONTHS; month++) {
		put_header(&listings->on_time[month]);
		for (unsigned part = 0; part < DEMO_LATE_PARTS && month + 1 < DEMO_MONTHS; part++)
			put_header(&listings->late[month][part]);
	}
	for (unsigned day = 0; day < DEMO_DAYS; day++) {
		if (!demo_is_busy(world, day))
			continue;
		for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++)
			for (unsigned n = 1; n <= world->scale->n_people[i]; n++)
				put_person(world, listings, i, n, day);
		put_strangers(world, listings, day);
		put_storage(world, listings, day);
	}
}

void session_listings_init(struct session_listings *listings)
{
	for (unsigned month = 0; month < DEMO_MONTHS; month++) {
		listings->on_time[month] = (struct listing)LISTING_INIT;
		for (unsigned part = 0; part < DEMO_LATE_PARTS; part++)
			listings->late[month][part] = (struct listing)LISTING_INIT;
	}
}

void session_listings_release(struct session_listings *listings)
{
	for (unsigned month = 0; month < DEMO_MONTHS; month++) {
		listing_release(&listings->on_time[month]);
		for (unsigned part = 0; part < DEMO_LATE_PARTS; part++)
			listing_release(&listings->late[month][part]);
	}
}

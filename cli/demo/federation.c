/* The order of the table is the order in which files need each other. */
#include "cli/demo/federation.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/demo/bill.h"
#include "cli/demo/calendar.h"
#include "cli/demo/money.h"
#include "cli/demo/people.h"
#include "cli/demo/session.h"

#define NAME_SIZE 64

#define NODES_FILE	     "nodes.csv"
#define LATE_AMENDMENTS_FILE "late-2025-08-amendments.csv"
#define RESTATED_FILE	     "late-2025-05-bill-demo-south.csv"
#define AMENDED_AFTER	     8u
#define RESTATED_AFTER	     5u
#define RESTATED_MONTH	     4u

static const struct {
	const char *kind;
	void (*put)(const struct demo_world *world, struct listing *listing);
} tables[] = {
	{"org", people_put_org},
	{"people", people_put_people},
	{"memberships", people_put_memberships},
	{"groups", people_put_groups},
	{"members", people_put_members},
	{"domains", people_put_domains},
	{"settlements", people_put_settlements},
	{"service-accounts", people_put_service_accounts},
	{"prices", money_put_prices},
	{"customers", money_put_customers},
	{"rate-studies", money_put_rate_studies},
	{"fees", money_put_fees},
	{"chart-segments", money_put_chart_segments},
	{"funds", money_put_funds},
	{"amendments", money_put_amendments},
	{"plans", money_put_plans},
	{"assignments", money_put_assignments},
	{"caps", money_put_caps},
	{"budgets", money_put_budgets},
	{"thresholds", money_put_thresholds},
	{"closing", money_put_closing},
	{"bill-rules", bill_put_rules},
	{"bill-policies", bill_put_policies},
};

#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

static const char *table_file(size_t i, char buffer[NAME_SIZE])
{
	(void)snprintf(buffer, NAME_SIZE, "%s.csv", tables[i].kind);
	return buffer;
}

static const char *bill_file(unsigned institution, unsigned month, char buffer[NAME_SIZE])
{
	(void)snprintf(buffer, NAME_SIZE, "bill-%u-%02u-%s.csv", DEMO_YEAR, month,
		demo_institutions[institution].code);
	return buffer;
}

static const char *usage_file(unsigned month, char buffer[NAME_SIZE])
{
	(void)snprintf(buffer, NAME_SIZE, "usage-%u-%02u.csv", DEMO_YEAR, month);
	return buffer;
}

static const char *late_file(unsigned month, unsigned part, char buffer[NAME_SIZE])
{
	(void)snprintf(buffer, NAME_SIZE, "late-%u-%02u-usage-%u.csv", DEMO_YEAR, month, part + 1);
	return buffer;
}

/* --- steps --- */

static int late_steps(federation_step_fn *step, void *context, unsigned month)
{
	struct federation_step late = {.act = FEDERATION_USAGE, .month = month, .is_late = true};
	char name[NAME_SIZE];
	int r = 0;

	for (unsigned part = 0; part < DEMO_LATE_PARTS && r == 0; part++) {
		late.file = late_file(month, part, name);
		r = step(context, &late);
	}
	if (r == 0 && month == RESTATED_AFTER) {
		late.act = FEDERATION_BILL;
		late.file = RESTATED_FILE;
		late.institution = demo_institutions[DEMO_SOUTH].code;
		r = step(context, &late);
	}
	if (r == 0 && month == AMENDED_AFTER) {
		late.act = FEDERATION_IMPORT;
		late.kind = "amendments";
		late.file = LATE_AMENDMENTS_FILE;
		r = step(context, &late);
	}
	return r;
}

static int month_steps(federation_step_fn *step, void *context, unsigned month)
{
	char name[NAME_SIZE];
	int r = step(context,
		&(struct federation_step){
			.act = FEDERATION_USAGE, .file = usage_file(month, name), .month = month});

	for (unsigned i = 0; i < DEMO_INSTITUTIONS && r == 0; i++)
		r = step(context, &(struct federation_step){.act = FEDERATION_BILL,
					  .file = bill_file(i, month, name),
					  .institution = demo_institutions[i].code,
					  .month = month});
	return r;
}

int federation_steps(federation_step_fn *step, void *context)
{
	char name[NAME_SIZE];
	/* First, so that no import wonders what nobody has seen yet. */
	int r = step(
		context, &(struct federation_step){.act = FEDERATION_NODES, .file = NODES_FILE});

	for (size_t i = 0; i < N_TABLES && r == 0; i++)
		r = step(context, &(struct federation_step){.act = FEDERATION_IMPORT,
					  .kind = tables[i].kind,
					  .file = table_file(i, name)});
	for (unsigned month = 1; month <= DEMO_MONTHS && r == 0; month++) {
		r = month_steps(step, context, month);
		if (r == 0 && month < DEMO_MONTHS)
			r = late_steps(step, context, month);
	}
	return r;
}

/* --- files --- */

static int write_one(const struct demo_world *world, const struct listing_sink *sink,
	const char *name, void (*put)(const struct demo_world *world, struct listing *listing))
{
	struct listing listing = LISTING_INIT;

	put(world, &listing);
	return listing_give(&listing, sink, name);
}

static int write_bill(const struct demo_world *world, const struct listing_sink *sink,
	unsigned institution, unsigned month)
{
	struct listing listing = LISTING_INIT;
	char name[NAME_SIZE];

	bill_put(world, &listing, institution, month, false);
	return listing_give(&listing, sink, bill_file(institution, month, name));
}

static int write_restated(const struct demo_world *world, const struct listing_sink *sink)
{
	struct listing listing = LISTING_INIT;

	bill_put(world, &listing, DEMO_SOUTH, RESTATED_MONTH, true);
	return listing_give(&listing, sink, RESTATED_FILE);
}

static int write_sessions(const struct demo_world *world, const struct listing_sink *sink)
{
	struct session_listings listings;
	char name[NAME_SIZE];
	int r = 0;

	session_listings_init(&listings);
	session_put_all(world, &listings);
	for (unsigned month = 1; month <= DEMO_MONTHS && r == 0; month++) {
		r = listing_give(&listings.on_time[month - 1], sink, usage_file(month, name));
		for (unsigned part = 0; part < DEMO_LATE_PARTS && r == 0 && month < DEMO_MONTHS;
			part++)
			r = listing_give(&listings.late[month - 1][part], sink,
				late_file(month, part, name));
	}
	session_listings_release(&listings);
	return r;
}

struct readme {
	struct listing listing;
	unsigned month; /* of the step before */
	bool is_late;
};

static int put_step(void *context, const struct federation_step *step)
{
	struct readme *readme = context;
	struct listing *listing = &readme->listing;

	if (step->month != readme->month || step->is_late != readme->is_late)
		listing_line(listing, "\nWhen %s %u-%02u:\n",
			step->is_late ? "all three closed" : "it is the end of", DEMO_YEAR,
			step->month);
	readme->month = step->month;
	readme->is_late = step->is_late;
	switch (step->act) {
	case FEDERATION_IMPORT:
		listing_line(listing, "  hubmeter import %s %s", step->kind, step->file);
		break;
	case FEDERATION_BILL:
		listing_line(listing, "  hubmeter bill import %s --institution %s", step->file,
			step->institution);
		break;
	case FEDERATION_NODES:
		listing_line(listing, "  hubmeter demo nodes %s", step->file);
		break;
	case FEDERATION_USAGE:
		listing_line(listing, "  hubmeter demo usage %s", step->file);
		break;
	}
	return listing_end(listing);
}

static void put_introduction(const struct demo_world *world, struct listing *listing)
{
	listing_line(listing,
		"A federation that does not exist: three institutions in the year %u,", DEMO_YEAR);
	listing_line(listing, "of seed %" PRIu64 " and scale %s. Every name and figure is drawn.\n",
		world->seed, world->scale->name);
	listing_line(listing,
		"These commands bring it into an empty database, in this order. \"hubmeter demo load .\"\n"
		"does all of them at once but for those that wait for a month to close.\n");
}

static void put_closing(struct listing *listing)
{
	listing_line(listing,
		"\nIn between, for each institution and month, in order; begin and finish by two\n"
		"logins that are members of hm_controller. Reviews last no day here.\n\n"
		"  hubmeter rate\n"
		"  hubmeter close check --institution demo-north --month %u-01\n"
		"  hubmeter close waive suspense --institution demo-north --month %u-01 --reason "
		"TEXT\n"
		"  hubmeter close begin --institution demo-north --month %u-01\n"
		"  hubmeter close finish --institution demo-north --month %u-01\n"
		"  hubmeter journal export DEMO%u010001 --institution demo-north\n\n"
		"Usage files are in the format of hubmeter-usage(5). Known gaps in what was\n"
		"observed: rack-1 of demo-north on %u-03-01, cloud-1 of demo-south on %u-08-15.",
		DEMO_YEAR, DEMO_YEAR, DEMO_YEAR, DEMO_YEAR, DEMO_YEAR, DEMO_YEAR, DEMO_YEAR);
}

static int write_readme(const struct demo_world *world, const struct listing_sink *sink)
{
	struct readme readme = {.listing = LISTING_INIT};
	int r;

	put_introduction(world, &readme.listing);
	r = federation_steps(put_step, &readme);
	put_closing(&readme.listing);
	if (r < 0) {
		listing_release(&readme.listing);
		return r;
	}
	return listing_give(&readme.listing, sink, "README.txt");
}

int federation_write(const struct demo_world *world, const struct listing_sink *sink)
{
	char name[NAME_SIZE];
	int r = 0;

	for (size_t i = 0; i < N_TABLES && r == 0; i++)
		r = write_one(world, sink, table_file(i, name), tables[i].put);
	if (r == 0)
		r = write_one(world, sink, NODES_FILE, session_put_nodes);
	for (unsigned month = 1; month <= DEMO_MONTHS; month++)
		for (unsigned i = 0; i < DEMO_INSTITUTIONS && r == 0; i++)
			r = write_bill(world, sink, i, month);
	if (r == 0)
		r = write_sessions(world, sink);
	if (r == 0)
		r = write_one(world, sink, LATE_AMENDMENTS_FILE, money_put_late_amendments);
	if (r == 0)
		r = write_restated(world, sink);
	return r < 0 ? r : write_readme(world, sink);
}

/*
 * Each lab has four grants, of the kinds that pay in turn: a federal and a sponsored award side by
 * side, a gift that may be overdrawn, then the department; and a prepaid fund for somebody of its
 * own. Departments pay from their operating funds, and what comes too late is written off.
 */
#include "cli/demo/money.h"

#include <stdio.h>

#include "cli/demo/draw.h"

enum grant { GRANT_FEDERAL, GRANT_SPONSORED, GRANT_GIFT, GRANT_PREPAID, GRANT_COUNT };

static const struct {
	const char *code, *kind, *name;
} grants[GRANT_COUNT] = {
	{"fed", "federal", "Federal award"},
	{"spo", "sponsored", "Sponsored award"},
	{"gift", "gift", "Gift"},
	{"pre", "prepaid", "Prepaid"},
};

#define CHART_SIZE 32

#define EVERY_LAB(i, lab)                                                                          \
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++)                                           \
		for (unsigned lab = 1; lab <= world->scale->n_labs[i]; lab++)

#define EVERY_UNIT(i, unit)                                                                        \
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++)                                           \
		for (unsigned unit = 1; unit <= world->scale->n_units[i]; unit++)

/* As each institution writes it. */
static const char *chart(
	unsigned institution, unsigned fund, unsigned unit, char buffer[CHART_SIZE])
{
	switch (institution) {
	case DEMO_NORTH:
		(void)snprintf(buffer, CHART_SIZE, "%05u-N%02u", fund, unit);
		break;
	case DEMO_SOUTH:
		(void)snprintf(buffer, CHART_SIZE, "U1.%05u.S%02u", fund, unit);
		break;
	default:
		(void)snprintf(buffer, CHART_SIZE, "W%02u-%05u", unit, fund);
	}
	return buffer;
}

static unsigned award_cents(
	const struct demo_world *world, unsigned institution, unsigned lab, enum grant grant)
{
	struct draw draw =
		draw_for(world->seed, DRAW_AWARD, institution, (uint64_t)lab * GRANT_COUNT + grant);
	const unsigned least = world->scale->award_cents;

	return (unsigned)draw_between(&draw, least, 4ul * least);
}

/* The person with money of their own, after the leaders of the labs. */
static unsigned owner_of_prepaid(const struct demo_world *world, unsigned institution, unsigned lab)
{
	return world->scale->n_labs[institution] + lab;
}

void money_put_prices(const struct demo_world *world, struct listing *listing)
{
	static const struct {
		const char *resource, *rate, *next_rate, *market_rate;
	} prices[] = {
		{"cpu", "0.05", "0.0525", "0.096"},
		{"memory", "0.01", "0.0097", "0.013"},
		{"gpu", "1.8", "1.75", "3.06"},
		{"storage", "0.00004", "0.00004", "0.00011"},
		{"net_tx", "0", "0", "0.09"},
	};

	(void)world;
	listing_line(listing,
		"institution,resource,class,rate,market_rate,valid_from,valid_to,rate_class");
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++) {
		const char *code = demo_institutions[i].code;

		for (unsigned k = 0; k < sizeof(prices) / sizeof(prices[0]); k++) {
			listing_line(listing, "%s,%s,,%s,%s,2024-01-01,%s,internal", code,
				prices[k].resource, prices[k].rate, prices[k].market_rate,
				DEMO_REORGANISED_ON);
			listing_line(listing, "%s,%s,,%s,%s,%s,,internal", code, prices[k].resource,
				prices[k].next_rate, prices[k].market_rate, DEMO_REORGANISED_ON);
			/* The bill says what these cost. */
			listing_line(listing, "%s,%s,cloud,0,%s,2024-01-01,,internal", code,
				prices[k].resource, prices[k].market_rate);
		}
	}
	listing_line(listing, "demo-north,cpu,,0.08,,2024-01-01,,external academic");
	listing_line(listing, "demo-north,cpu,cloud,0,,2024-01-01,,external academic");
}

void money_put_customers(const struct demo_world *world, struct listing *listing)
{
	(void)world;
	listing_line(listing, "provider,institution,rate_class,valid_from,valid_to");
	listing_line(listing, "demo-north,demo-west,external academic,2024-01-01,");
}

void money_put_rate_studies(const struct demo_world *world, struct listing *listing)
{
	(void)world;
	listing_line(listing,
		"institution,resource,class,period_start,period_end,cost_pool,carried_"
		"over,projected_units");
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++)
		listing_line(listing, "%s,cpu,,2025-01-01,2026-01-01,45000,5000,1000000",
			demo_institutions[i].code);
}

void money_put_fees(const struct demo_world *world, struct listing *listing)
{
	(void)world;
	listing_line(listing, "institution,fee,kind,name,unit,annual_fee,included_users,hubs,tiers,"
			      "first_month,last_month");
	listing_line(listing,
		"demo-south,hub,active users,Hub,s01,,5,demo-south,0:2 100:1.5,2025-01,"
		"2025-12");
	listing_line(listing, "demo-west,core,membership,Core,w01,1000,,,,2025-01,2025-12");
}

void money_put_chart_segments(const struct demo_world *world, struct listing *listing)
{
	(void)world;
	listing_line(listing, "institution,position,segment,pattern,separator,optional");
	listing_line(listing, "demo-north,1,fund,[0-9]{5},,no");
	listing_line(listing, "demo-north,2,org,N[0-9]{2},-,no");
	listing_line(listing, "demo-south,1,chart,U[0-9],,no");
	listing_line(listing, "demo-south,2,fund,[0-9]{5},.,no");
	listing_line(listing, "demo-south,3,org,S[0-9]{2},.,no");
	listing_line(listing, "demo-west,1,org,W[0-9]{2},,no");
	listing_line(listing, "demo-west,2,fund,[0-9]{5},-,no");
	listing_line(listing, "demo-west,3,project,[A-Z0-9]+,-,yes");
}

/* The first lab's sponsored award ends in summer, unless it is extended; the second one's federal
 * award does end. */
static const char *award_ends(unsigned lab, enum grant grant)
{
	if (grant > GRANT_SPONSORED)
		return "";
	if (lab == 1 && grant == GRANT_SPONSORED)
		return "2025-06-30";
	return lab == 2 && grant == GRANT_FEDERAL ? "2025-09-30" : "2027-06-30";
}

static void put_grant(const struct demo_world *world, struct listing *listing, unsigned institution,
	unsigned lab, enum grant grant)
{
	const struct demo_institution *one = &demo_institutions[institution];
	const unsigned cents = award_cents(world, institution, lab, grant);
	char buffer[CHART_SIZE];

	listing_line(listing, "%s,%s-%c%u,%s %c%u,%s,%s%s,%s,%s,%u.%02u,%s", one->code,
		grants[grant].code, one->letter, lab, grants[grant].name, one->letter, lab,
		grants[grant].kind,
		chart(institution, 50000 + 10 * lab + grant, demo_lab_unit(world, institution, lab),
			buffer),
		institution == DEMO_WEST && grant <= GRANT_SPONSORED ? "-A1" : "",
		grant <= GRANT_SPONSORED ? "2024-07-01" : "", award_ends(lab, grant), cents / 100,
		cents % 100, grant == GRANT_GIFT ? "5.00" : "");
}

void money_put_funds(const struct demo_world *world, struct listing *listing)
{
	char buffer[CHART_SIZE];

	listing_line(listing, "institution,fund,name,kind,chart_string,start,end,amount,overdraw");
	EVERY_UNIT(i, unit)
	listing_line(listing, "%s,op-%c%02u,Operating %c%02u,operating,%s,,,,",
		demo_institutions[i].code, demo_institutions[i].letter, unit,
		demo_institutions[i].letter, unit, chart(i, 10000 + unit, unit, buffer));
	EVERY_LAB(i, lab)
	for (enum grant grant = 0; grant < GRANT_COUNT; grant++)
		put_grant(world, listing, i, lab, grant);
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++)
		listing_line(listing, "%s,write-off,Written off,write-off,%s,,,,",
			demo_institutions[i].code, chart(i, 19900, 1, buffer));
}

void money_put_amendments(const struct demo_world *world, struct listing *listing)
{
	listing_line(listing, "institution,fund,kind,amount,start,end,last_posting,effective,"
			      "reference");
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++) {
		const char *code = demo_institutions[i].code;
		const char letter = demo_institutions[i].letter;
		const unsigned units = award_cents(world, i, 1, GRANT_FEDERAL) / 200;

		listing_line(listing, "%s,fed-%c1,increment,%u.50,,,,2025-04-01,MOD-1", code,
			letter, units);
		listing_line(listing, "%s,fed-%c1,de-obligation,-1.25,,,,2025-10-01,MOD-2", code,
			letter);
		listing_line(listing, "%s,gift-%c1,transfer,-2.00,,,,2025-03-01,T-1", code, letter);
		listing_line(listing, "%s,pre-%c1,transfer,2.00,,,,2025-03-01,T-1", code, letter);
	}
	listing_line(listing, "demo-north,pre-n1,carry-over,3.00,,,,2025-07-01,FY26");
}

void money_put_late_amendments(const struct demo_world *world, struct listing *listing)
{
	(void)world;
	listing_line(listing, "institution,fund,kind,amount,start,end,last_posting,effective,"
			      "reference");
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++)
		listing_line(listing, "%s,spo-%c1,extension,,,2025-12-31,,2025-07-01,NCE-1",
			demo_institutions[i].code, demo_institutions[i].letter);
}

static void put_lab_plan(const struct demo_world *world, struct listing *listing, unsigned i,
	unsigned lab, const char *since, unsigned federal_ppm)
{
	const char *code = demo_institutions[i].code;
	const char letter = demo_institutions[i].letter;

	listing_line(listing, "%s,%c-lab%u,%s,1,1,fed-%c%u,%u,,,,%s,by effort,ada,bob", code,
		letter, lab, since, letter, lab, federal_ppm, i == DEMO_WEST ? "deny" : "spill");
	listing_line(listing, "%s,%c-lab%u,%s,1,2,spo-%c%u,%u,,,,spill,,,", code, letter, lab,
		since, letter, lab, 1000000 - federal_ppm);
	listing_line(listing, "%s,%c-lab%u,%s,2,1,gift-%c%u,1000000,,,,overdraw,,,", code, letter,
		lab, since, letter, lab);
	listing_line(listing, "%s,%c-lab%u,%s,3,1,op-%c%02u,1000000,,,,,,,", code, letter, lab,
		since, letter, demo_lab_unit(world, i, lab));
}

void money_put_plans(const struct demo_world *world, struct listing *listing)
{
	listing_line(listing, "institution,plan,valid_from,tier,leg,fund,weight_ppm,cap,cap_window,"
			      "only_classes,on_exhaust,basis,author,approver");
	EVERY_UNIT(i, unit)
	listing_line(listing,
		"%s,dept-%c%02u,2024-01-01,1,1,op-%c%02u,1000000,,,,,operating,ada,bob",
		demo_institutions[i].code, demo_institutions[i].letter, unit,
		demo_institutions[i].letter, unit);
	EVERY_LAB(i, lab)
	{
		const char *code = demo_institutions[i].code;
		const char letter = demo_institutions[i].letter;

		put_lab_plan(world, listing, i, lab, "2024-01-01", 600000);
		if (lab == 1)
			put_lab_plan(world, listing, i, lab, DEMO_REORGANISED_ON, 333333);
		listing_line(listing,
			"%s,own-%c%u,2024-01-01,1,1,pre-%c%u,1000000,2.50,month,(none),spill,own "
			"money,ada,bob",
			code, letter, lab, letter, lab);
		listing_line(listing, "%s,own-%c%u,2024-01-01,2,1,op-%c%02u,1000000,,,,,,,", code,
			letter, lab, letter, demo_lab_unit(world, i, lab));
	}
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++)
		listing_line(listing,
			"%s,late,2024-01-01,1,1,write-off,1000000,,,,,came too late,ada,bob",
			demo_institutions[i].code);
}

void money_put_assignments(const struct demo_world *world, struct listing *listing)
{
	listing_line(listing, "institution,plan,scope,code");
	EVERY_UNIT(i, unit)
	listing_line(listing, "%s,dept-%c%02u,unit,%c%02u", demo_institutions[i].code,
		demo_institutions[i].letter, unit, demo_institutions[i].letter, unit);
	EVERY_LAB(i, lab)
	{
		const struct demo_institution *one = &demo_institutions[i];

		listing_line(listing, "%s,%c-lab%u,group,%c-lab%u", one->code, one->letter, lab,
			one->letter, lab);
		listing_line(listing, "%s,own-%c%u,person,%c%04u", one->code, one->letter, lab,
			one->letter, owner_of_prepaid(world, i, lab));
	}
}

void money_put_caps(const struct demo_world *world, struct listing *listing)
{
	const unsigned cents = world->scale->award_cents;

	listing_line(listing, "institution,scope,code,amount,window,overdraw,valid_from,valid_to");
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++) {
		const struct demo_institution *one = &demo_institutions[i];

		listing_line(listing, "%s,fund,gift-%c1,%u.%02u,month,,,", one->code, one->letter,
			cents / 400, cents / 4 % 100);
		listing_line(listing, "%s,plan,%c-lab1,%u.00,fiscal_year,,,", one->code,
			one->letter, cents / 50);
		listing_line(listing, "%s,person,%c0001,%u.%02u,month,0.50,2025-02-01,2025-11-01",
			one->code, one->letter, cents / 300, cents / 3 % 100);
	}
}

static void put_budgets(const struct demo_world *world, struct listing *listing,
	unsigned institution, unsigned year)
{
	const struct demo_institution *one = &demo_institutions[institution];
	const unsigned n_units = world->scale->n_units[institution];
	const unsigned units = world->scale->budget_units;

	for (unsigned unit = 1; unit <= n_units; unit++) {
		const bool has_parent = demo_college(world, institution, unit, true);

		listing_line(listing, "%s,%c%02u,%u,%u.00,provost", one->code, one->letter, unit,
			year, has_parent ? units : units * (n_units + 1));
	}
}

void money_put_budgets(const struct demo_world *world, struct listing *listing)
{
	listing_line(listing, "institution,unit,fiscal_year,amount,delegated_by");
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++) {
		put_budgets(world, listing, i, 2025);
		if (demo_institutions[i].fiscal_year_start > 1)
			put_budgets(world, listing, i, 2026);
	}
}

void money_put_thresholds(const struct demo_world *world, struct listing *listing)
{
	static const unsigned percents[] = {75, 90, 100};

	(void)world;
	listing_line(listing, "institution,percent");
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++)
		for (unsigned k = 0; k < sizeof(percents) / sizeof(percents[0]); k++)
			listing_line(listing, "%s,%u", demo_institutions[i].code, percents[k]);
}

void money_put_closing(const struct demo_world *world, struct listing *listing)
{
	char recovery[CHART_SIZE], due_from[CHART_SIZE], due_to[CHART_SIZE], suspense[CHART_SIZE];

	(void)world;
	listing_line(listing,
		"institution,review_days,late_months,late_plan,recovery,due_from,due_to,"
		"suspense");
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++)
		listing_line(listing, "%s,0,2,late,%s,%s,%s,%s", demo_institutions[i].code,
			chart(i, 11900, 0, recovery), chart(i, 11910, 0, due_from),
			chart(i, 11920, 0, due_to), chart(i, 11990, 0, suspense));
}

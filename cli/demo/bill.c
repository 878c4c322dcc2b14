/* As FOCUS has it, with more decimals than a currency has, a credit, a tax and shared costs. */
#include "cli/demo/bill.h"

#include <inttypes.h>

#include "cli/demo/calendar.h"
#include "cli/demo/draw.h"
#include "common/instant.h"

#define SHARED_DAY 14u /* of the month, from 0 */

void bill_put_rules(const struct demo_world *world, struct listing *listing)
{
	(void)world;
	listing_line(listing, "institution,service,category,hub,component,class,provisioned_gib");
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++) {
		const char *code = demo_institutions[i].code;

		listing_line(listing, "%s,Machines,Usage,%s,compute,cloud,", code, code);
		listing_line(listing, "%s,Disks,Usage,%s,storage,,200", code, code);
		listing_line(listing, "%s,Transfer,Usage,%s,network,,", code, code);
		listing_line(listing, "%s,Kube*,Usage,,core,,", code);
		listing_line(listing, "%s,Support,,,support,,", code);
		listing_line(listing, "%s,,Credit,,credit,,", code);
		listing_line(listing, "%s,,Tax,,tax,,", code);
	}
}

void bill_put_policies(const struct demo_world *world, struct listing *listing)
{
	(void)world;
	listing_line(listing, "institution,component,policy,unit,ppm");
	listing_line(listing, "demo-north,idle,line,,");
	listing_line(listing, "demo-north,support,direct,,");
	listing_line(listing, "demo-south,idle,line,,");
	listing_line(listing, "demo-south,support,even,,");
	listing_line(listing, "demo-west,idle,spread,,");
	listing_line(listing, "demo-west,support,fixed,w01,700000");
	listing_line(listing, "demo-west,support,fixed,w02,300000");
}

struct charge {
	unsigned institution, month;
	unsigned first_slot, last_slot; /* the latter exclusive */
	const char *service, *category, *sign;
	uint64_t cents;
};

static void put_charge(struct listing *listing, const struct charge *charge, struct draw *draw)
{
	char begins[INSTANT_SIZE], ends[INSTANT_SIZE], first[INSTANT_SIZE], last[INSTANT_SIZE];
	const char *letter = &demo_institutions[charge->institution].letter;

	listing_line(listing,
		"%s%" PRIu64 ".%02" PRIu64 "%09" PRIu64 ",4711-%c,USD,%s,%s,%s,%s,%s,Cloud,%s,{}",
		charge->sign, charge->cents / 100, charge->cents % 100,
		draw_below(draw, 1000000000), *letter,
		instant_format(
			calendar_usec(calendar_first_day(charge->month) * DEMO_SLOTS_IN_A_DAY, 0),
			begins),
		instant_format(
			calendar_usec(
				calendar_first_day(charge->month + 1) * DEMO_SLOTS_IN_A_DAY, 0),
			ends),
		instant_format(calendar_usec(charge->first_slot, 0), first),
		instant_format(calendar_usec(charge->last_slot, 0), last), charge->category,
		charge->service);
}

/* A line for each day on which there is usage. */
static void put_machines(const struct demo_world *world, struct listing *listing,
	struct charge charge, struct draw *draw)
{
	const unsigned first = calendar_first_day(charge.month);

	for (unsigned day = first; day < calendar_first_day(charge.month + 1); day++) {
		if (!demo_is_busy(world, day))
			continue;
		charge.first_slot = day ? day * DEMO_SLOTS_IN_A_DAY : DEMO_FIRST_SLOT;
		charge.last_slot = (day + 1) * DEMO_SLOTS_IN_A_DAY;
		charge.cents = draw_between(
			draw, world->scale->bill_cents, 2ul * world->scale->bill_cents);
		put_charge(listing, &charge, draw);
	}
}

/* What is stated by the month; where few days have usage, for one of them. */
static void set_period(const struct demo_world *world, struct charge *charge)
{
	const unsigned first = calendar_first_day(charge->month);
	const unsigned end = calendar_first_day(charge->month + 1);

	charge->first_slot = first * DEMO_SLOTS_IN_A_DAY;
	charge->last_slot = end * DEMO_SLOTS_IN_A_DAY;
	if (!world->scale->is_every_day) {
		charge->first_slot += SHARED_DAY * DEMO_SLOTS_IN_A_DAY;
		charge->last_slot = charge->first_slot + DEMO_SLOTS_IN_A_DAY;
	}
	if (charge->first_slot < DEMO_FIRST_SLOT)
		charge->first_slot = DEMO_FIRST_SLOT;
}

void bill_put(const struct demo_world *world, struct listing *listing, unsigned institution,
	unsigned month, bool is_restated)
{
	static const struct {
		const char *service, *category, *sign;
		unsigned parts; /* of what machines cost at least */
	} shared[] = {
		{"Disks", "Usage", "", 4},
		{"Transfer", "Usage", "", 8},
		{"Kubernetes", "Usage", "", 3},
		{"Discount", "Credit", "-", 10},
		{"Sales tax", "Tax", "", 20},
		{"Support", "Purchase", "", 5},
	};
	struct draw draw = draw_for(world->seed, DRAW_BILL, institution, month);
	struct charge charge = {.institution = institution,
		.month = month,
		.service = "Machines",
		.category = "Usage",
		.sign = ""};

	listing_line(listing, "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodStart,"
			      "BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,"
			      "InvoiceIssuerName,ServiceName,Tags");
	put_machines(world, listing, charge, &draw);
	set_period(world, &charge);
	for (unsigned i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		charge.service = shared[i].service;
		charge.category = shared[i].category;
		charge.sign = shared[i].sign;
		charge.cents = world->scale->bill_cents / shared[i].parts + draw_below(&draw, 100);
		if (is_restated && i == 5)
			charge.cents += 123;
		put_charge(listing, &charge, &draw);
	}
}

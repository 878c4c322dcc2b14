/* Files about prices, funds, plans, limits and budgets, and how months close. Pure. */
#ifndef CLI_DEMO_MONEY_H
#define CLI_DEMO_MONEY_H

#include "cli/demo/listing.h"
#include "cli/demo/world.h"

void money_put_prices(const struct demo_world *world, struct listing *listing);
void money_put_customers(const struct demo_world *world, struct listing *listing);
void money_put_rate_studies(const struct demo_world *world, struct listing *listing);
void money_put_fees(const struct demo_world *world, struct listing *listing);
void money_put_chart_segments(const struct demo_world *world, struct listing *listing);
void money_put_funds(const struct demo_world *world, struct listing *listing);
void money_put_amendments(const struct demo_world *world, struct listing *listing);
void money_put_plans(const struct demo_world *world, struct listing *listing);
void money_put_assignments(const struct demo_world *world, struct listing *listing);
void money_put_caps(const struct demo_world *world, struct listing *listing);
void money_put_budgets(const struct demo_world *world, struct listing *listing);
void money_put_thresholds(const struct demo_world *world, struct listing *listing);
void money_put_closing(const struct demo_world *world, struct listing *listing);

/* The extension that was signed late: it is delivered when two of its months are closed. */
void money_put_late_amendments(const struct demo_world *world, struct listing *listing);

#endif

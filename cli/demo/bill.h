/* Files about bills: rules, policies, and a cloud's bill of each institution and month. Pure. */
#ifndef CLI_DEMO_BILL_H
#define CLI_DEMO_BILL_H

#include <stdbool.h>

#include "cli/demo/listing.h"
#include "cli/demo/world.h"

void bill_put_rules(const struct demo_world *world, struct listing *listing);
void bill_put_policies(const struct demo_world *world, struct listing *listing);

/* The bill of @month, or that bill as it was stated again, with another amount of support. */
void bill_put(const struct demo_world *world, struct listing *listing, unsigned institution,
	unsigned month, bool is_restated);

#endif

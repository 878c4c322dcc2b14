/* Files about institutions, departments, people and groups. Pure. */
#ifndef CLI_DEMO_PEOPLE_H
#define CLI_DEMO_PEOPLE_H

#include "cli/demo/listing.h"
#include "cli/demo/world.h"

void people_put_org(const struct demo_world *world, struct listing *listing);
void people_put_people(const struct demo_world *world, struct listing *listing);
void people_put_memberships(const struct demo_world *world, struct listing *listing);
void people_put_groups(const struct demo_world *world, struct listing *listing);
void people_put_members(const struct demo_world *world, struct listing *listing);
void people_put_domains(const struct demo_world *world, struct listing *listing);
void people_put_settlements(const struct demo_world *world, struct listing *listing);
void people_put_service_accounts(const struct demo_world *world, struct listing *listing);

#endif

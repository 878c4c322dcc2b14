/*
 * The demonstration as files, and the steps that bring them into a database. Pure but for the sink.
 *
 * The same seed and scale are the same bytes on every machine. The steps are the same at all
 * scales.
 */
#ifndef CLI_DEMO_FEDERATION_H
#define CLI_DEMO_FEDERATION_H

#include "cli/demo/listing.h"
#include "cli/demo/world.h"

/* Give every file to @sink, README.txt last. 0 or what the sink, or memory, said. */
int federation_write(const struct demo_world *world, const struct listing_sink *sink);

/* What is done with a file. */
enum federation_act { FEDERATION_IMPORT, FEDERATION_BILL, FEDERATION_NODES, FEDERATION_USAGE };

struct federation_step {
	enum federation_act act;
	const char *kind;	 /* FEDERATION_IMPORT: as in "hubmeter import KIND" */
	const char *file;	 /* borrowed, until the function returns */
	const char *institution; /* FEDERATION_BILL: whose */
	unsigned month;		 /* of the year that is over by then; 0: at the start */
	bool is_late;		 /* not before all have closed it */
};

typedef int federation_step_fn(void *context, const struct federation_step *step);

/* In order, until one of them fails. */
int federation_steps(federation_step_fn *step, void *context);

#endif

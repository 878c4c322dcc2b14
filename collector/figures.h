/*
 * What the collector says of how it is doing, as Prometheus reads it: where metrics_listen is set,
 * and only there (docs/metrics.md says what each metric is).
 *
 * Invariants
 *  - Figures are read only: nothing here changes what is metered, written or sent, and nothing here
 *    waits. What could is the answering thread's (common/metrics/endpoint.h).
 *  - An address that is not to be had stops nothing: it is said once and tried again every
 *    FIGURES_AGAIN_USEC. Without libmicrohttpd it is said, and that is all.
 *  - Where nothing is asked for nothing is loaded or made.
 *  - Counters are since the start of the process.
 *
 * Life cycle, on the loop's thread: figures_init() -> (figures_add_*() | figures_look() |
 * figures_tell())* -> figures_release().
 */
#ifndef COLLECTOR_FIGURES_H
#define COLLECTOR_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/meter/meter.h"
#include "collector/publish/publish.h"
#include "collector/window_writer.h"
#include "common/clock.h"
#include "common/metrics/endpoint.h"

#define FIGURES_AGAIN_USEC 60000000
#define FIGURES_PAGE_USEC  1000000 /* between two pages made because something was sent */

struct figures_samples {
	uint64_t n, n_failed;
	uint64_t spent_usec;
	uint64_t lag_usec; /* by which they came after they were due */
	int64_t last_usec; /* UTC; 0: none so far */
};

/* The spool and who sends from it, as they were when nobody was at them. */
struct figures_spool {
	uint64_t bytes, max_bytes, waiting;
	uint64_t n_refused, n_lost, n_merged;
	struct publisher_figures sent;
	bool is_full;
	int64_t acknowledged_usec; /* UTC, when that was seen last; or the start */
};

struct figures {
	const char *listen; /* NULL or "": nowhere */
	const struct clock *clock;
	const struct meter *meter;
	const struct window_writer *writer;
	const struct publisher *publisher;

	struct endpoint *endpoint; /* NULL: nobody is answered */
	struct page page;
	int64_t page_usec;  /* monotonic, of the last page */
	int64_t again_usec; /* monotonic, when the address is tried again; INT64_MAX: never */
	bool is_refused;    /* said that the address is not to be had */
	struct figures_samples samples;
	struct figures_spool spool;
};

/* Set up what @figures borrows first: all but the endpoint and below. What fails is logged. */
void figures_init(struct figures *figures);
void figures_release(struct figures *figures);

bool figures_are_wanted(const struct figures *figures);

void figures_add_sample(struct figures *figures, bool is_taken, int64_t spent_usec);
void figures_add_lag(struct figures *figures, int64_t lag_usec);

/*
 * No job is under way (disk.h): what spool and publisher say is taken down, and shown if the last
 * page is not of just before. @bytes_of_spool: of the spool's files.
 */
void figures_look(struct figures *figures, uint64_t bytes_of_spool);

/* The page, made anew. @is_hanging: the spool's disk. */
void figures_tell(struct figures *figures, bool is_hanging);

#endif

/* The source's insides, shared by its files and nobody else. */
#ifndef COLLECTOR_SOURCE_STORAGE_PRIVATE_H
#define COLLECTOR_SOURCE_STORAGE_PRIVATE_H

#include "collector/meter/reported.h"
#include "collector/source/explained.h"
#include "collector/source/storage/homes.h"
#include "collector/source/storage/roots.h"
#include "collector/source/storage/worker.h"
#include "common/clock.h"

struct config;

struct root_known {
	bool is_known;
	uint64_t rest_bytes; /* nobody's: what is beside the directories */
	int error;	     /* that was said; 0: all is well */
	int quota_error;     /* the same, of its quota */
};

struct storage_source {
	const struct config *config;
	const struct clock *clock;
	struct worker *worker;
	struct homes homes;
	struct root_known root[ROOTS_MAX];
	int64_t now_usec, now_utc_usec; /* of the last pass, at one moment */
	int64_t tick;			/* of storage_interval, of the last pass */
	bool is_round_due;
	int64_t began_usec; /* the round that is under way */
	bool said_slow;	    /* of it */
	bool is_booking;
	uint32_t next; /* home to be reported */

	/* of the round, to be said once it is over */
	uint32_t n_refused, n_ended, n_missing;
	char *first_missing; /* where something is missed; NULL: nowhere */
	int missing_error;
};

/* <root>/<name>; NULL: no memory. The caller frees. */
char *home_path(const struct storage_source *source, const struct home *home);

/* What is said of a home, fit to travel. */
struct home_words {
	char *user, *tag; /* a tag only where it is shared: by its name */
	char *path;
};

/* report.c; -ENOMEM: *ret is to be released all the same. */
int home_words(
	const struct storage_source *source, const struct home *home, struct home_words *ret);
void home_words_release(struct home_words *words);

/* report.c: report homes from @source->next on. True: all of them are. */
bool report_part(struct storage_source *source, struct reported *reported);

/* say.c: what the log is told. */
void note_home(struct storage_source *source, const struct home *home);
void note_root(struct storage_source *source, const struct finding *finding, int error);
void note_slow(struct storage_source *source); /* a round is under way */

/* say.c: as source_ops.explain and source_ops.count. */
void explain_homes(const void *self, const char *name, explain_fn explain, void *context);
size_t count_homes(const void *self);

#endif

/* Seconds of UTC, so that no time zone and no change of the clocks' hour has a say. */
#include "collector/source/sacct/query.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "collector/source/sacct/line.h"
#include "common/bounds.h"

#define SHALLOW_SEC 3600
#define STEP_MIN    60
#define STEP_MAX    (2 * QUERY_OVERLAP_SEC)
#define PATIENCE    8 /* answers that fit, before a longer step is tried again */

void query_begin(struct query *query, int64_t now_sec)
{
	int64_t done = min_i64(query->done_sec, now_sec);

	query->is_deep = query->deep_sec == 0 || now_sec < query->deep_sec ||
			 now_sec - query->deep_sec >= SHALLOW_SEC;
	query->from_sec = done - (query->is_deep ? QUERY_OVERLAP_SEC : SHALLOW_SEC);
	query->end_sec = now_sec;
	if (query->step_sec == 0)
		query->step_sec = STEP_MAX;
	query->to_sec = min_i64(query->from_sec + query->step_sec, query->end_sec);
	query->is_under_way = true;
}

bool query_accept(struct query *query)
{
	query->from_sec = query->to_sec;
	if (query->n_short > 0 && --query->n_short == 0)
		query->step_sec = min_i64(2 * query->step_sec, STEP_MAX);
	if (query->n_short == 0 && query->step_sec < STEP_MAX)
		query->n_short = PATIENCE;
	query->to_sec = min_i64(query->from_sec + query->step_sec, query->end_sec);
	if (query->from_sec < query->end_sec)
		return false;
	query->done_sec = query->end_sec;
	if (query->is_deep)
		query->deep_sec = query->end_sec;
	query->is_under_way = false;
	return true;
}

int query_shorten(struct query *query)
{
	int64_t step = min_i64(query->step_sec, query->to_sec - query->from_sec) / 2;

	if (step < STEP_MIN)
		return -E2BIG;
	query->step_sec = step;
	query->n_short = PATIENCE;
	query->to_sec = query->from_sec + step;
	return 0;
}

void query_give_up(struct query *query)
{
	query->is_under_way = false;
}

void query_delimiter(uint64_t random, char delimiter[QUERY_DELIMITER_MAX])
{
	/* neither a shell's nor a sign of sacct's; short, as it stands in each line 13 times */
	(void)snprintf(delimiter, QUERY_DELIMITER_MAX, "%%%06x", (unsigned int)(random >> 40));
}

int query_format(const struct query *query, const char *program, const char *tag,
	const char *delimiter, char words[QUERY_SIZE])
{
	int n = snprintf(words, QUERY_SIZE,
		"env SLURM_TIME_FORMAT=%%s LC_ALL=C %s --allusers --parsable2 --noheader "
		"--duplicates --noconvert --delimiter=%s --starttime=uts%" PRId64
		" --endtime=uts%" PRId64 " --format=" SACCT_COLUMNS ",%s",
		program, delimiter, query->from_sec, query->to_sec, tag);

	return n < 0 || n >= (int)QUERY_SIZE ? -ENAMETOOLONG : 0;
}

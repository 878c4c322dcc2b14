/*
 * Which time sacct is asked for, and in which words. Pure.
 *
 * A round asks for all that may have changed. Slurm's accounting takes records days after their
 * time and changes old ones, so an hour never goes by without a round that reaches back by
 * QUERY_OVERLAP_SEC, beyond whatever time nobody asked; those in between reach back by an hour. A
 * round goes in steps, which become shorter while the output is too large and longer again when it
 * is not.
 *
 * Life cycle: zeroed, done_sec set -> (query_begin() -> (query_format() -> query_accept() or
 * query_shorten() or query_give_up())*)*.
 */
#ifndef COLLECTOR_SOURCE_SACCT_QUERY_H
#define COLLECTOR_SOURCE_SACCT_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUERY_OVERLAP_SEC   (7 * 86400)
#define QUERY_DELIMITER_MAX 16u
#define QUERY_SIZE	    4096u

struct query {
	bool is_under_way;
	int64_t from_sec, to_sec; /* of the next question */
	int64_t end_sec;	  /* of the round */
	int64_t step_sec;
	unsigned int n_short; /* answers until it becomes longer; 0: it is as long as may be */
	bool is_deep;	      /* the round goes back by QUERY_OVERLAP_SEC */
	int64_t deep_sec;     /* end of the last one that did; 0: none did */
	int64_t done_sec;     /* up to when whole rounds have asked */
};

void query_begin(struct query *query, int64_t now_sec);

/* Its answer is taken. True: that was the last one of the round. */
bool query_accept(struct query *query);

/* Its answer is too large. -E2BIG: it can't be shorter. */
int query_shorten(struct query *query);

/* The round failed: the next one asks for all of its time. */
void query_give_up(struct query *query);

/*
 * What divides columns: nobody who can name something, or write a job's comment, knows @random.
 */
void query_delimiter(uint64_t random, char delimiter[QUERY_DELIMITER_MAX]);

/*
 * The words to run: @program with its arguments so far, and ours. @tag: name of the last column.
 * -ENAMETOOLONG: more than QUERY_SIZE.
 */
int query_format(const struct query *query, const char *program, const char *tag,
	const char *delimiter, char words[QUERY_SIZE]);

#endif

/*
 * From what was found to what it means: ok, a warning or a failure, and what to do. Pure.
 *
 * Invariants
 *  - One finding per check, whatever was found; its text is one line.
 *  - FAIL: usage is being lost or nobody works on it. WARN: somebody should look. OK: nothing to
 * do.
 */
#ifndef CLI_COMMAND_DOCTOR_EVALUATE_H
#define CLI_COMMAND_DOCTOR_EVALUATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL };

#define FINDING_SIZE 640

struct finding {
	enum verdict verdict;
	char text[FINDING_SIZE];
};

#define DOCTOR_TOPIC_SIZE  256
#define DOCTOR_REASON_SIZE 256
#define DOCTOR_NAMES_SHOWN 5 /* of a list that may be long */

/* One partition of a usage topic, as broker and database see it. */
struct doctor_partition {
	char topic[DOCTOR_TOPIC_SIZE];
	int partition;
	int64_t next_offset;	 /* of the first record not in the database; -1: never read */
	int64_t flushed_age_sec; /* since rows of it were committed */
	int64_t low, high; /* offsets the broker holds, [low, high); -1: it has no such partition */
	char stopped_reason[DOCTOR_REASON_SIZE]; /* nobody reads it; "": somebody does */
	char waiting_reason[DOCTOR_REASON_SIZE]; /* why it can't be read for now; "": it can */
};

struct doctor_schema {
	unsigned database_version; /* 0: nothing migrated */
	unsigned file_version;
	bool outdated;	   /* functions and views are not those of the files */
	const char *fault; /* why the files can't bring it forward; NULL: they can */
};

struct doctor_nodes {
	int64_t total;
	int64_t silent;
	char names[DOCTOR_REASON_SIZE]; /* some silent ones, with since when */
};

struct doctor_quarantine {
	int64_t count;
	char newest[DOCTOR_REASON_SIZE]; /* reason, topic and when */
};

struct doctor_gaps {
	int64_t count;	 /* runs of missing batches */
	int64_t batches; /* missing in all */
};

/* Things that wait for somebody. */
struct doctor_names {
	int64_t count;
	char which[DOCTOR_REASON_SIZE]; /* the first DOCTOR_NAMES_SHOWN of them */
};

struct doctor_dirty {
	int64_t hub_days;
	char oldest[16]; /* 2026-09-01 */
};

struct doctor_funding {
	int64_t waiting;	      /* institution-months with charges to be funded */
	char oldest[16];	      /* 2026-09 */
	struct doctor_names unfunded; /* amounts that no fund of an institution with plans pays */
	struct doctor_names plans;    /* versions that should hold already and wait for approval */
};

/* @error NULL: reached. */
struct finding evaluate_broker(const char *error, int n_brokers);
struct finding evaluate_topics(size_t n_topics);
/* Topics whose records Kafka compacts. */
struct finding evaluate_policies(const struct doctor_names *topics);
struct finding evaluate_database(const char *error);
struct finding evaluate_schema(const struct doctor_schema *schema);
struct finding evaluate_lag(const struct doctor_partition *partitions, size_t count);
struct finding evaluate_stopped(const struct doctor_partition *partitions, size_t count);
struct finding evaluate_waiting(const struct doctor_partition *partitions, size_t count);
struct finding evaluate_nodes(const struct doctor_nodes *nodes);
struct finding evaluate_quarantine(const struct doctor_quarantine *quarantine);
struct finding evaluate_gaps(const struct doctor_gaps *gaps);
/* Nodes where something else was attributed than the kernel counted. */
struct finding evaluate_measured(const struct doctor_names *nodes);
struct finding evaluate_unpriced(const struct doctor_names *unpriced);
/* Who is in suspense: user names that are nobody's, those whose tag or group nobody pays for,
 * people without a department. */
struct finding evaluate_aliases(const struct doctor_names *names);
struct finding evaluate_groups(const struct doctor_names *names);
struct finding evaluate_homes(const struct doctor_names *names);
/* Bills that are not distributed, or have lines that no rule fits. */
struct finding evaluate_bills(const struct doctor_names *bills);
/* Funds whose chart strings the grammar of today refuses, each with why. */
struct finding evaluate_charts(const struct doctor_names *funds);
/* Hub-days that could not be rated, each with why. */
struct finding evaluate_failed(const struct doctor_names *days);
struct finding evaluate_dirty(const struct doctor_dirty *dirty);
/* Several things may be wrong with it; all are said. */
struct finding evaluate_funding(const struct doctor_funding *funding);
/* Months that should be closed by now. */
struct finding evaluate_closing(const struct doctor_names *months);

/* A check that could not be made; not permitted: nor can others. */
struct finding evaluate_not_permitted(const char *error);
struct finding evaluate_not_checked(enum verdict verdict, const char *why);

/* "ok  ", "WARN", "FAIL" */
const char *verdict_name(enum verdict verdict);

#endif

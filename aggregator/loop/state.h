/*
 * Where the aggregator is between Kafka and PostgreSQL, and what may follow: the one table.
 *
 * Invariants (tests/unit/aggregator/loop/test_state.c walks them at random)
 *  - Messages are gathered in READING only, so nothing is read while a commit is waited for.
 *  - From IN_DOUBT nothing but PostgreSQL's own answer leads to another commit.
 *  - READING is entered through a takeover or a commit, never directly after an assignment, and
 *    after a commit that was undone only through a takeover.
 *  - ENDED is final.
 *
 * Pure: nothing to create or release.
 *
 *	state = loop_state_next(state, LOOP_EVENT_COMMITTED);
 */
#ifndef AGGREGATOR_LOOP_STATE_H
#define AGGREGATOR_LOOP_STATE_H

#include <stdbool.h>

enum loop_state {
	LOOP_STATE_HAS_LEFT_GROUP, /* no member: not yet, or to let somebody else go first */
	LOOP_STATE_JOINED,	   /* a member without partitions */
	LOOP_STATE_HAS_ASSIGNMENT, /* partitions that PostgreSQL does not know to be ours yet */
	LOOP_STATE_READING,	   /* owner of its partitions, gathering messages */
	LOOP_STATE_COMMITTING,	   /* what was gathered is to be committed before more is read */
	LOOP_STATE_IN_DOUBT,	   /* as above, but it may have been committed already: ask first */
	LOOP_STATE_ENDED,
	LOOP_STATE_COUNT
};

enum loop_event {
	LOOP_EVENT_NONE,	  /* nothing new */
	LOOP_EVENT_JOINED,	  /* the group was asked to let us in */
	LOOP_EVENT_ASSIGNED,	  /* the group gave us partitions */
	LOOP_EVENT_REVOKED,	  /* and took them away */
	LOOP_EVENT_TAKEN_OVER,	  /* PostgreSQL knows us as their owner */
	LOOP_EVENT_COMMIT_DUE,	  /* time, size, or a message that has no room */
	LOOP_EVENT_COMMITTED,	  /* PostgreSQL said so */
	LOOP_EVENT_DISCONNECTED,  /* from PostgreSQL: how far we are must be asked */
	LOOP_EVENT_NOT_COMMITTED, /* not all: go on with what is left */
	LOOP_EVENT_UNDONE,	  /* what was gathered since builds on it: take all over again */
	LOOP_EVENT_FENCED,	  /* another process owns a partition of ours */
	LOOP_EVENT_END,		  /* told to, caught up, or Kafka's client gave up */
	LOOP_EVENT_COUNT
};

/* The state that follows. An event that cannot happen in @state is our bug: aborts. */
enum loop_state loop_state_next(enum loop_state state, enum loop_event event);

/* Can @event happen in @state at all? */
bool loop_state_allows(enum loop_state state, enum loop_event event);

#endif

/*
 * The table: a row per state, a column per event. What is not listed cannot happen.
 *
 * The group takes partitions away only while it is polled, which COMMITTING and IN_DOUBT do while
 * they wait, and when the program ends and leaves the group. After it left, what the group still
 * says is too late.
 */
#include "aggregator/loop/state.h"

#include <assert.h>
#include <stdbool.h>

#define TO(state) (1 + LOOP_STATE_##state) /* 0: not listed */

/* clang-format off */
static const unsigned char next_state[LOOP_STATE_COUNT][LOOP_EVENT_COUNT] = {
	[LOOP_STATE_HAS_LEFT_GROUP] = {
		[LOOP_EVENT_NONE]          = TO(HAS_LEFT_GROUP),
		[LOOP_EVENT_JOINED]        = TO(JOINED),
		[LOOP_EVENT_ASSIGNED]      = TO(HAS_LEFT_GROUP),
		[LOOP_EVENT_REVOKED]       = TO(HAS_LEFT_GROUP),
		[LOOP_EVENT_END]           = TO(ENDED),
	},
	[LOOP_STATE_JOINED] = {
		[LOOP_EVENT_NONE]          = TO(JOINED),
		[LOOP_EVENT_ASSIGNED]      = TO(HAS_ASSIGNMENT),
		[LOOP_EVENT_REVOKED]       = TO(JOINED),
		[LOOP_EVENT_END]           = TO(ENDED),
	},
	[LOOP_STATE_HAS_ASSIGNMENT] = {
		[LOOP_EVENT_NONE]          = TO(HAS_ASSIGNMENT),
		[LOOP_EVENT_ASSIGNED]      = TO(HAS_ASSIGNMENT),
		[LOOP_EVENT_REVOKED]       = TO(JOINED),
		[LOOP_EVENT_TAKEN_OVER]    = TO(READING),
		[LOOP_EVENT_END]           = TO(ENDED),
	},
	[LOOP_STATE_READING] = {
		[LOOP_EVENT_NONE]          = TO(READING),
		[LOOP_EVENT_ASSIGNED]      = TO(HAS_ASSIGNMENT),
		[LOOP_EVENT_REVOKED]       = TO(JOINED),
		[LOOP_EVENT_COMMIT_DUE]    = TO(COMMITTING),
		[LOOP_EVENT_UNDONE]        = TO(HAS_ASSIGNMENT),
		[LOOP_EVENT_FENCED]        = TO(HAS_LEFT_GROUP),
		[LOOP_EVENT_END]           = TO(ENDED),
	},
	[LOOP_STATE_COMMITTING] = {
		[LOOP_EVENT_NONE]          = TO(COMMITTING),
		[LOOP_EVENT_ASSIGNED]      = TO(HAS_ASSIGNMENT),
		[LOOP_EVENT_REVOKED]       = TO(JOINED),
		[LOOP_EVENT_COMMITTED]     = TO(READING),
		[LOOP_EVENT_DISCONNECTED]  = TO(IN_DOUBT),
		[LOOP_EVENT_NOT_COMMITTED] = TO(COMMITTING),
		[LOOP_EVENT_UNDONE]        = TO(HAS_ASSIGNMENT),
		[LOOP_EVENT_FENCED]        = TO(HAS_LEFT_GROUP),
		[LOOP_EVENT_END]           = TO(ENDED),
	},
	[LOOP_STATE_IN_DOUBT] = {
		[LOOP_EVENT_NONE]          = TO(IN_DOUBT),
		[LOOP_EVENT_ASSIGNED]      = TO(HAS_ASSIGNMENT),
		[LOOP_EVENT_REVOKED]       = TO(JOINED),
		[LOOP_EVENT_COMMITTED]     = TO(READING),
		[LOOP_EVENT_DISCONNECTED]  = TO(IN_DOUBT),
		[LOOP_EVENT_NOT_COMMITTED] = TO(COMMITTING),
		[LOOP_EVENT_FENCED]        = TO(HAS_LEFT_GROUP),
		[LOOP_EVENT_END]           = TO(ENDED),
	},
	[LOOP_STATE_ENDED] = {
		[LOOP_EVENT_NONE]          = TO(ENDED),
		[LOOP_EVENT_ASSIGNED]      = TO(ENDED),
		[LOOP_EVENT_REVOKED]       = TO(ENDED),
		[LOOP_EVENT_END]           = TO(ENDED),
	},
};
/* clang-format on */

bool loop_state_allows(enum loop_state state, enum loop_event event)
{
	return next_state[state][event] != 0;
}

enum loop_state loop_state_next(enum loop_state state, enum loop_event event)
{
	assert(loop_state_allows(state, event));
	return (enum loop_state)(next_state[state][event] - 1);
}

/* The table as a table, and random walks over it. */
#include "aggregator/loop/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/random.h"

#define WALKS 2000
#define STEPS 200

static void test_an_ordinary_life(void **state)
{
	static const struct {
		enum loop_event event;
		enum loop_state then;
	} life[] = {
		{LOOP_EVENT_JOINED, LOOP_STATE_JOINED},
		{LOOP_EVENT_ASSIGNED, LOOP_STATE_HAS_ASSIGNMENT},
		{LOOP_EVENT_TAKEN_OVER, LOOP_STATE_READING},
		{LOOP_EVENT_COMMIT_DUE, LOOP_STATE_COMMITTING},
		{LOOP_EVENT_COMMITTED, LOOP_STATE_READING},
		{LOOP_EVENT_COMMIT_DUE, LOOP_STATE_COMMITTING},
		{LOOP_EVENT_DISCONNECTED, LOOP_STATE_IN_DOUBT},
		{LOOP_EVENT_DISCONNECTED, LOOP_STATE_IN_DOUBT},
		{LOOP_EVENT_NOT_COMMITTED, LOOP_STATE_COMMITTING},
		{LOOP_EVENT_COMMITTED, LOOP_STATE_READING},
		{LOOP_EVENT_REVOKED, LOOP_STATE_JOINED},
		{LOOP_EVENT_ASSIGNED, LOOP_STATE_HAS_ASSIGNMENT},
		{LOOP_EVENT_TAKEN_OVER, LOOP_STATE_READING},
		{LOOP_EVENT_COMMIT_DUE, LOOP_STATE_COMMITTING},
		{LOOP_EVENT_FENCED, LOOP_STATE_HAS_LEFT_GROUP},
		{LOOP_EVENT_REVOKED, LOOP_STATE_HAS_LEFT_GROUP},
		{LOOP_EVENT_JOINED, LOOP_STATE_JOINED},
		{LOOP_EVENT_END, LOOP_STATE_ENDED},
		{LOOP_EVENT_REVOKED, LOOP_STATE_ENDED},
	};
	enum loop_state now = LOOP_STATE_HAS_LEFT_GROUP;

	(void)state;
	for (size_t i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
		now = loop_state_next(now, life[i].event);
		assert_int_equal(now, life[i].then);
	}
}

/* Which states an event may find, as a string of their first letters: L J A R C D E. */
static void test_who_may_meet_what(void **state)
{
	static const struct {
		enum loop_event event;
		const char *in;
	} allowed[] = {
		{LOOP_EVENT_NONE, "LJARCDE"},
		{LOOP_EVENT_JOINED, "L      "},
		{LOOP_EVENT_ASSIGNED, "LJARCDE"},
		{LOOP_EVENT_REVOKED, "LJARCDE"},
		{LOOP_EVENT_TAKEN_OVER, "  A    "},
		{LOOP_EVENT_COMMIT_DUE, "   R   "},
		{LOOP_EVENT_COMMITTED, "    CD "},
		{LOOP_EVENT_DISCONNECTED, "    CD "},
		{LOOP_EVENT_NOT_COMMITTED, "    CD "},
		{LOOP_EVENT_UNDONE, "   RC  "},
		{LOOP_EVENT_FENCED, "   RCD "},
		{LOOP_EVENT_END, "LJARCDE"},
	};

	(void)state;
	assert_int_equal(sizeof(allowed) / sizeof(allowed[0]), LOOP_EVENT_COUNT);
	for (int event = 0; event < LOOP_EVENT_COUNT; event++)
		for (int in = 0; in < LOOP_STATE_COUNT; in++)
			assert_int_equal(
				loop_state_allows((enum loop_state)in, allowed[event].event),
				allowed[event].in[in] != ' ');
}

static void check_step(enum loop_state from, enum loop_event event, enum loop_state to)
{
	if (from == LOOP_STATE_ENDED)
		assert_int_equal(to, LOOP_STATE_ENDED);
	if (event == LOOP_EVENT_END)
		assert_int_equal(to, LOOP_STATE_ENDED);
	if (event == LOOP_EVENT_NONE)
		assert_int_equal(to, from);
	if (to == LOOP_STATE_READING && from != to)
		assert_true(event == LOOP_EVENT_TAKEN_OVER || event == LOOP_EVENT_COMMITTED);
	if (to == LOOP_STATE_COMMITTING && from == LOOP_STATE_IN_DOUBT)
		assert_int_equal(event, LOOP_EVENT_NOT_COMMITTED);
	if (to == LOOP_STATE_IN_DOUBT && from != to)
		assert_int_equal(event, LOOP_EVENT_DISCONNECTED);
	if (event == LOOP_EVENT_REVOKED)
		assert_true(to == LOOP_STATE_JOINED || to == LOOP_STATE_HAS_LEFT_GROUP ||
			    to == LOOP_STATE_ENDED);
}

static void test_random_walks(void **state)
{
	unsigned int ended = 0;
	unsigned int reached[LOOP_STATE_COUNT] = {0};
	struct random_source random = {1};

	(void)state;
	for (int walk = 0; walk < WALKS; walk++) {
		enum loop_state now = LOOP_STATE_HAS_LEFT_GROUP;

		for (int i = 0; i < STEPS; i++) {
			enum loop_event event =
				(enum loop_event)(random_below(&random, LOOP_EVENT_COUNT));
			enum loop_state from = now;

			if (!loop_state_allows(now, event))
				continue;
			now = loop_state_next(now, event);
			check_step(from, event, now);
			reached[now]++;
		}
		ended += now == LOOP_STATE_ENDED;
	}
	assert_true(ended > 0);
	for (int i = 0; i < LOOP_STATE_COUNT; i++)
		assert_true(reached[i] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_ordinary_life),
		cmocka_unit_test(test_who_may_meet_what),
		cmocka_unit_test(test_random_walks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

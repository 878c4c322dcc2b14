/*
 * Conservation against a truth that is known: a forest of cgroups in which everybody works while
 * the collector reads it, some vanish, and some come and go unseen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/group/account.h"
#include "tests/support/random.h"

#define CHILDREN_MAX 40
#define PASS_NSEC    10000000000ULL
#define CORES	     4u

static void test_one_that_vanished_gets_all_of_it(void **state)
{
	struct account account = {.before = 1000, .after = 1000, .known = 400};
	struct account_child child = {.expected = 1, .most = 5000};

	(void)state;
	assert_int_equal(account_settle(&account, &child, 1), 0);
	assert_int_equal(child.share, 600);
	assert_int_equal(account.carried, 0);
}

static void test_none_gets_more_than_it_can_have_done(void **state)
{
	struct account account = {.before = 1000, .after = 1000, .known = 400};
	struct account_child child = {.expected = 50, .most = 100};

	(void)state;
	assert_int_equal(account_settle(&account, &child, 1), 500);
	assert_int_equal(child.share, 100);
	account = (struct account){.before = 1000, .after = 1000, .known = 400, .may_hide = true};
	child = (struct account_child){.expected = 30, .most = 100};
	assert_int_equal(account_settle(&account, &child, 1), 540);
	assert_int_equal(child.share, 60); /* twice what was expected: others may have been there */
}

static void test_several_share_by_what_was_expected_and_then_by_room(void **state)
{
	struct account_child child[] = {{100, 1000, 0}, {300, 1000, 0}, {0, 300, 0}};
	struct account account = {.before = 200, .after = 200};

	(void)state;
	assert_int_equal(account_settle(&account, child, 3), 0);
	assert_int_equal(child[0].share, 50);
	assert_int_equal(child[1].share, 150);
	assert_int_equal(child[2].share, 0);
	account = (struct account){.before = 1300, .after = 1300};
	assert_int_equal(account_settle(&account, child, 3), 0);
	assert_int_equal(child[0].share + child[1].share + child[2].share, 1300);
	assert_int_equal(child[0].share, 526); /* 100, and 900 of 1900 of the 900 that are left */
	assert_int_equal(child[1].share, 631);
	assert_int_equal(child[2].share, 143);
}

/* What lies between the two readings is nobody's yet, and what was given too much is owed. */
static void test_margin_waits_and_debts_are_paid(void **state)
{
	struct account account = {.before = 100, .after = 120, .known = 105};
	struct account_child child = {.expected = 7, .most = 1000};

	(void)state;
	assert_int_equal(account_settle(&account, NULL, 0), 0);
	assert_int_equal(account.carried, 5);
	account = (struct account){.before = 100, .after = 120, .known = 90};
	assert_int_equal(account_settle(&account, NULL, 0), 10); /* beyond the margin */
	assert_int_equal(account.carried, 10);
	account = (struct account){.before = 100, .after = 100, .known = 120};
	assert_int_equal(account_settle(&account, &child, 1), 0);
	assert_int_equal(child.share, 0);
	assert_int_equal(account.carried, -20);
	account.before = account.after = 130;
	account.known = 100;
	assert_int_equal(account_settle(&account, &child, 1), 0);
	assert_int_equal(child.share, 10);
}

static void test_huge_numbers_do_not_wrap(void **state)
{
	struct account_child child[] = {{UINT64_MAX, UINT64_MAX, 0}, {UINT64_MAX, UINT64_MAX, 0}};
	struct account account = {.before = INT64_MAX, .after = INT64_MAX};

	(void)state;
	assert_int_equal(account_settle(&account, child, 2), 0);
	assert_int_equal(child[0].share + child[1].share, INT64_MAX);
}

/* ------------------------------------------------------------------------ laws on forests */

struct truth {
	uint64_t nsec;	    /* that it did in all */
	uint64_t read_nsec; /* of it as last read */
	uint64_t rate;	    /* nanoseconds a second */
	bool is_there;
};

struct world {
	struct random_source random;
	struct truth child[CHILDREN_MAX];
	uint64_t parent_nsec, booked_nsec; /* of the parent: in truth, and accounted for */
	uint64_t unseen_nsec;		   /* by those who came and went */
	uint64_t given, system, known;
	int64_t carried;
	uint64_t width; /* widest pair of readings so far */
	bool hides;
};

static void work(struct world *w, struct truth *child, uint64_t nsec)
{
	child->nsec += nsec;
	w->parent_nsec += nsec;
}

/* What everybody does in a moment of the reading. */
static void go_on(struct world *w)
{
	for (size_t i = 0; i < CHILDREN_MAX; i++)
		if (w->child[i].is_there && w->child[i].rate)
			work(w, &w->child[i], random_below(&w->random, 1000));
}

static size_t live(struct world *w, struct account_child vanished[CHILDREN_MAX],
	struct truth *which[CHILDREN_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		struct truth *child = &w->child[i];
		uint64_t share;

		if (!child->is_there) {
			if (random_below(&w->random, 8) == 0)
				*child =
					(struct truth){.rate = random_below(&w->random, 1000000000),
						.is_there = true};
			continue;
		}
		share = random_below(&w->random, 11);
		work(w, child, child->rate * share);
		if (random_below(&w->random, 12) != 0)
			continue;
		child->is_there = false;
		vanished[n] = (struct account_child){
			.expected = child->rate * 10, .most = PASS_NSEC * CORES};
		which[n++] = child;
	}
	if (w->hides && random_below(&w->random, 4) == 0) {
		uint64_t nsec = random_below(&w->random, 1000000000);

		w->unseen_nsec += nsec;
		w->parent_nsec += nsec;
	}
	return n;
}

static void run_pass(struct world *w, bool is_quiet)
{
	struct account_child vanished[CHILDREN_MAX];
	struct truth *which[CHILDREN_MAX];
	size_t n = live(w, vanished, which);
	struct account account = {.carried = w->carried, .may_hide = w->hides};
	uint64_t unread = 0, given = 0, before = w->given;

	account.before = w->parent_nsec - w->booked_nsec;
	for (size_t i = 0; i < CHILDREN_MAX; i++) {
		struct truth *child = &w->child[i];

		if (!is_quiet)
			go_on(w);
		if (!child->is_there)
			continue;
		account.known += child->nsec - child->read_nsec;
		child->read_nsec = child->nsec;
	}
	if (!is_quiet)
		go_on(w);
	account.after = w->parent_nsec - w->booked_nsec;
	w->known += account.known;
	if (account.after - account.before > w->width)
		w->width = account.after - account.before;
	w->booked_nsec += account_gain(&account);
	w->system += account_settle(&account, vanished, n);
	w->carried = account.carried;
	for (size_t i = 0; i < n; i++) {
		assert_true(vanished[i].share <= vanished[i].most);
		unread += which[i]->nsec - which[i]->read_nsec;
		given += vanished[i].share;
	}
	w->given = before + given;
	assert_true(w->carried >= -(int64_t)w->width && w->carried <= (int64_t)w->width);
	if (!w->hides && n > 0) /* the sum of those that vanished is theirs, but for the skew */
		assert_true(given + w->width + w->width >= unread &&
			    given <= unread + w->width + w->width);
	if (n == 0 && !w->hides)
		assert_int_equal(given, 0);
}

static void run_law(uint64_t seed, bool hides)
{
	struct world w = {.random.state = seed, .hides = hides};

	for (int pass = 0; pass < 200; pass++) {
		run_pass(&w, seed % 3 == 0);
		/* nothing is lost and nothing is given twice */
		assert_int_equal((int64_t)w.booked_nsec,
			(int64_t)(w.known + w.given + w.system) + w.carried);
	}
	if (!hides && seed % 3 == 0) { /* read at one moment: exact */
		assert_int_equal(w.system, 0);
		assert_int_equal(w.carried, 0);
	}
	if (!hides)
		assert_true(w.system <= w.width);
}

static void test_forests(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		run_law(seed, false);
		run_law(seed, true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_that_vanished_gets_all_of_it),
		cmocka_unit_test(test_none_gets_more_than_it_can_have_done),
		cmocka_unit_test(test_several_share_by_what_was_expected_and_then_by_room),
		cmocka_unit_test(test_margin_waits_and_debts_are_paid),
		cmocka_unit_test(test_huge_numbers_do_not_wrap),
		cmocka_unit_test(test_forests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

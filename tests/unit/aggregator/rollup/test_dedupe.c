/* Streams: nothing counts twice, nothing missing goes unnoticed, nothing that comes late is lost.
 */
#include "aggregator/rollup/dedupe.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/random.h"

#define SEED	  7
#define STREAMS	  20
#define SEQUENCES 60
#define TURNS	  40000

static struct dedupe dedupe;
static struct dedupe_gap closed;

static int set_up(void **state)
{
	(void)state;
	dedupe_init(&dedupe, SEED);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dedupe_release(&dedupe);
	return 0;
}

static void make_stream(uint8_t stream[HM_STREAM_SIZE], uint32_t number)
{
	memset(stream, 0, HM_STREAM_SIZE);
	memcpy(stream, &number, sizeof(number));
}

static enum dedupe_verdict check(uint32_t number, const char *owner, uint64_t sequence)
{
	uint8_t stream[HM_STREAM_SIZE];

	make_stream(stream, number);
	return dedupe_check(&dedupe, stream, owner, sequence);
}

static void load(uint32_t number, uint64_t sequence, const char *owner)
{
	uint8_t stream[HM_STREAM_SIZE];

	make_stream(stream, number);
	assert_int_equal(dedupe_load(&dedupe, stream, sequence, owner), 0);
}

static void load_gap(uint32_t number, uint64_t first, uint64_t last)
{
	uint8_t stream[HM_STREAM_SIZE];

	make_stream(stream, number);
	assert_int_equal(dedupe_load_gap(&dedupe, stream, first, last), 0);
}

/* true: a stored gap was closed, as `closed` says. */
static bool take_of(const char *owner, uint32_t number, uint64_t sequence)
{
	uint8_t stream[HM_STREAM_SIZE];

	make_stream(stream, number);
	assert_int_equal(dedupe_reserve(&dedupe, stream, owner, check(number, owner, sequence)), 0);
	return dedupe_take(&dedupe, stream, owner, sequence, &closed);
}

static bool take(uint32_t number, uint64_t sequence)
{
	return take_of("n1", number, sequence);
}

static const struct dedupe_stream *entry_of(uint32_t number)
{
	uint8_t stream[HM_STREAM_SIZE];

	make_stream(stream, number);
	for (uint32_t i = 0; i < dedupe.streams.count; i++)
		if (memcmp(dedupe_at(&dedupe, i)->stream, stream, HM_STREAM_SIZE) == 0)
			return dedupe_at(&dedupe, i);
	return NULL;
}

static void test_verdicts(void **state)
{
	(void)state;
	assert_int_equal(check(1, "n1", 1), DEDUPE_VERDICT_NEW);
	assert_int_equal(check(1, "n1", 3), DEDUPE_VERDICT_GAP);
	assert_false(take(1, 3));
	assert_int_equal(check(1, "n1", 2), DEDUPE_VERDICT_LATE);
	assert_int_equal(check(1, "n1", 3), DEDUPE_VERDICT_DUPLICATE);
	assert_int_equal(check(1, "n1", 4), DEDUPE_VERDICT_NEW);
	assert_int_equal(check(1, "n1", 5), DEDUPE_VERDICT_GAP);
	assert_int_equal(check(2, "n1", 1), DEDUPE_VERDICT_NEW);
}

/* 1 2 4 5 3: the gap opens and closes, and the database never hears of it. */
static void test_late_before_a_commit(void **state)
{
	static const uint64_t order[] = {1, 2, 4, 5, 3};

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		assert_false(take(1, order[i]));
	assert_int_equal(entry_of(1)->n_gaps, 0);
	for (uint64_t sequence = 1; sequence <= 5; sequence++)
		assert_int_equal(check(1, "n1", sequence), DEDUPE_VERDICT_DUPLICATE);
}

/* A stored gap is divided: it is closed once, and both parts know what they are left of. */
static void test_late_after_a_commit(void **state)
{
	const struct dedupe_stream *entry;

	(void)state;
	load(1, 20, "n1");
	load_gap(1, 5, 9);
	assert_true(take(1, 7));
	assert_int_equal(closed.first, 5);
	assert_int_equal(closed.last, 9);
	assert_false(take(1, 6)); /* of a part, which is not stored */
	entry = entry_of(1);
	assert_int_equal(entry->sequence, 20);
	assert_true(entry->is_moved);
	assert_int_equal(entry->n_gaps, 2);
	assert_int_equal(entry->gap[0].first, 5);
	assert_int_equal(entry->gap[0].last, 5);
	assert_int_equal(entry->gap[1].first, 8);
	assert_int_equal(entry->gap[1].last, 9);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(entry->gap[i].part_of, 5);
		assert_false(entry->gap[i].is_stored);
	}
	dedupe_mark_committed(&dedupe);
	assert_true(entry_of(1)->gap[1].is_stored);
	assert_true(take(1, 9));
	assert_int_equal(closed.first, 8);
}

static void test_only_what_moved_is_written(void **state)
{
	(void)state;
	load(1, 5, "n1");
	assert_false(entry_of(1)->is_moved);
	assert_int_equal(dedupe.n_moved, 0);
	(void)take(1, 6);
	(void)take(1, 7);
	assert_true(entry_of(1)->is_moved);
	assert_int_equal(entry_of(1)->stored, 5);
	assert_int_equal(dedupe.n_moved, 1);
	dedupe_mark_committed(&dedupe);
	assert_false(entry_of(1)->is_moved);
	assert_int_equal(entry_of(1)->stored, 7);
	assert_int_equal(dedupe.n_moved, 0);
}

static void test_owners(void **state)
{
	(void)state;
	(void)take(1, 1);
	assert_string_equal(dedupe_new_owner(&dedupe, entry_of(1)), "n1");
	assert_int_equal(check(1, "n2", 1), DEDUPE_VERDICT_OTHER_NODE); /* not a duplicate */
	assert_int_equal(check(1, "n2", 2), DEDUPE_VERDICT_OTHER_NODE);
	assert_int_equal(check(1, NULL, 2), DEDUPE_VERDICT_NEW); /* says nothing of that */
	dedupe_mark_committed(&dedupe);
	assert_null(dedupe_new_owner(&dedupe, entry_of(1)));
	assert_int_equal(check(1, "n2", 2), DEDUPE_VERDICT_OTHER_NODE);

	load(2, 9, NULL); /* of before: whoever goes on is its owner */
	assert_int_equal(check(2, "n2", 9), DEDUPE_VERDICT_DUPLICATE);
	assert_int_equal(check(2, "n1", 10), DEDUPE_VERDICT_NEW);
	(void)take(2, 10);
	assert_string_equal(dedupe_new_owner(&dedupe, entry_of(2)), "n1");
	assert_int_equal(check(2, "n2", 11), DEDUPE_VERDICT_OTHER_NODE);

	(void)take_of(NULL, 3, 1); /* an import */
	assert_null(dedupe_new_owner(&dedupe, entry_of(3)));
	assert_int_equal(check(3, "n1", 2), DEDUPE_VERDICT_NEW);
}

/* Whoever leaves out every second number is told so, and what fits is taken all the same. */
static void test_too_many_gaps(void **state)
{
	uint64_t sequence = 0;

	(void)state;
	while (check(1, "n1", sequence + 2) == DEDUPE_VERDICT_GAP)
		(void)take(1, sequence += 2);
	assert_int_equal(entry_of(1)->n_gaps, DEDUPE_MAX_STREAM_GAPS);
	assert_int_equal(check(1, "n1", sequence + 2), DEDUPE_VERDICT_CROWDED);
	assert_int_equal(check(1, "n1", sequence + 1), DEDUPE_VERDICT_NEW);
	assert_int_equal(check(1, "n1", 3), DEDUPE_VERDICT_LATE);
	assert_int_equal(check(1, "n1", 4), DEDUPE_VERDICT_DUPLICATE);
	(void)take(1, 3);
	assert_int_equal(check(1, "n1", sequence + 2), DEDUPE_VERDICT_GAP);

	load(2, 1000000, "n1");
	load_gap(2, 10, 20);
	{
		uint8_t stream[HM_STREAM_SIZE];

		make_stream(stream, 2);
		dedupe_mark_crowded(&dedupe, stream);
	}
	assert_int_equal(check(2, "n1", 10), DEDUPE_VERDICT_LATE);
	assert_int_equal(check(2, "n1", 15), DEDUPE_VERDICT_CROWDED);  /* would make two of one */
	assert_int_equal(check(2, "n1", 999), DEDUPE_VERDICT_CROWDED); /* nobody knows */
	assert_int_equal(check(2, "n1", 1000001), DEDUPE_VERDICT_NEW);
	assert_int_equal(check(2, "n1", 1000002), DEDUPE_VERDICT_CROWDED);
}

/* A hub may have more streams than memory holds: commit, and there is room again. */
static void test_streams_are_bounded(void **state)
{
	uint8_t stream[HM_STREAM_SIZE];
	uint32_t number = 0;

	(void)state;
	load(UINT32_MAX, 7, "n1");
	for (int turn = 0; turn < 5; turn++) {
		const uint32_t first = number;

		for (;; number++) {
			make_stream(stream, number);
			if (dedupe_reserve(&dedupe, stream, "n1", DEDUPE_VERDICT_NEW) < 0)
				break;
			(void)dedupe_take(&dedupe, stream, "n1", 1, &closed);
		}
		assert_int_equal(
			dedupe_reserve(&dedupe, stream, "n1", DEDUPE_VERDICT_NEW), -EAGAIN);
		assert_true(number - first >= DEDUPE_MAX_STREAMS / 2 - 1);
		dedupe_mark_committed(&dedupe);
		assert_in_range(dedupe.streams.count, 0, DEDUPE_MAX_STREAMS / 2);
	}
	assert_null(entry_of(UINT32_MAX)); /* did not move for a long time */
	for (uint32_t i = 0; i < dedupe.streams.count; i += 1000) { /* the rest is found again */
		memcpy(stream, dedupe_at(&dedupe, i)->stream, HM_STREAM_SIZE);
		assert_int_equal(dedupe_check(&dedupe, stream, "n1", 1), DEDUPE_VERDICT_DUPLICATE);
	}
}

/* As ingest.gap and ingest.watermark would have it. */
struct model {
	bool taken[SEQUENCES + 2];
	uint64_t rows[SEQUENCES + 2]; /* first -> last; 0: no row */
	uint64_t sequence, stored;
};

static void commit(struct model *model)
{
	for (uint32_t n = 0; n < STREAMS; n++) {
		const struct dedupe_stream *entry = entry_of(n);

		if (!entry || !entry->is_moved)
			continue;
		assert_int_equal(entry->stored, model[n].stored);
		model[n].stored = entry->sequence;
		for (uint32_t i = 0; i < entry->n_gaps; i++) {
			const struct dedupe_gap *gap = &entry->gap[i];

			assert_int_equal(model[n].rows[gap->first], gap->is_stored ? gap->last : 0);
			model[n].rows[gap->first] = gap->last;
		}
	}
	dedupe_mark_committed(&dedupe);
	for (uint32_t n = 0; n < STREAMS; n++)
		for (uint64_t s = 1, last = 0; s <= model[n].sequence; s++) {
			if (model[n].rows[s])
				last = model[n].rows[s];
			assert_int_equal(model[n].taken[s], s > last);
		}
}

/* In any order, with commits in between: each is taken once, and the gaps are what was not. */
static void test_model(void **state)
{
	static struct model model[STREAMS];
	struct random_source random = {3};

	(void)state;
	memset(model, 0, sizeof(model));
	for (int turn = 0; turn < TURNS; turn++) {
		uint32_t n = (uint32_t)random_below(&random, STREAMS);
		uint64_t s = 1 + random_below(&random, SEQUENCES);
		enum dedupe_verdict verdict = check(n, "n1", s);

		if (random_below(&random, 50) == 0)
			commit(model);
		if (model[n].taken[s]) {
			assert_int_equal(verdict, DEDUPE_VERDICT_DUPLICATE);
			continue;
		}
		if (s < model[n].sequence)
			assert_int_equal(verdict, DEDUPE_VERDICT_LATE);
		else
			assert_int_equal(verdict, s == model[n].sequence + 1 ? DEDUPE_VERDICT_NEW
									     : DEDUPE_VERDICT_GAP);
		if (take(n, s)) {
			assert_int_equal(model[n].rows[closed.first], closed.last);
			model[n].rows[closed.first] = 0;
		}
		model[n].taken[s] = true;
		if (model[n].sequence < s)
			model[n].sequence = s;
	}
	commit(model);
	assert_int_equal(dedupe.n_gaps, 0); /* so many turns leave none out */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_verdicts),
		TEST(test_late_before_a_commit),
		TEST(test_late_after_a_commit),
		TEST(test_only_what_moved_is_written),
		TEST(test_owners),
		TEST(test_too_many_gaps),
		TEST(test_streams_are_bounded),
		TEST(test_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

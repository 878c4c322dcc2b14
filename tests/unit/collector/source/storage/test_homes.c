/* Laws of the books, with random times and sizes; and the state, read back and forged. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/storage/homes_state.h"
#include "collector/source/storage/roots.h"

#define HOUR	   3600000000LL
#define MIB	   (1u << 20)
#define STATE_SIZE (32u << 20)

static struct home *found(struct homes *homes, const char *name, uint64_t bytes, int64_t now_usec)
{
	struct home *home;

	assert_int_equal(homes_find(homes, 0, name, &home), 0);
	home_see(home, homes->round, now_usec);
	home_measure(home, bytes, now_usec);
	return home;
}

static uint64_t taken(struct home *home, int64_t now_usec)
{
	uint64_t mib_sec = home_book(home, now_usec);

	home_take(home, mib_sec);
	return mib_sec;
}

static void test_bytes_times_time(void **state)
{
	struct homes homes;
	struct home *home;

	(void)state;
	homes_init(&homes, 1);
	home = found(&homes, "ada", 3 * MIB, 5 * HOUR);
	assert_int_equal(home_book(home, 5 * HOUR), 0);
	assert_int_equal(taken(home, 6 * HOUR), 3 * 3600);
	assert_int_equal(home->start_usec, 6 * HOUR);
	home = found(&homes, "ada", 5 * MIB, 6 * HOUR + HOUR / 2); /* a step, where it was found */
	assert_int_equal(taken(home, 7 * HOUR), 3 * 1800 + 5 * 1800);
	assert_int_equal(taken(home, 7 * HOUR), 0);
	homes_release(&homes);
}

/* Law: what was taken and what is kept is bytes times time, however it was cut. */
static void test_sums_are_exact(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 50; seed++) {
		struct homes homes;
		struct home *home;
		uint64_t bytes = 0, sum = 0;
		int64_t now = 1000, last = now;
		uint128 truth = 0;

		srandom(seed);
		homes_init(&homes, seed);
		home = found(&homes, "ada", bytes, now);
		for (int i = 0; i < 200; i++) {
			now += random() % (3 * HOUR);
			truth += (uint128)bytes * (uint64_t)(now - last);
			last = now;
			if (random() % 2) {
				bytes = (uint64_t)random() << (random() % 24);
				found(&homes, "ada", bytes, now);
			} else {
				home_see(home, 1, now);
				sum += taken(home, now);
			}
		}
		assert_true(home->until_usec <= now && home->start_usec <= home->until_usec);
		sum += taken(home, now);
		assert_true((uint128)sum * HOMES_FINE_PER_MIB_SEC + home->fine == truth);
		assert_true(home->fine < HOMES_FINE_PER_MIB_SEC);
		homes_release(&homes);
	}
}

static void test_never_measured_books_nothing(void **state)
{
	struct homes homes;
	struct home *home;

	(void)state;
	homes_init(&homes, 1);
	assert_int_equal(homes_find(&homes, 0, "ada", &home), 0);
	home_see(home, 1, HOUR);
	assert_int_equal(home_book(home, 9 * HOUR), 0);
	home_measure(home, MIB, 9 * HOUR);
	assert_int_equal(home_book(home, 10 * HOUR), 3600);
	homes_release(&homes);
}

static void test_gone_ends_when_it_is_missed(void **state)
{
	struct homes homes;

	(void)state;
	homes_init(&homes, 1);
	homes.round = 1;
	found(&homes, "ada", MIB, 0);
	found(&homes, "bob", MIB, 0);
	homes.round = 2;
	found(&homes, "bob", MIB, HOUR);
	assert_int_equal(homes_end_root(&homes, 1, HOUR), 0); /* another one */
	assert_int_equal(homes_end_root(&homes, 0, HOUR), 1);
	assert_int_equal(homes_end_root(&homes, 0, HOUR), 0);
	assert_int_equal(homes_count(&homes, 0), 1);
	assert_int_equal(homes_sweep(&homes, 2 * HOUR), 0); /* not before it is reported */
	assert_int_equal(homes_size(&homes), 2);
	assert_int_equal(taken(homes_at(&homes, 0), 5 * HOUR), 3600);
	assert_int_equal(homes_sweep(&homes, 2 * HOUR), 0);
	assert_int_equal(homes_size(&homes), 1);
	assert_string_equal(homes_at(&homes, 0)->name, "bob");
	assert_int_equal(taken(homes_at(&homes, 0), 5 * HOUR), 5 * 3600);
	homes_release(&homes);
}

/* A directory of the same name is another one: the time between the two is nobody's. */
static void test_comes_back(void **state)
{
	struct homes homes;
	struct home *home;

	(void)state;
	homes_init(&homes, 1);
	homes.round = 1;
	found(&homes, "ada", MIB, 0);
	homes.round = 2;
	assert_int_equal(homes_end_root(&homes, 0, HOUR), 1);
	homes.round = 3;
	home = found(&homes, "ada", 2 * MIB, 10 * HOUR);
	assert_int_equal(homes_size(&homes), 1);
	assert_int_equal(taken(home, 11 * HOUR), 3600 + 2 * 3600);
	homes_release(&homes);
}

static void test_holds_for_so_long_and_no_longer(void **state)
{
	struct homes homes;
	struct home *home;

	(void)state;
	homes_init(&homes, 1);
	home = found(&homes, "ada", MIB, HOUR);
	assert_int_equal(taken(home, HOUR + 2 * HOMES_HOLD_USEC), HOMES_HOLD_USEC / 1000000);
	assert_int_equal(home->start_usec, HOUR + HOMES_HOLD_USEC);
	assert_int_equal(homes_sweep(&homes, HOUR + HOMES_HOLD_USEC), 0);
	assert_int_equal(homes_size(&homes), 1);
	/* seen again: not for the time in which nobody knew */
	home = found(&homes, "ada", MIB, HOUR + 2 * HOMES_HOLD_USEC);
	assert_int_equal(taken(home, 2 * HOUR + 2 * HOMES_HOLD_USEC), 3600);
	assert_int_equal(homes_sweep(&homes, 3 * HOUR + 3 * HOMES_HOLD_USEC), 0);
	assert_int_equal(homes_size(&homes), 0);
	homes_release(&homes);
}

static void test_there_is_an_end(void **state)
{
	struct homes homes;
	struct home *home;
	char name[32];

	(void)state;
	homes_init(&homes, 1);
	for (unsigned int i = 0; i < HOMES_MAX; i++) {
		snprintf(name, sizeof(name), "%u", i);
		found(&homes, name, i, 0);
	}
	assert_int_equal(homes_find(&homes, 0, "one more", &home), -ENOSPC);
	assert_int_equal(homes_find(&homes, 1, "1", &home), -ENOSPC);
	assert_int_equal(homes_find(&homes, 0, "77", &home), 0);
	assert_int_equal(home->bytes, 77);
	homes_release(&homes);
}

/* ------------------------------------------------------------------------ the state */

static const char roots[] = "/home /srv/homes/";

static struct buffer saved(const struct homes *homes, int64_t now_usec)
{
	struct buffer buffer = BUFFER_INIT(STATE_SIZE);
	struct state_writer writer = {.buffer = &buffer};

	homes_save(homes, roots, now_usec, &writer);
	assert_int_equal(writer.error, 0);
	return buffer;
}

static int restored(struct homes *homes, const char *of, const struct buffer *buffer, size_t size,
	int64_t now_usec)
{
	struct state_reader reader = state_reader_of(buffer->data, size);

	homes_init(homes, 2);
	homes_restore(homes, of, now_usec, &reader);
	return state_reader_finish(&reader);
}

static void fill(struct homes *homes)
{
	struct home *home;

	homes_init(homes, 1);
	homes->round = 1;
	found(homes, "ada\n\xff", 123456789, 1000);
	found(homes, "bob", 5 * MIB, 2000);
	assert_int_equal(homes_find(homes, 1, "ada\n\xff", &home), 0);
	home_see(home, 1, 3000);
	home_measure(home, 7, 3000);
	assert_int_equal(homes_find(homes, 1, "not measured", &home), 0);
	(void)home_book(homes_at(homes, 0), HOUR);
	homes->round = 2;
	(void)homes_end_root(homes, 1, HOUR);
}

static void test_state_is_read_back(void **state)
{
	struct homes before, after;
	struct buffer buffer;

	(void)state;
	fill(&before);
	buffer = saved(&before, 2 * HOUR);
	assert_int_equal(restored(&after, roots, &buffer, buffer.size, 2 * HOUR), 0);
	assert_int_equal(homes_size(&after), 3);
	for (uint32_t i = 0; i < 3; i++) {
		const struct home *a = homes_at(&before, i), *b = homes_at(&after, i);

		assert_int_equal(a->root, b->root);
		assert_string_equal(a->name, b->name);
		assert_int_equal(a->bytes, b->bytes);
		assert_true(a->fine == b->fine);
		assert_int_equal(a->start_usec, b->start_usec);
		assert_int_equal(a->until_usec, b->until_usec);
		assert_int_equal(a->seen_usec, b->seen_usec);
		assert_int_equal(a->is_gone, b->is_gone);
		assert_true(b->is_measured);
	}
	assert_int_equal(taken(homes_at(&after, 1), 2 * HOUR), 5 * 7200 - 1);
	homes_release(&before);
	homes_release(&after);
	buffer_release(&buffer);
}

/* Another clock, by so much; other roots. */
static void test_state_elsewhere(void **state)
{
	struct homes before, after;
	struct buffer buffer;

	(void)state;
	fill(&before);
	buffer = saved(&before, 2 * HOUR);
	assert_int_equal(restored(&after, "/new /srv/homes", &buffer, buffer.size, 2 * HOUR), 0);
	assert_int_equal(homes_size(&after), 1);
	assert_int_equal(homes_at(&after, 0)->root, 1);
	assert_int_equal(homes_at(&after, 0)->bytes, 7);
	homes_shift(&after, -5 * HOUR);
	assert_int_equal(homes_at(&after, 0)->seen_usec, 3000 - 5 * HOUR);
	homes_release(&after);
	assert_int_equal(restored(&after, "/new", &buffer, buffer.size, 0), 0);
	assert_int_equal(homes_size(&after), 0);
	homes_release(&before);
	homes_release(&after);
	buffer_release(&buffer);
}

static void test_forged_state(void **state)
{
	struct homes before, after;
	struct buffer buffer;

	(void)state;
	fill(&before);
	buffer = saved(&before, 2 * HOUR);
	for (size_t size = 0; size < buffer.size; size++) {
		assert_int_equal(restored(&after, roots, &buffer, size, 2 * HOUR), -EBADMSG);
		homes_release(&after);
	}
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		size_t at = (size_t)random() % buffer.size;
		unsigned char was = buffer.data[at];

		buffer.data[at] ^= (unsigned char)(1u << random() % 8);
		(void)restored(&after, roots, &buffer, buffer.size, 2 * HOUR);
		for (uint32_t k = 0; k < homes_size(&after); k++)
			(void)home_book(homes_at(&after, k), 3 * HOUR);
		homes_release(&after);
		buffer.data[at] = was;
	}
	homes_release(&before);
	buffer_release(&buffer);
}

/* ------------------------------------------------------------------------ roots */

static void test_roots(void **state)
{
	const char *root;
	char many[ROOTS_MAX * 4 + 8] = "";
	size_t size;

	(void)state;
	assert_int_equal(roots_count(""), 0);
	assert_int_equal(roots_count("  /home  /srv "), 2);
	assert_int_equal(roots_count("/home srv"), -EINVAL);
	assert_true(roots_get("  /home  /srv// ", 1, &root, &size));
	assert_int_equal(size, 4);
	assert_memory_equal(root, "/srv", 4);
	assert_true(roots_get("///", 0, &root, &size));
	assert_int_equal(size, 1);
	assert_false(roots_get("/home", 1, &root, &size));
	for (unsigned int i = 0; i < ROOTS_MAX; i++)
		strcat(many, "/h ");
	assert_int_equal(roots_count(many), ROOTS_MAX);
	strcat(many, "/h");
	assert_int_equal(roots_count(many), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_times_time),
		cmocka_unit_test(test_sums_are_exact),
		cmocka_unit_test(test_never_measured_books_nothing),
		cmocka_unit_test(test_gone_ends_when_it_is_missed),
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_holds_for_so_long_and_no_longer),
		cmocka_unit_test(test_there_is_an_end),
		cmocka_unit_test(test_state_is_read_back),
		cmocka_unit_test(test_state_elsewhere),
		cmocka_unit_test(test_forged_state),
		cmocka_unit_test(test_roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

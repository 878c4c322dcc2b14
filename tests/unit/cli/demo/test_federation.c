/* The same seed is the same bytes, here and on every machine; another seed is another federation.
 */
#include "cli/demo/federation.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/demo/calendar.h"
#include "cli/demo/draw.h"
#include "common/instant.h"
#include "common/sha256.h"

#define HEX_SIZE (2 * SHA256_SIZE + 1)

struct digest {
	struct sha256 sha;
	unsigned n_files;
	unsigned fails_at; /* 0: never */
};

static int add_file(void *context, const char *name, const void *data, size_t size)
{
	struct digest *digest = context;

	if (++digest->n_files == digest->fails_at)
		return -ENOSPC;
	sha256_add(&digest->sha, name, strlen(name) + 1);
	sha256_add(&digest->sha, data, size);
	return 0;
}

static const char *digest_of(uint64_t seed, const char *scale, char hex[HEX_SIZE])
{
	const struct demo_world world = {seed, demo_scale_find(scale)};
	struct digest digest = {0};
	uint8_t bytes[SHA256_SIZE];

	sha256_init(&digest.sha);
	assert_int_equal(federation_write(&world, &(struct listing_sink){add_file, &digest}), 0);
	assert_int_equal(digest.n_files, 97);
	sha256_end(&digest.sha, bytes);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	return hex;
}

static void test_known_bytes(void **state)
{
	char first[HEX_SIZE], second[HEX_SIZE];

	(void)state;
	assert_string_equal(digest_of(1, "small", first),
		"d261d0742086126a3a164498f5c26d49922176faf62d64fbb06f4ac77d4d7694");
	assert_string_equal(digest_of(1, "small", second), first);
	assert_string_equal(digest_of(2, "small", second),
		"616168c2da79c1ffcb8df59fb6290b2f26f24a0c5c0e3ff3968a61e8cff2bc35");
}

static void test_draws(void **state)
{
	struct draw draw = {.state = 1234567};
	struct draw a = draw_for(1, DRAW_PERSON, 0, 1), b = draw_for(1, DRAW_PERSON, 1, 0);

	(void)state;
	/* As published with the generator. */
	assert_true(draw_next(&draw) == 6457827717110365317u);
	assert_true(draw_next(&draw) == 3203168211198807973u);
	assert_true(draw_next(&a) != draw_next(&b));
	for (int i = 0; i < 1000; i++) {
		assert_in_range(draw_between(&draw, 3, 5), 3, 5);
		assert_in_range(draw_below(&draw, 7), 0, 6);
	}
	assert_false(draw_chance(&draw, 0));
	assert_true(draw_chance(&draw, 1000000));
}

static void test_calendar(void **state)
{
	char text[INSTANT_SIZE];

	(void)state;
	assert_int_equal(calendar_month(0), 1);
	assert_int_equal(calendar_month(58), 2);
	assert_int_equal(calendar_month(59), 3);
	assert_int_equal(calendar_month(364), 12);
	assert_int_equal(calendar_day_of_month(59), 1);
	assert_int_equal(calendar_day_of_month(364), 31);
	assert_int_equal(calendar_first_day(13), 365);
	assert_string_equal(
		instant_format(calendar_usec(DEMO_FIRST_SLOT, 61), text), "2025-01-01T08:01:01Z");
	assert_string_equal(
		instant_format(calendar_usec(DEMO_LAST_SLOT, 0), text), "2026-01-01T05:00:00Z");
}

static void test_scales(void **state)
{
	const struct demo_scale *full = demo_scale_find("full");
	unsigned n_units = 0, n_people = 0, n_labs = 0;

	(void)state;
	assert_null(demo_scale_find("huge"));
	assert_non_null(demo_scale_find("small"));
	for (unsigned i = 0; i < DEMO_INSTITUTIONS; i++) {
		n_units += full->n_units[i];
		n_people += full->n_people[i];
		n_labs += full->n_labs[i];
	}
	assert_int_equal(n_units, 40);
	assert_int_equal(n_people, 2000);
	assert_int_equal(4 * n_labs, 60);
}

static void test_a_full_disk(void **state)
{
	const struct demo_world world = {1, demo_scale_find("small")};

	(void)state;
	for (unsigned i = 1; i <= 97; i++) {
		struct digest digest = {.fails_at = i};

		sha256_init(&digest.sha);
		assert_int_equal(
			federation_write(&world, &(struct listing_sink){add_file, &digest}),
			-ENOSPC);
		assert_int_equal(digest.n_files, i);
	}
}

static int count_step(void *context, const struct federation_step *step)
{
	unsigned *n_late = context;

	*n_late += step->is_late;
	assert_true(!step->is_late || step->month);
	assert_true((step->act == FEDERATION_IMPORT) == (step->kind != NULL));
	assert_true((step->act == FEDERATION_BILL) == (step->institution != NULL));
	return 0;
}

static void test_steps(void **state)
{
	unsigned n_late = 0;

	(void)state;
	assert_int_equal(federation_steps(count_step, &n_late), 0);
	assert_int_equal(n_late, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_bytes),
		cmocka_unit_test(test_draws),
		cmocka_unit_test(test_calendar),
		cmocka_unit_test(test_scales),
		cmocka_unit_test(test_a_full_disk),
		cmocka_unit_test(test_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

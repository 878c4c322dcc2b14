/* Names of segments, and whatever may stand in one: the corpus of the fuzz target, and beside it.
 */
#include "collector/spool/segment.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Its entry point is called here; libFuzzer has a main() of its own. */
#include "tests/fuzz/fuzz_spool.c"
#include "tests/support/replay_corpus.h"

static void test_names(void **state)
{
	static const char *const bad[] = {"", ".seg", "1.seg", "0000000000000000000x.seg",
		"00000000000000000001.seg.bad", "00000000000000000001", "000000000000000000001.seg",
		"99999999999999999999.seg", "18446744073709551615.seg", "09223372036854775808.seg"};
	char name[SEGMENT_NAME_SIZE];
	uint64_t first = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(segment_parse_name(bad[i], ".seg", &first), -EBADMSG);
	assert_int_equal(first, 7);
	assert_string_equal(segment_name(name, INT64_MAX), "09223372036854775807.seg");
	assert_int_equal(segment_parse_name(name, ".seg", &first), 0);
	assert_int_equal(first, INT64_MAX);
	assert_int_equal(segment_parse_name("00000000000000000012.rec", ".rec", &first), 0);
	assert_int_equal(first, 12);
}

static void test_list(void **state)
{
	struct segment_list list = {0};

	(void)state;
	for (uint64_t i = 1; i <= 40; i++)
		assert_int_equal(segment_list_append(&list, i), 0);
	segment_list_remove(&list, 1);
	segment_list_remove(&list, 20);
	segment_list_remove(&list, 40);
	segment_list_remove(&list, 77);
	assert_int_equal(list.count, 37);
	assert_int_equal(list.first[0], 2);
	assert_int_equal(list.first[18], 21);
	assert_int_equal(list.first[36], 39);
	segment_list_release(&list);
}

static void test_corpus(void **state)
{
	(void)state;
	assert_int_equal(replay_folder(REPLAY_CORPUS("spool")), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
